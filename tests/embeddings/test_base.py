"""What every embedding of a shared space has in common, on the tiny CLIP and CLAP."""

from __future__ import annotations

import asyncio
import logging
import pickle
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from llama_index.core import VectorStoreIndex
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.embeddings.multi_modal_base import MultiModalEmbedding
from llama_index.core.ingestion import IngestionPipeline
from llama_index.core.schema import (
    BaseNode,
    ImageNode,
    MediaResource,
    Node,
    QueryBundle,
    TextNode,
)
from PIL import Image
from standins.media import tones, write_wav

from mmrag.embeddings.clap import ClapEmbedding
from mmrag.embeddings.clip import ClipEmbedding
from mmrag.errors import CorruptFile, InputError, MmragError, NonFiniteVector

TEXTS = ["a red cat", "", "dogs & cats, 3 of them", "a", "cat " * 40]


@pytest.fixture(scope="module")
def clip(clip_folder: Path) -> ClipEmbedding:
    return ClipEmbedding.from_pretrained(clip_folder, dtype="float32")


@pytest.fixture(scope="module")
def clap(clap_folder: Path) -> ClapEmbedding:
    return ClapEmbedding.from_pretrained(clap_folder, dtype="float32")


def picture_node(path: Path, text: str = "") -> Node:
    return Node(
        text_resource=MediaResource(text=text or path.name),
        image_resource=MediaResource(path=path, mimetype="image/png"),
    )


def test_vectors_are_unit_float32(clip: ClipEmbedding, pictures: Path) -> None:
    for vectors in (clip.embed_texts(TEXTS), clip.embed_images([pictures / "wide.png"] * 3)):
        assert vectors.dtype == np.float32
        assert vectors.shape[1] == clip.dimension == 16
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_rows_keep_their_places_over_many_batches(clip_folder: Path, pictures: Path) -> None:
    small = ClipEmbedding.from_pretrained(clip_folder, dtype="float32", embed_batch_size=3)
    texts = [("a red dog " * (n * 7 % 5)) + str(n) for n in range(20)]
    images = [Image.new("RGB", (20 + n, 30), (n * 12, 90, 250 - n * 9)) for n in range(20)]
    for embed, given in ((small.embed_texts, texts), (small.embed_images, images)):
        single = np.concatenate([embed([one]) for one in given])
        assert abs(embed(given) - single).max() <= 1e-6
        assert abs(np.diff(single, axis=0)).max(1).min() > 1e-4  # all differ


