"""Documents and cited places as resources: listed a page at a time, and read."""

from __future__ import annotations

import base64

import anyio.to_thread
from mcp.shared.exceptions import MCPError
from mcp.types import (
    INVALID_PARAMS,
    BlobResourceContents,
    ListResourcesResult,
    ReadResourceResult,
    Resource,
    TextResourceContents,
)

from mmrag.errors import InputError
from mmrag.generation.disarm import name_for_reader
from mmrag.store.documents import INDEXED
from mmrag_connectors.hosting.calls import FoundSource
from mmrag_connectors.hosting.hosted import HostedIndex, Tenant
from mmrag_connectors.mcp import reading
from mmrag_connectors.mcp.addresses import document_address, id_in
from mmrag_connectors.media.files import file_of
from mmrag_connectors.media.previews import preview

PAGE = 100
MOST_BYTES = 5_000_000
"""Of a file that is sent as a whole, in one message."""
PICTURE = 1024
_WRITTEN = ("text/", "application/json", "application/xml")
_SEEN = ("image/", "video/", "application/pdf")


async def listed(hosted: HostedIndex, tenant: Tenant, cursor: str | None) -> ListResourcesResult:
    """A page of the tenant's documents."""
    if cursor is not None and not cursor.isdecimal():
        raise MCPError(INVALID_PARAMS, f"no such cursor: {cursor[:60]!r}")
    start = int(cursor or 0)
    records = [r for r in await hosted.documents(tenant) if r.state == INDEXED]
    page = records[start : start + PAGE]
    end = start + len(page)
    return ListResourcesResult(
        resources=[
            Resource(
                uri=document_address(record.id),
                name=name_for_reader(record.source),
                mime_type=record.mimetype,
                size=record.size,
            )
            for record in page
        ],
        next_cursor=str(end) if end < len(records) else None,
    )


async def read(hosted: HostedIndex, tenant: Tenant, address: str) -> ReadResourceResult:
    """What stands at an address.

    Raises:
        MCPError: there is nothing.
        InputError: its file is gone, has changed, or is too large.
        LoadError: no picture can be made of it.
    """
    named = id_in(address)
    found = await hosted.find(tenant, named[1]) if named else None
    if named is None or found is None:
        raise MCPError(INVALID_PARAMS, f"there is no resource {address[:200]!r}", {"uri": address})
    if named[0] == "document":
        return ReadResourceResult(contents=[await _file(address, found)])
    contents: list[TextResourceContents | BlobResourceContents] = []
    if found.text:
        text = reading.words(found.text, found.modality)
        contents.append(TextResourceContents(uri=address, mime_type="text/plain", text=text))
    if found.mimetype.startswith(_SEEN):
        picture = await anyio.to_thread.run_sync(preview, found, PICTURE)
        contents.append(_blob(address, picture.content, picture.mimetype))
    return ReadResourceResult(contents=contents)


async def _file(address: str, found: FoundSource) -> TextResourceContents | BlobResourceContents:
    content = await anyio.to_thread.run_sync(_content, found)
    if found.mimetype.startswith(_WRITTEN):
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError:
            return _blob(address, content, found.mimetype)
        return TextResourceContents(uri=address, mime_type=found.mimetype, text=text)
    return _blob(address, content, found.mimetype)


def _content(found: FoundSource) -> bytes:
    with file_of(found).open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise InputError(
            f"the file is larger than {MOST_BYTES} bytes, the most that is sent; search and "
            "get_source show its parts"
        )
    return content


def _blob(address: str, content: bytes, mimetype: str) -> BlobResourceContents:
    data = base64.b64encode(content).decode("ascii")
    return BlobResourceContents(uri=address, mime_type=mimetype, blob=data)
