"""Channels: what of a question each one takes, and how often its model runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from llama_index.core.schema import QueryBundle
from PIL import Image

from mmrag.embeddings.bm25 import Bm25
from mmrag.embeddings.tiny import TinyEmbedding
from mmrag.errors import LoadError
from mmrag.modalities import Modality
from mmrag.retrieval.channels import Bm25Channel, DenseTextChannel, SpaceChannel, encode_all
from mmrag.retrieval.query import MultiModalQuery, parts_of
from mmrag.store.spec import SparseVector

WEIGHTS = Path(__file__).parents[1] / "data" / "tiny"
pytestmark = pytest.mark.usefixtures("one_thread")


class Counting(TinyEmbedding):
    """The tiny model, telling how many rows each pass of it had."""

    def _text_vectors(self, model: Any, texts: list[str]) -> Any:
        passes.append(("text", len(texts)))
        return super()._text_vectors(model, texts)

    def _image_vectors(self, model: Any, prepared: list[Any]) -> Any:
        passes.append(("image", len(prepared)))
        return super()._image_vectors(model, prepared)

    def _audio_vectors(self, model: Any, prepared: list[Any]) -> Any:
        passes.append(("audio", len(prepared)))
        return super()._audio_vectors(model, prepared)


passes: list[tuple[str, int]] = []


@pytest.fixture(scope="module")
def embedding() -> Counting:
    return Counting(model_name=str(WEIGHTS), dtype="float32")


@pytest.fixture(autouse=True)
def _from_zero() -> None:
    passes.clear()


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("asked") / "red.png"
    Image.new("RGB", (64, 64), "red").save(path)
    return str(path)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> str:
    import wave

    path = tmp_path_factory.mktemp("asked") / "tone.wav"
    tone = np.sin(np.arange(8000) * 0.3) * 9000
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(tone.astype("<i2").tobytes())
    return str(path)


def test_many_questions_are_one_pass_a_modality(
    embedding: Counting, picture: str, sound: str
) -> None:
    queries: Sequence[QueryBundle] = [
        QueryBundle("a red circle"),
        MultiModalQuery("", image_path=picture),
        MultiModalQuery("a small star", audio_path=sound),
        MultiModalQuery("", image_path=picture, audio_path=sound),
        QueryBundle("  "),
    ]
    channel = SpaceChannel(embedding, "tiny")
    together = encode_all(channel, queries)
    assert sorted(passes) == [("audio", 2), ("image", 2), ("text", 2)]
    alone = [channel.encode(query) for query in queries]
    assert together[4] is None and alone[4] is None
    for one, other in zip(together[:4], alone[:4], strict=True):
        assert isinstance(one, np.ndarray) and isinstance(other, np.ndarray)
        np.testing.assert_allclose(one, other, atol=1e-5)
        assert np.linalg.norm(one) == pytest.approx(1, abs=1e-5)
    halves = [embedding.embed_images([picture])[0], embedding.embed_audios([sound])[0]]
    middle = np.mean(halves, axis=0)
    np.testing.assert_allclose(together[3], middle / np.linalg.norm(middle), atol=1e-5)


def test_many_questions_in_words_are_one_pass(embedding: Counting) -> None:
    ready = [0.0] * 63 + [1.0]
    queries = [
        QueryBundle("a red circle"),
        QueryBundle(""),
        QueryBundle("asked already", embedding=ready),
        QueryBundle("a star"),
    ]
    found = encode_all(DenseTextChannel(embedding), queries)
    assert passes == [("text", 2)]
    np.testing.assert_allclose(found[0], embedding.embed_queries(["a red circle"])[0], atol=1e-5)
    np.testing.assert_allclose(found[3], embedding.embed_queries(["a star"])[0], atol=1e-5)
    assert found[1] is None
    assert isinstance(found[2], np.ndarray) and found[2].tolist() == ready


def test_a_question_runs_only_what_it_has_a_part_for(
    embedding: Counting, picture: str, sound: str
) -> None:
    channel = SpaceChannel(embedding, "tiny")
    for query, kind in (
        (MultiModalQuery("a red circle"), "text"),
        (MultiModalQuery("", image_path=picture), "image"),
        (MultiModalQuery(" ", audio_path=sound), "audio"),
    ):
        passes.clear()
        assert channel.encode(query) is not None
        assert passes == [(kind, 1)]
        assert parts_of(query) == [Modality(kind)]


def test_words_only_channels_skip_pictures_and_sounds(
    embedding: Counting, picture: str, sound: str
) -> None:
    query = MultiModalQuery("", image_path=picture, audio_path=sound)
    assert DenseTextChannel(embedding).encode(query) is None
    assert Bm25Channel(Bm25()).encode(query) is None
    assert passes == []


def test_a_channel_that_knows_only_single_questions_serves_too() -> None:
    queries = [QueryBundle("snow"), QueryBundle("")]
    found = encode_all(Bm25Channel(Bm25()), queries)
    assert isinstance(found[0], SparseVector) and found[1] is None


def test_a_picture_that_cannot_be_decoded_is_named(embedding: Counting, tmp_path: Path) -> None:
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    with pytest.raises(LoadError, match=r"bad\.png"):
        SpaceChannel(embedding, "tiny").encode(MultiModalQuery("", image_path=str(bad)))
    with pytest.raises(LoadError, match=r"gone\.png"):
        SpaceChannel(embedding, "tiny").encode(MultiModalQuery("", image_path="gone.png"))
