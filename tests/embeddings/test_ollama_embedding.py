"""Embeddings through an Ollama server, against the protocol test server and named stand-ins."""

from __future__ import annotations

import asyncio
import pickle

import numpy as np
import pytest
from ollama_server.server import ProtocolServer
from standins.ollama_standin import ollama_standin

import mmrag.ollama
from mmrag.config import OllamaSettings
from mmrag.embeddings.catalogue import MODELS, describe, embedding_named, locate_any
from mmrag.embeddings.hub import fetch_missing, presence, pull, verify
from mmrag.embeddings.ollama import OllamaEmbedding
from mmrag.errors import (
    CheckpointMismatch,
    GenerationError,
    InputError,
    LLMModelMissing,
    LLMUnavailable,
)
from mmrag.modalities import Modality
from mmrag.profiles import OLLAMA_EMBEDDING, PROFILES
from mmrag.spaces import as_they_are_now, space_model, space_models

MODEL = "smollm2-embed"
TEXTS = ["The hut stands at 1204 metres.", "A storm.", "The barometer was bought in Bergen."]


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mmrag.ollama, "BACKOFF_S", 0.001)


@pytest.fixture
def embedding(protocol_server: ProtocolServer) -> OllamaEmbedding:
    return OllamaEmbedding(MODEL, url=protocol_server.url, embed_batch_size=2)


def sent(server: ProtocolServer) -> list[list[str]]:
    return [body["input"] for body in server.bodies("/api/embed")]


def test_vectors_are_unit_rows_in_the_order_of_the_texts(
    embedding: OllamaEmbedding, protocol_server: ProtocolServer
) -> None:
    vectors = embedding.embed_texts(TEXTS)
    assert vectors.dtype == np.float32
    assert vectors.shape == (3, embedding.dimension) == (3, 576)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    assert [len(batch) for batch in sent(protocol_server)] == [2, 1]
    alone = np.concatenate([embedding.embed_texts([text]) for text in TEXTS])
    np.testing.assert_allclose(vectors, alone, atol=1e-3)
    assert abs(np.diff(vectors, axis=0)).max(1).min() > 0.01


def test_what_is_asked_of_the_server(
    protocol_server: ProtocolServer,
) -> None:
    embedding = OllamaEmbedding(MODEL, url=protocol_server.url, keep_alive="1m")
    embedding.embed_texts(TEXTS[:1])
    (body,) = protocol_server.bodies("/api/embed")
    assert body["truncate"] is False
    assert body["options"] == {"num_ctx": 2048}  # what the model was trained for
    assert body["keep_alive"] == "1m"


@pytest.mark.parametrize(
    ("model", "query", "text"),
    [
        (
            "qwen3-embedding:0.6b",
            "Instruct: Given a web search query, retrieve relevant passages that answer the query"
            "\nQuery:When?",
            "Then.",
        ),
        (
            "hf.co/Qwen/Qwen3-Embedding-0.6B-GGUF",
            "Instruct: Given a web search query, retrieve relevant passages that answer the query"
            "\nQuery:When?",
            "Then.",
        ),
        ("nomic-embed-text", "search_query: When?", "search_document: Then."),
        ("embeddinggemma:300m", "task: search result | query: When?", "title: none | text: Then."),
        ("all-minilm", "When?", "Then."),
    ],
)
def test_prompts_are_those_of_the_models_card(model: str, query: str, text: str) -> None:
    with ollama_standin(
        lambda body: "",
        models=(model,),
        capabilities=("embedding",),
        vector=lambda text: [3.0, 4.0],
    ) as server:
        embedding = OllamaEmbedding(model, url=server.url)
        (vector,) = embedding.embed_queries(["When?"])
        embedding.embed_texts(["Then."])
    np.testing.assert_allclose(vector, [0.6, 0.8], atol=1e-6)
    inputs = [body["input"] for body in server.bodies("/api/embed")]
    # the stand-in says nothing of lengths, so one text is embedded to measure a vector
    assert inputs == [["dimension"], [query], [text]]


def test_prompts_of_the_caller_stand_above(protocol_server: ProtocolServer) -> None:
    embedding = OllamaEmbedding(MODEL, url=protocol_server.url, query_prompt="q: ", text_prompt="")
    embedding.get_query_embedding("When?")
    asyncio.run(embedding.aget_text_embedding("Then."))
    assert sent(protocol_server) == [["q: When?"], ["Then."]]


def test_text_beyond_the_context_is_refused_and_named(
    embedding: OllamaEmbedding, protocol_server: ProtocolServer
) -> None:
    long = "A very long story. " * 800
    with pytest.raises(InputError) as caught:
        embedding.embed_texts(["short", long])
    assert f"{len(long)} characters is longer than the 2048 tokens" in str(caught.value)
    assert "begins 'A very long story." in str(caught.value)
    small = OllamaEmbedding(MODEL, url=protocol_server.url, context_window=16)
    with pytest.raises(InputError, match="16 tokens"):
        small.embed_queries(["word " * 30])


