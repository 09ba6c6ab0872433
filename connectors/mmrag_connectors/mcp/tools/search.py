"""`search`: passages, pictures, recordings and scenes, with pictures of what is one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from mcp.types import CallToolResult, ContentBlock
from pydantic import Field

from mmrag.errors import InputError
from mmrag.generation.fence import fence_name
from mmrag.modalities import Modality
from mmrag.retrieval.results import SearchHit, SearchResult
from mmrag.schema import document_id
from mmrag_connectors.hosting.calls import Question
from mmrag_connectors.hosting.hosted import HostedIndex, Tenant
from mmrag_connectors.mcp import contract, reading
from mmrag_connectors.mcp.asking import LONGEST_QUESTION, Asking
from mmrag_connectors.mcp.tool import WARNING, Tool, told
from mmrag_connectors.media.files import file_of
from mmrag_connectors.media.previews import thumbnail

MOST = 20
SHOWN, SIZE = 4, 512
"""Pictures of one result, and the longer side of each in pixels: a model pays for each."""
LONGEST = 2000
"""Characters of one passage; `get_source` has all of it."""
_SEEN = (Modality.IMAGE, Modality.VIDEO)


class SearchArguments(Asking):
    """What to look for."""

    query: str = Field(
        default="",
        max_length=LONGEST_QUESTION,
        description="What to look for, in a few words or a question. May be left out where "
        "`like` or `image` is given.",
    )
    like: str | None = Field(
        default=None,
        max_length=200,
        description="Id of a result or document that is a picture or a recording: finds what is "
        "like it.",
    )
    k: int = Field(default=5, ge=1, le=MOST, description="How many results.")


async def search(hosted: HostedIndex, tenant: Tenant, asked: SearchArguments) -> CallToolResult:
    """Search, and show the first pictures."""
    with asked.picture() as picture:
        question = await _question(hosted, tenant, asked, picture)
        result = _disarmed(await hosted.search(tenant, question, asked.k))
    fence = fence_name(hit.text for hit in result.hits)
    blocks: list[ContentBlock] = [reading.block(_count(result), WARNING)]
    shown = 0
    for n, hit in enumerate(result.hits, start=1):
        text = reading.cut(hit.text, LONGEST)
        blocks.append(reading.block(_head(n, hit), reading.fenced(text, fence)))
        if hit.modality in _SEEN and shown < SHOWN:
            found = await hosted.find(tenant, hit.id)
            if found is not None:
                blocks.append(await reading.shown(found, thumbnail, SIZE))
                shown += 1
    sources = dict.fromkeys(hit.source for hit in result.hits)
    blocks += [reading.link(document_id(source, tenant), source) for source in sources]
    return told(blocks, result.as_dict())


async def _question(
    hosted: HostedIndex, tenant: Tenant, asked: SearchArguments, picture: Path | None
) -> Question:
    if asked.like is None:
        return asked.asked_as(asked.query, picture)
    if picture is not None:
        raise InputError("like, image: give one of them")
    found = await hosted.find(tenant, asked.like)
    if found is None:
        raise InputError(f"like: there is nothing with the id {asked.like!r}")
    if found.mimetype.startswith("image/"):
        return asked.asked_as(asked.query, file_of(found))
    if found.mimetype.startswith("audio/"):
        return asked.asked_as(asked.query, audio=file_of(found))
    raise InputError(f"like: takes a picture or a recording, found {found.mimetype}")


def _disarmed(result: SearchResult) -> SearchResult:
    """Hits as a model may read them, for some hosts show it the JSON and not the text."""

    def disarmed(hit: SearchHit) -> SearchHit:
        return replace(
            hit,
            text=reading.words(hit.text, hit.modality),
            context=None if hit.context is None else reading.words(hit.context, hit.modality),
            section=reading.harmless(hit.section),
            metadata=reading.said_of_itself(hit.metadata),
        )

    return replace(result, hits=tuple(map(disarmed, result.hits)))


def _count(result: SearchResult) -> str:
    if not result.hits:
        return "Nothing was found. Try other words, or fewer conditions."
    return f"{len(result.hits)} results, the best first. Cite them by file and page or time."


def _head(n: int, hit: SearchHit) -> str:
    where = reading.place(hit.source, hit.page, hit.start_ms, hit.end_ms, hit.section)
    return f"{n}. {where} ({hit.modality}, score {hit.score:.2f}, id {hit.id})"


TOOL = Tool(
    "search",
    "Search the files",
    "Search the user's documents, pictures, recordings and films. Returns the best passages, "
    "each with its file, page or time and id, small pictures of what is a picture, and links to "
    f"the files. {WARNING} `get_source` shows one of them at full size.",
    SearchArguments,
    contract.SEARCH,
    search,
)
