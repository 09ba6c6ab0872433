"""`ask`: one answer with checked citations, or that the files do not tell."""

from __future__ import annotations

from mcp.types import CallToolResult, ContentBlock
from pydantic import Field

from mmrag import Answer
from mmrag.generation.citations import Citation
from mmrag.generation.fence import fence_name
from mmrag.schema import document_id
from mmrag_connectors.hosting.hosted import HostedIndex, Tenant
from mmrag_connectors.mcp import contract, reading
from mmrag_connectors.mcp.asking import LONGEST_QUESTION, Asking
from mmrag_connectors.mcp.tool import WARNING, Tool, told


class AskArguments(Asking):
    """What to answer."""

    question: str = Field(
        min_length=1, max_length=LONGEST_QUESTION, description="One question, as a sentence."
    )


async def ask(hosted: HostedIndex, tenant: Tenant, asked: AskArguments) -> CallToolResult:
    """Answer, and list what is cited."""
    with asked.picture() as picture:
        answer = await hosted.ask(tenant, asked.asked_as(asked.question, picture))
    quotes = [reading.words(citation.quote, citation.modality) for citation in answer.citations]
    fence = fence_name([answer.text, *quotes])
    blocks: list[ContentBlock] = [reading.block(_head(answer), answer.text, answer.note)]
    if answer.citations:
        cited = zip(answer.citations, quotes, strict=True)
        lines = [
            f"{_source(citation)}\n{reading.fenced(quote, fence)}" for citation, quote in cited
        ]
        blocks.append(reading.block(f"Sources. {WARNING}", *lines))
    sources = dict.fromkeys(citation.source for citation in answer.citations)
    blocks += [reading.link(document_id(source, tenant), source) for source in sources]
    return told(blocks, answer.as_dict())


def _head(answer: Answer) -> str:
    if answer.abstained:
        return "The files do not answer this; `search` may find what is near it."
    words = "quoted from the files" if answer.mode == "extractive" else f"worded by {answer.model}"
    return f"Answer ({words}, confidence {answer.confidence:.2f}):"


def _source(citation: Citation) -> str:
    where = reading.place(
        citation.source, citation.page, citation.start_ms, citation.end_ms, citation.section
    )
    checked = "verified" if citation.verified else "not verified"
    quote = f"id {citation.node_id}, quote [{citation.start}, {citation.end}]"
    return f"[{citation.n}] {where} ({citation.kind}, {checked}, {quote})"


TOOL = Tool(
    "ask",
    "Ask the files",
    "Answer one question from the user's files. Each statement is checked against the source that "
    "it cites as [n]; when the files do not answer, it says so and nothing else. Better than "
    "`search` for a fact, worse for an overview.",
    AskArguments,
    contract.ANSWER,
    ask,
)