def test_vectors_of_another_length_or_number_are_refused() -> None:
    lengths = iter([2, 3])
    with ollama_standin(
        lambda body: "",
        capabilities=("embedding",),
        vector=lambda text: [1.0] * next(lengths),
    ) as server:
        embedding = OllamaEmbedding("tiny", url=server.url)
        with pytest.raises(CheckpointMismatch, match=r"1 vectors of 3 numbers.* 2 numbers each"):
            embedding.embed_texts(["x"])


def test_model_that_does_not_embed_is_refused(protocol_server: ProtocolServer) -> None:
    with pytest.raises(GenerationError, match="no capability 'embedding'"):
        OllamaEmbedding("smollm2:135m", url=protocol_server.url).embed_texts(["x"])


def test_missing_model_and_dead_server_name_the_commands(protocol_server: ProtocolServer) -> None:
    with pytest.raises(LLMModelMissing, match="ollama pull nomic"):
        OllamaEmbedding("nomic", url=protocol_server.url).embed_texts(["x"])
    embedding = OllamaEmbedding(MODEL, url=protocol_server.url)
    protocol_server.close()
    with pytest.raises(LLMUnavailable, match=r"ollama serve.*--profile offline"):
        embedding.embed_texts(["x"])


def test_connection_that_fails_is_tried_again(
    embedding: OllamaEmbedding, protocol_server: ProtocolServer
) -> None:
    _ = embedding.dimension
    protocol_server.faults.reset = 1
    fresh = OllamaEmbedding(MODEL, url=protocol_server.url)
    assert fresh.embed_texts(["x"]).shape == (1, 576)


def test_it_takes_texts_only_and_survives_pickling(embedding: OllamaEmbedding) -> None:
    assert embedding.takes == {Modality.TEXT}
    with pytest.raises(InputError, match="embeds text, not image"):
        embedding.embed_images([b""])  # type: ignore[list-item]
    _ = embedding.dimension
    again = pickle.loads(pickle.dumps(embedding))
    assert (again.model_name, again.url) == (embedding.model_name, embedding.url)
    assert again.dimension == 576


# --- as a model of a space -----------------------------------------------------------------------


def test_a_served_model_works_where_an_id_does(protocol_server: ProtocolServer) -> None:
    settings = OllamaSettings(url=protocol_server.url, context_window=1024, keep_alive=5)
    model = f"ollama:{MODEL}"
    digest = protocol_server.models["smollm2-embed:latest"].row()["digest"][:12]
    row = space_model("text", model, settings)
    assert (row.model, row.revision, row.size) == (model, digest, 576)
    assert describe(model, settings).dimension == 576
    assert locate_any(model, settings, purpose="test").path == settings.url
    made = embedding_named(model, settings)
    assert isinstance(made, OllamaEmbedding)
    assert (made.url, made.context_window, made.keep_alive) == (settings.url, 1024, 5)
    assert made.weights.revision == digest
    fetch_missing([model])  # is with the server, not with the hub


def test_profile_rows_are_reused_and_a_server_that_is_down_changes_nothing(
    protocol_server: ProtocolServer,
) -> None:
    settings = OllamaSettings(url=protocol_server.url)
    models = {"text": f"ollama:{MODEL}"}
    rows = space_models(PROFILES["ollama"], models, ollama=settings)
    assert as_they_are_now(rows, settings) == rows
    protocol_server.close()
    now = as_they_are_now(rows, settings)
    assert [row.revision for row in now if row.space == "text"] == [None]
    assert space_models(PROFILES["ollama"], models, ollama=settings, known=now) == now


def test_presence_pull_and_verify_of_served_models() -> None:
    row = MODELS[OLLAMA_EMBEDDING]
    name = OLLAMA_EMBEDDING.removeprefix("ollama:")
    with ollama_standin(lambda body: "", models=(name,)) as server:
        settings = OllamaSettings(url=server.url)
        found = presence(row, settings)
        assert (found.here, found.revision, found.url) == (True, f"d-{name}"[:12], server.url)
    with ollama_standin(lambda body: "", models=()) as server:
        lacking = presence(row, OllamaSettings(url=server.url))
        told: list[tuple[int, int]] = []
        settings_of = OllamaSettings(url=server.url)
        assert pull(row, ollama=settings_of, progress=lambda *of: told.append(of)) == server.url
        assert server.bodies("/api/pull")[0]["model"] == name
        assert told == [(4, 10)]
        assert (lacking.here, lacking.note) == (False, f"mmrag models pull {OLLAMA_EMBEDDING}")
    absent = presence(row, settings)
    assert not absent.here
    assert "ollama serve" in absent.note
    with pytest.raises(LLMUnavailable, match="ollama serve"):
        pull(row, ollama=settings)
    with pytest.raises(InputError, match="lies with the Ollama server"):
        list(verify(row))
