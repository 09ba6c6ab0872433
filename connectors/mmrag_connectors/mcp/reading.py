"""Results as blocks that a model reads: placed, fenced, disarmed, with pictures and links."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

import anyio.to_thread
from mcp.types import ContentBlock, ImageContent, ResourceLink, TextContent

from mmrag.errors import MmragError
from mmrag.generation.disarm import name_for_reader, place_for_reader, text_for_reader
from mmrag.generation.fence import label
from mmrag.generation.suspicion import SUSPECT, suspicion
from mmrag.modalities import Modality
from mmrag.schema import Provenance
from mmrag_connectors.hosting.calls import FoundSource
from mmrag_connectors.mcp.addresses import document_address
from mmrag_connectors.mcp.tool import line_of
from mmrag_connectors.media.previews import Picture

MOST_BYTES = 500_000
"""Of one picture; hosts drop results that are too large as a whole."""


def place(
    source: str,
    page: int | None,
    start_ms: int | None,
    end_ms: int | None,
    section: str | None = None,
) -> str:
    """Where something stands, as one harmless line."""
    heading = harmless(section)
    where = Provenance(
        source,
        page,
        start_ms=start_ms,
        end_ms=end_ms,
        heading=tuple(heading.split(" > ")) if heading else (),
    )
    return place_for_reader(where)


def harmless(section: str | None) -> str | None:
    """A heading path, unless it speaks to the machine."""
    return None if section is None or suspicion(section) >= SUSPECT else section


def words(text: str, modality: str) -> str:
    """Retrieved text as harmless data."""
    return text_for_reader(text, whole=modality != Modality.TEXT)


def said_of_itself(fields: Mapping[str, Any]) -> dict[str, Any]:
    """What a file says of itself as harmless data."""

    def told(value: object) -> object:
        if isinstance(value, str):
            return text_for_reader(value, whole=True)
        return [told(item) for item in value] if isinstance(value, list) else value

    return {key: told(value) for key, value in fields.items()}


def cut(text: str, most: int) -> str:
    """A text of at most so many characters."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def fenced(text: str, fence: str) -> str:
    """Retrieved text between tags that its writer cannot know."""
    return f"<{fence}>\n{text}\n</{fence}>"


def block(*lines: str) -> ContentBlock:
    """Lines of text."""
    return TextContent(text="\n".join(line for line in lines if line))


def link(document: str, source: str, mimetype: str | None = None) -> ContentBlock:
    """A link to a document, which `resources/read` opens."""
    return ResourceLink(
        uri=document_address(document), name=name_for_reader(source), mime_type=mimetype
    )


async def shown(
    found: FoundSource, make: Callable[[FoundSource, int], Picture], size: int
) -> ContentBlock:
    """A picture of the place, or why there is none."""
    try:
        picture = await anyio.to_thread.run_sync(make, found, size)
    except MmragError as exc:
        return block(f"The picture cannot be shown: {label(line_of(exc))}")
    if len(picture.content) > MOST_BYTES:
        return block(f"The picture is too large to be shown: {len(picture.content)} bytes.")
    data = base64.b64encode(picture.content).decode("ascii")
    return ImageContent(data=data, mime_type=picture.mimetype)
