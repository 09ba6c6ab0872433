"""The Ollama door against a stand-in (not Ollama) and against a port where nobody listens."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from llama_index.core.schema import NodeWithScore
from standins.ollama_standin import ollama_standin

from mmrag.config import OllamaSettings, Settings
from mmrag.errors import GenerationError, LLMModelMissing, LLMUnavailable
from mmrag.generation.answer import UNSUPPORTED, Answer
from mmrag.generation.writer import AnswerWriter
from mmrag.modalities import Modality
from mmrag.schema import Provenance, build_node
from mmrag.store.spec import FloatArray

QUESTION = "When was the aneroid barometer bought, and where?"


def embed(texts: Sequence[str]) -> FloatArray:
    """Every text in the same direction, so that only words decide."""
    return np.ones((len(texts), 1), dtype=np.float32)


def hits() -> list[NodeWithScore]:
    texts = [
        "The hut stands at 1204 metres.",
        "The aneroid barometer was bought in Bergen in 1934. It cost 12 pounds.",
    ]
    return [
        NodeWithScore(
            node=build_node(
                text,
                Provenance(f"{n}.md"),
                modality=Modality.TEXT,
                mimetype="text/markdown",
            ),
            score=1.0,
        )
        for n, text in enumerate(texts, 1)
    ]


def write(url: str, *, model: str = "tiny", **ollama: Any) -> Answer:
    settings = Settings(
        answer={"llm": "ollama"},  # type: ignore[arg-type]
        ollama=OllamaSettings(url=url, model=model, **ollama),
    )
    return AnswerWriter(settings, embed, fresh=lambda source: True).write(QUESTION, hits())


def test_supported_reply_is_kept_and_renumbered() -> None:
    with ollama_standin(lambda body: "The barometer was bought in Bergen in 1934 [2].") as server:
        answer = write(server.url)
    assert answer.text == "The barometer was bought in Bergen in 1934. [1]"
    assert (answer.mode, answer.model, answer.abstained) == ("llm", "tiny", False)
    (citation,) = answer.citations
    assert (citation.source, citation.verified) == ("2.md", True)
    assert citation.quote.startswith("The aneroid barometer was bought in Bergen in 1934.")


def test_unsupported_sentence_is_dropped() -> None:
    reply = "The barometer was bought in Bergen in 1934 [2]. It was sold in 1950 [2]."
    with ollama_standin(lambda body: reply) as server:
        answer = write(server.url)
    assert "1950" not in answer.text
    assert "1934" in answer.text


def test_an_invented_reply_gives_way_to_the_words_of_the_sources() -> None:
    with ollama_standin(lambda body: "It was bought in Oslo in 1928 [2].") as server:
        answer = write(server.url)
    assert (answer.mode, answer.model, answer.note) == ("extractive", None, UNSUPPORTED)
    assert "1934" in answer.text
    assert "Oslo" not in answer.text
    assert [d.text for d in answer.dropped] == ["It was bought in Oslo in 1928."]


def test_an_invented_reply_is_no_answer_where_the_sources_have_none_either() -> None:
    with ollama_standin(lambda body: "It was bought in Oslo in 1928 [2].") as server:
        settings = Settings(
            answer={"llm": "ollama", "abstain_below": 1.0},  # type: ignore[arg-type]
            ollama=OllamaSettings(url=server.url, model="tiny"),
        )
        writer = AnswerWriter(settings, embed, fresh=lambda source: True)
        answer = writer.write("When was the aneroid barometer bought in Bergen in 1934?", hits())
    assert answer.abstained
    assert answer.citations == ()


def test_context_window_and_temperature_are_sent() -> None:
    with ollama_standin(lambda body: "NOT FOUND") as server:
        assert write(server.url, context_window=2048).abstained
        (body,) = server.bodies("/api/chat")
    assert body["options"]["num_ctx"] == 2048
    assert body["options"]["temperature"] == 0
    assert body["think"] is False
    system, user = body["messages"]
    assert system["role"] == "system"
    assert 'n="2" where="2.md"' in user["content"]
    assert QUESTION in user["content"]


def test_missing_model_names_the_pull_command() -> None:
    with (
        ollama_standin(lambda body: "", models=()) as server,
        pytest.raises(LLMModelMissing, match="ollama pull qwen3:4b"),
    ):
        write(server.url, model="qwen3:4b")


def test_dead_server_names_the_url_and_the_remedy() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with pytest.raises(LLMUnavailable, match="ollama serve") as caught:
        write(url)
    assert url in str(caught.value)


def test_failing_server_is_a_generation_error() -> None:
    with (
        ollama_standin(lambda body: "", status=500) as server,
        pytest.raises(GenerationError, match="out of memory"),
    ):
        write(server.url)
