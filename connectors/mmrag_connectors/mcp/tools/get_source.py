"""`get_source`: what stands behind an id, its text and a picture of the place."""

from __future__ import annotations

from dataclasses import replace

from mcp.types import CallToolResult, ContentBlock
from pydantic import Field

from mmrag.errors import InputError
from mmrag.generation.fence import fence_name
from mmrag_connectors.hosting.calls import FoundSource
from mmrag_connectors.hosting.hosted import HostedIndex, Tenant
from mmrag_connectors.mcp import contract, reading
from mmrag_connectors.mcp.tool import WARNING, Arguments, Pair, Tool, told
from mmrag_connectors.media.previews import preview

SIZE = 1024
"""Longer side of the picture in pixels."""
LONGEST = 20_000
"""Characters of the text."""
_SEEN = ("image/", "video/", "application/pdf")


class SourceArguments(Arguments):
    """What to show."""

    id: str = Field(
        min_length=1,
        max_length=200,
        description="Id of a search result, of a citation (`node_id`), or of a document.",
    )
    quote: Pair | None = Field(
        default=None,
        min_length=2,
        max_length=2,
        description="`start` and `end` of a citation, which narrows page region and times to the "
        "quote.",
    )
    picture: bool = Field(
        default=True, description="Whether to show the page, picture or film frame itself."
    )


async def get_source(hosted: HostedIndex, tenant: Tenant, asked: SourceArguments) -> CallToolResult:
    """Show it."""
    quote = (asked.quote[0], asked.quote[1]) if asked.quote else None
    found = await hosted.find(tenant, asked.id, quote)
    if found is None:
        raise InputError(
            f"there is nothing with the id {asked.id!r}; ids come from search, ask and "
            "list_documents"
        )
    found = replace(
        found,
        text=reading.cut(reading.words(found.text, found.modality), LONGEST),
        metadata=reading.said_of_itself(found.metadata),
    )
    fence = fence_name([found.text])
    text = (WARNING, reading.fenced(found.text, fence)) if found.text else ()
    blocks: list[ContentBlock] = [reading.block(_head(found), *text)]
    if asked.picture and found.mimetype.startswith(_SEEN):
        blocks.append(await reading.shown(found, preview, SIZE))
    blocks.append(reading.link(found.document, found.source, found.mimetype))
    return told(blocks, contract.source_form(found))


def _head(found: FoundSource) -> str:
    where = reading.place(found.source, found.page, found.start_ms, found.end_ms)
    changed = "" if found.fresh else "; the file is gone, or changed since it was indexed"
    return f"{where} ({found.mimetype}){changed}"


TOOL = Tool(
    "get_source",
    "Show a source",
    "Show what stands behind a search result, a citation or a document: its text, the page, "
    "picture or film frame with the cited region marked, and a link to the file. "
    f"{WARNING}",
    SourceArguments,
    contract.SOURCE,
    get_source,
)
