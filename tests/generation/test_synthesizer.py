"""Answers as LlamaIndex responses, through its own query engine."""

from __future__ import annotations

import asyncio

import pytest
from llama_index.core.base.response.schema import (
    AsyncStreamingResponse,
    Response,
    StreamingResponse,
)
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle
from standins.letters import by_letters
from standins.scripted_llm import scripted

from mmrag.config import Settings
from mmrag.generation.answer import NOT_FOUND
from mmrag.generation.synthesizer import GroundedSynthesizer
from mmrag.generation.writer import AnswerWriter
from mmrag.modalities import Modality
from mmrag.schema import Provenance, build_node

QUESTION = "When was the barometer bought, and what did it cost?"
TRUE = "It cost 12 pounds [2]. It was bought in Bergen in 1934 [2]."
TEXT = "It cost 12 pounds. [1] It was bought in Bergen in 1934. [1]"
TEXTS = [
    "The hut stands at 1204 metres.",
    "The aneroid barometer was bought in Bergen in 1934. It cost 12 pounds.",
]


class Given(BaseRetriever):
    """Finds the same nodes always."""

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return [
            NodeWithScore(
                node=build_node(
                    text, Provenance(f"{n}.md"), modality=Modality.TEXT, mimetype="text/markdown"
                ),
                score=1.0,
            )
            for n, text in enumerate(TEXTS, 1)
        ]


def engine(reply: str, *, streaming: bool = False) -> RetrieverQueryEngine:
    settings = Settings.model_validate({"answer": {"abstain_below": 0.1}})
    writer = AnswerWriter(settings, by_letters, lambda source: True, worded_by=scripted(reply))
    synthesizer = GroundedSynthesizer(writer, streaming=streaming)
    return RetrieverQueryEngine(retriever=Given(), response_synthesizer=synthesizer)


def expect(response: Response) -> None:
    assert response.response == TEXT
    assert [hit.node.metadata["source"] for hit in response.source_nodes] == ["2.md"]
    assert response.metadata is not None
    assert (response.metadata["mode"], response.metadata["abstained"]) == ("llm", False)
    (citation,) = response.metadata["citations"]
    assert (citation["source"], citation["quote"]) == ("2.md", TEXTS[1])
    assert (citation["start"], citation["end"]) == (0, len(TEXTS[1]))


def test_a_query_engine_returns_what_is_cited() -> None:
    response = engine(TRUE).query(QUESTION)
    assert isinstance(response, Response)
    expect(response)


def test_a_stream_has_whole_sentences_and_its_sources_at_the_end() -> None:
    response = engine(TRUE, streaming=True).query(QUESTION)
    assert isinstance(response, StreamingResponse)
    assert response.source_nodes == []
    assert list(response.response_gen) == [
        "It cost 12 pounds. [1]",
        " It was bought in Bergen in 1934. [1]",
    ]
    assert [hit.node.metadata["source"] for hit in response.source_nodes] == ["2.md"]
    whole = engine(TRUE, streaming=True).query(QUESTION)
    assert isinstance(whole, StreamingResponse)
    expect(whole.get_response())


def test_the_same_without_blocking_the_loop() -> None:
    async def ask() -> tuple[object, Response]:
        at_once = await engine(TRUE).aquery(QUESTION)
        stream = await engine(TRUE, streaming=True).aquery(QUESTION)
        assert isinstance(stream, AsyncStreamingResponse)
        return at_once, await stream.get_response()

    for response in asyncio.run(ask()):
        assert isinstance(response, Response)
        expect(response)


@pytest.mark.parametrize("streaming", [False, True])
def test_an_abstention_is_a_response_without_sources(streaming: bool) -> None:
    response = engine("NOT FOUND", streaming=streaming).query(QUESTION)
    assert str(response) == NOT_FOUND
    assert response.source_nodes == []
    assert response.metadata is not None
    assert response.metadata["abstained"]


def test_bare_texts_can_be_answered_from_too() -> None:
    synthesizer = engine(TRUE)._response_synthesizer
    assert synthesizer.get_response(QUESTION, TEXTS) == TEXT
    assert asyncio.run(synthesizer.aget_response(QUESTION, TEXTS)) == TEXT
    assert synthesizer.get_prompts() == {}
