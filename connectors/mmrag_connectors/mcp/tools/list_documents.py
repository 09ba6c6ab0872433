"""`list_documents`: what files there are."""

from __future__ import annotations

from mcp.types import CallToolResult
from pydantic import Field

from mmrag.generation.disarm import name_for_reader
from mmrag.generation.fence import label
from mmrag.store.documents import FAILED, REFUSED, DocumentRecord
from mmrag_connectors.hosting.hosted import HostedIndex, Tenant
from mmrag_connectors.mcp import contract, reading
from mmrag_connectors.mcp.asking import Kind
from mmrag_connectors.mcp.tool import Arguments, Tool, told

MOST = 200


class ListArguments(Arguments):
    """Which files."""

    contains: str = Field(
        default="", max_length=400, description="Only files with this in their path or name."
    )
    modality: Kind | None = Field(default=None, description="Only files of this kind.")
    offset: int = Field(default=0, ge=0, description="How many to pass over.")
    limit: int = Field(default=50, ge=1, le=MOST, description="How many to list.")


async def list_documents(
    hosted: HostedIndex, tenant: Tenant, asked: ListArguments
) -> CallToolResult:
    """A page of them, by name."""
    part = asked.contains.casefold()
    records = [
        record
        for record in await hosted.documents(tenant)
        if part in record.source.casefold() and asked.modality in (None, record.modality)
    ]
    page = records[asked.offset : asked.offset + asked.limit]
    end = asked.offset + len(page)
    more = end if end < len(records) else None
    head = f"{len(page)} of {len(records)} files" if page else "No such files."
    rest = f"More: offset {more}." if more is not None else ""
    blocks = [reading.block(head, *map(_line, page), rest)]
    forms = [contract.document_form(record) for record in page]
    return told(blocks, {"total": len(records), "next_offset": more, "documents": forms})


def _line(record: DocumentRecord) -> str:
    name = name_for_reader(record.source)
    if record.state == REFUSED:
        return f"- {name} is not in the index: {label(record.reason or '')}"
    if record.state == FAILED:
        return f"- {name} could not be read: {label(record.reason or '')}"
    return f"- {name} ({record.mimetype}, passages: {record.chunks}, id {record.id})"


TOOL = Tool(
    "list_documents",
    "List the files",
    "List the user's indexed files by name, a page at a time, with the kind and id of each, and "
    "files that could not be read. To find something in them, use `search`.",
    ListArguments,
    contract.DOCUMENTS,
    list_documents,
)