def test_a_batch_is_only_as_long_as_its_longest_text(
    clip_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = ClipEmbedding.from_pretrained(clip_folder, dtype="float32", embed_batch_size=2)
    batches: list[list[str]] = []
    forward = ClipEmbedding._text_vectors
    monkeypatch.setattr(
        ClipEmbedding,
        "_text_vectors",
        lambda self, model, texts: (batches.append(texts), forward(self, model, texts))[1],
    )
    clip.embed_texts(["four", "a" * 30, "b", "c" * 31])
    assert batches == [["b", "four"], ["a" * 30, "c" * 31]]


def test_a_bad_picture_costs_its_own_row_only(clip: ClipEmbedding, pictures: Path) -> None:
    good, bad = pictures / "wide.png", pictures / "broken.png"
    with pytest.raises(CorruptFile, match=r"broken\.png"):
        clip.embed_images([good, bad, good])
    faults: dict[int, MmragError] = {}
    found = clip.embed_images([good, bad, good], on_fault=faults.__setitem__)
    assert list(faults) == [1] and isinstance(faults[1], CorruptFile)
    assert abs(found[0] - found[2]).max() <= 1e-6 and np.linalg.norm(found[0]) > 0.99
    assert not found[1].any()


def test_nodes_are_embedded_by_what_they_show(
    clip: ClipEmbedding, pictures: Path, tmp_path: Path
) -> None:
    sound = write_wav(tmp_path / "a.wav", tones(1))
    nodes = [
        TextNode(text="a red cat"),
        picture_node(pictures / "broken.png"),
        picture_node(pictures / "wide.png"),
        Node(
            text_resource=MediaResource(text=""),
            audio_resource=MediaResource(path=sound, mimetype="audio/wav"),
        ),
        picture_node(pictures / "absent.png"),
        ImageNode(text="", image_path=str(pictures / "tall.png")),
        Node(image_resource=MediaResource(url="http://localhost:9/a.png")),
    ]
    done = clip.embed_nodes(nodes)
    assert sorted(done.faults) == [1, 4, 6]  # the sound is not of this space, which is no fault
    assert isinstance(done.faults[6], InputError)
    assert [vector is None for vector in done.vectors] == [False, True, False, True, True, False, 1]
    expected = [
        clip.embed_texts(["a red cat"])[0],
        *clip.embed_images([pictures / "wide.png", pictures / "tall.png"]),
    ]
    found = [vector for vector in done.vectors if vector is not None]
    assert abs(np.array(found) - expected).max() <= 1e-6


def test_sound_and_text_nodes(clap: ClapEmbedding, tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", tones(6))
    stretch = {"start_ms": 2000, "end_ms": 4000}
    nodes: list[BaseNode] = [
        TextNode(text="a dog barks"),
        Node(audio_resource=MediaResource(path=path), metadata=stretch),
        Node(audio_resource=MediaResource(data=b"nothing that sounds")),
    ]
    done = clap.embed_nodes(nodes)
    expected = clap.embed_audios([tones(6)[96_000:192_000]])[0]
    assert done.vectors[1] is not None and done.vectors[1] @ expected > 0.9999
    assert sorted(done.faults) == [2]


def test_a_call_sets_vectors_and_warns_of_those_without(
    clip: ClipEmbedding, pictures: Path, caplog: pytest.LogCaptureFixture
) -> None:
    nodes = [picture_node(pictures / "broken.png"), TextNode(text="a red cat")]
    with caplog.at_level(logging.WARNING, logger="mmrag"):
        assert clip(nodes) is nodes
    assert nodes[0].embedding is None
    assert nodes[1].embedding == clip.get_text_embedding("a red cat")
    assert len(caplog.messages) == 1
    assert nodes[0].node_id in caplog.text and "damaged or truncated" in caplog.text


def test_a_picture_without_direction_is_a_fault(
    clip_folder: Path, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = ClipEmbedding.from_pretrained(clip_folder, dtype="float32")
    forward = ClipEmbedding._image_vectors

    def spoilt(self: ClipEmbedding, model: Any, prepared: list[Any]) -> Any:
        vectors = forward(self, model, prepared)
        vectors[1] = float("nan")
        vectors[2] = 0
        return vectors

    monkeypatch.setattr(ClipEmbedding, "_image_vectors", spoilt)
    nodes = [picture_node(pictures / name) for name in ("wide.png", "tall.png", "dot.png")]
    done = clip.embed_nodes(nodes)
    assert sorted(done.faults) == [1, 2]
    assert {type(error) for error in done.faults.values()} == {NonFiniteVector}
    assert done.vectors[0] is not None and done.vectors[1] is None


def test_pickling_before_and_after_loading(clip_folder: Path) -> None:
    clip = ClipEmbedding.from_pretrained(clip_folder, dtype="float32", embed_batch_size=5)
    fresh = pickle.loads(pickle.dumps(clip))
    expected = clip.embed_texts(TEXTS)
    loaded = pickle.loads(pickle.dumps(clip))
    for copy in (fresh, loaded):
        assert (type(copy), copy.embed_batch_size, copy.dtype) == (ClipEmbedding, 5, "float32")
        assert abs(copy.embed_texts(TEXTS) - expected).max() == 0
    assert len(pickle.dumps(clip)) < 10_000  # without the weights


def test_llama_index_asks_and_gets_the_same(clip: ClipEmbedding, pictures: Path) -> None:
    assert isinstance(clip, MultiModalEmbedding) and isinstance(clip, BaseEmbedding)
    path = str(pictures / "wide.png")
    text, image = clip.embed_texts(["a red cat"])[0].tolist(), clip.embed_images([path])[0].tolist()
    assert clip.get_text_embedding("a red cat") == text == clip.get_query_embedding("a red cat")
    assert clip.get_text_embedding_batch(["a red cat"]) == [text]
    assert clip.get_image_embedding(path) == image
    assert clip.get_image_embedding_batch([path]) == [image]
    settings = clip.to_dict()
    assert settings["class_name"] == "ClipEmbedding"
    assert ClipEmbedding.from_dict(settings).get_text_embedding("a red cat") == text


def test_async_methods_give_the_same(
    clip: ClipEmbedding, clap: ClapEmbedding, pictures: Path
) -> None:
    path = str(pictures / "wide.png")

    async def ask() -> list[Any]:
        node = (await clip.acall([picture_node(Path(path))]))[0]
        return [
            await clip.aget_text_embedding("a red cat"),
            await clip.aget_query_embedding("a red cat"),
            (await clip.aget_text_embedding_batch(["a red cat"]))[0],
            await clip.aget_image_embedding(path),
            (await clip.aget_image_embedding_batch([path]))[0],
            node.embedding,
            await clap.aget_audio_embedding(tones(1)),
            (await clap.aget_audio_embeddings([tones(1)]))[0],
        ]

    text, image = clip.get_text_embedding("a red cat"), clip.get_image_embedding(path)
    sound = clap.get_audio_embedding(tones(1))
    assert sound == clap.get_audio_embeddings([tones(1)])[0]
    expected = [text] * 3 + [image] * 3 + [sound] * 2
    np.testing.assert_allclose(
        np.concatenate(asyncio.run(ask())), np.concatenate(expected), atol=1e-6
    )


def test_many_threads_load_once_and_agree(
    clip_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads = []
    load = ClipEmbedding._load
    monkeypatch.setattr(ClipEmbedding, "_load", lambda self: (loads.append(1), load(self))[1])
    clip = ClipEmbedding.from_pretrained(clip_folder, dtype="float32")
    together = threading.Barrier(4, timeout=60)

    def work(seed: int) -> Any:
        together.wait()
        return [clip.embed_texts(TEXTS[seed % 3 :] + TEXTS[: seed % 3]) for _ in range(5)]

    with ThreadPoolExecutor(4) as pool:
        runs = list(pool.map(work, range(4)))
    assert loads == [1]
    expected = clip.embed_texts(TEXTS)
    for seed, run in enumerate(runs):
        for vectors in run:
            assert abs(np.roll(vectors, seed % 3, axis=0) - expected).max() <= 1e-6


def test_an_index_of_pictures_and_texts_finds_both(clip: ClipEmbedding, pictures: Path) -> None:
    nodes = [
        TextNode(text="a red cat", id_="text"),
        picture_node(pictures / "wide.png"),
        picture_node(pictures / "broken.png"),
        picture_node(pictures / "tall.png"),
    ]
    done = IngestionPipeline(transformations=[clip]).run(nodes=nodes)
    kept = [node for node in done if node.embedding is not None]
    assert [node.node_id for node in kept] == [nodes[n].node_id for n in (0, 1, 3)]
    index = VectorStoreIndex(nodes=kept, embed_model=clip)
    retriever = index.as_retriever(similarity_top_k=1)
    asked_in_words = retriever.retrieve("a red cat")[0]
    assert asked_in_words.node.node_id == "text"
    assert asked_in_words.score == pytest.approx(1, abs=1e-5)
    for n, name in ((1, "wide.png"), (3, "tall.png")):
        vector = clip.get_image_embedding(str(pictures / name))
        hit = retriever.retrieve(QueryBundle("", embedding=vector))[0]
        assert hit.node.node_id == nodes[n].node_id
        assert hit.score == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("make", [ClipEmbedding, ClapEmbedding])
def test_making_one_loads_nothing(make: Callable[[str], Any]) -> None:
    made = make("no/such-model")
    assert made._model is None and made.weights.local is False
