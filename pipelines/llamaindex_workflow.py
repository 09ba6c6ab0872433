"""A LlamaIndex Workflow over an index: ask; when the files do not answer, search and tell of that.

    python pipelines/llamaindex_workflow.py my-index "Who rebuilt the mast?"

Without a language model: answers are quotes from the files (`llm="extractive"`).
"""

from __future__ import annotations

import argparse
import asyncio

from llama_index.core.schema import NodeWithScore
from llama_index.core.workflow import Event, StartEvent, StopEvent, Workflow, step
from pydantic import Field

from mmrag import MMRagIndex


class Asked(StartEvent):
    """A question."""

    question: str


class Unanswered(Event):
    """A question that the files do not answer."""

    question: str


class Found(StopEvent):
    """How it ended.

    Attributes:
        citations: of an answer, each checked.
        nearby: of a question without one, what stands nearest to it.
    """

    text: str
    citations: list[dict[str, object]] = Field(default_factory=list)
    nearby: list[str] = Field(default_factory=list)


class Research(Workflow):
    """Answers, or says what is nearest."""

    def __init__(self, index: MMRagIndex, llm: str = "extractive") -> None:
        super().__init__(timeout=300)
        self._answers = index.as_query_engine(llm=llm)
        self._passages = index.as_retriever(top_k=3)

    @step
    async def answer(self, asked: Asked) -> Found | Unanswered:
        """A checked answer, if there is one."""
        response = await self._answers.aquery(asked.question)
        if response.metadata["abstained"]:
            return Unanswered(question=asked.question)
        return Found(text=str(response), citations=response.metadata["citations"])

    @step
    async def look_around(self, missed: Unanswered) -> Found:
        """The places that are nearest to the question."""
        hits = await self._passages.aretrieve(missed.question)
        return Found(text="The files do not answer this.", nearby=[_place(hit) for hit in hits])


def _place(hit: NodeWithScore) -> str:
    page = hit.node.metadata.get("page")
    return f"{hit.node.metadata['source']}{'' if page is None else f', page {page}'}"


def main() -> None:
    """Ask one question."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("index", help="directory of the index")
    parser.add_argument("question")
    given = parser.parse_args()

    async def run(index: MMRagIndex) -> Found:
        return await Research(index).run(start_event=Asked(question=given.question))

    with MMRagIndex(given.index, create=False) as index:
        found = asyncio.run(run(index))
    print(found.text)
    for citation in found.citations:
        print(f"[{citation['n']}] {citation['source']}, page {citation['page']}")
    for place in found.nearby:
        print(f"Nearest: {place}")


if __name__ == "__main__":
    main()
