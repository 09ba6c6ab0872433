"""The LlamaIndex examples as they are, over a real index; and the doors that they go through."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from llama_index.core.base.llms.types import ChatMessage, ImageBlock, MessageRole, ToolCallBlock
from llama_index.core.llms.mock import MockFunctionCallingLLM
from llama_index.core.postprocessor import SimilarityPostprocessor
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.tools import QueryEngineTool, RetrieverTool

from mmrag import MMRagIndex
from pipelines import llamaindex_workflow
from pipelines.llamaindex_agent import agent_over, ask
from pipelines.llamaindex_workflow import Asked, Research

QUESTION = "What did the barometer cost?"


class Scripted:
    """A mock of a model that calls tools: one after the other, then says its last words."""

    def __init__(self, *calls: tuple[str, dict[str, object]], last: str) -> None:
        self._calls, self._last = list(calls), last
        self.seen: list[ChatMessage] = []

    def __call__(self, messages: Sequence[ChatMessage], **_: object) -> ChatMessage:
        self.seen = list(messages)
        done = sum(message.role == MessageRole.TOOL for message in messages)
        if done == len(self._calls):
            return ChatMessage(role="assistant", content=self._last)
        name, arguments = self._calls[done]
        call = ToolCallBlock(tool_call_id=str(done), tool_name=name, tool_kwargs=arguments)
        return ChatMessage(role="assistant", blocks=[call])

    def llm(self) -> MockFunctionCallingLLM:
        return MockFunctionCallingLLM(response_generator=self)  # type: ignore[arg-type]  # one of two


def test_the_agent_looks_around_and_asks(
    index: MMRagIndex, capsys: pytest.CaptureFixture[str]
) -> None:
    script = Scripted(
        ("search_files", {"query": "lecture about clouds", "modality": "image"}),
        ("checked_answer", {"input": QUESTION}),
        last="On 14 July (poster.png); 12 pounds (notes.md).",
    )
    said = asyncio.run(ask(agent_over(index, script.llm()), "When is the lecture? And the price?"))
    assert said == "On 14 July (poster.png); 12 pounds (notes.md)."
    printed = capsys.readouterr().out
    assert "[search_files: {'query': 'lecture about clouds', 'modality': 'image'}]" in printed
    looked, answered = (m for m in script.seen if m.role == MessageRole.TOOL)
    assert "SUMMER LECTURE" in str(looked.content)
    assert any(isinstance(block, ImageBlock) for block in looked.blocks)
    assert "12 pounds. [1]" in str(answered.content)


def test_the_workflow_answers_or_says_what_is_nearest(index: MMRagIndex) -> None:
    async def both() -> None:
        research = Research(index)
        found = await research.run(start_event=Asked(question=QUESTION))
        assert "12 pounds" in found.text
        assert found.citations[0]["source"] == "notes.md"
        missed = await research.run(start_event=Asked(question="Who is the mayor of Lisbon?"))
        assert (missed.text, missed.citations) == ("The files do not answer this.", [])
        assert len(missed.nearby) == 3

    asyncio.run(both())


def test_the_workflow_as_a_script(
    index: MMRagIndex,
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with MMRagIndex(tmp_path / "index", profile="offline") as own:
        own.index(folder / "notes.md")
    words = ["workflow", str(tmp_path / "index"), QUESTION]
    monkeypatch.setattr(sys, "argv", words)
    llamaindex_workflow.main()
    printed = capsys.readouterr().out
    assert "12 pounds" in printed
    assert "[1] notes.md" in printed


def test_a_query_engine_is_a_tool_and_takes_postprocessors(index: MMRagIndex) -> None:
    tool = QueryEngineTool.from_defaults(index.as_query_engine(), name="files")
    for output in (tool.call(QUESTION), asyncio.run(tool.acall(QUESTION))):
        assert "12 pounds" in str(output)
        assert output.raw_output.metadata["citations"][0]["source"] == "notes.md"
    nothing = SimilarityPostprocessor(similarity_cutoff=2.0)  # which no score reaches
    engine = index.as_query_engine(node_postprocessors=[nothing])
    response = asyncio.run(engine.aquery(QUESTION))
    assert response.metadata["abstained"]


def test_the_retriever_fits_llamaindex_parts(index: MMRagIndex) -> None:
    retriever = index.as_retriever(top_k=4)
    tool = RetrieverTool.from_defaults(retriever, name="passages")
    assert "12 pounds" in str(asyncio.run(tool.acall("aneroid barometer")))
    cut = SimilarityPostprocessor(similarity_cutoff=2.0)
    engine = RetrieverQueryEngine.from_args(
        retriever, llm=Scripted(last="Said.").llm(), node_postprocessors=[cut]
    )
    assert engine.query("aneroid barometer").source_nodes == []


def test_a_chat_engine_streams_for_async_callers(index: MMRagIndex) -> None:
    async def talk() -> str:
        response = await index.as_chat_engine().astream_chat(QUESTION)
        return "".join([piece async for piece in response.async_response_gen()])

    assert "12 pounds. [1]" in asyncio.run(talk())
