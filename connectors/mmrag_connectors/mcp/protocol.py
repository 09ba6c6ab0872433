"""The server of the protocol over a hosted index, whatever carries it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import anyio.to_thread
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.types import (
    CallToolRequestParams,
    CallToolResult,
    ListResourcesResult,
    ListResourceTemplatesResult,
    ListToolsResult,
    PaginatedRequestParams,
    ReadResourceRequestParams,
    ReadResourceResult,
)

from mmrag import __version__
from mmrag_connectors.mcp.addresses import TEMPLATES
from mmrag_connectors.mcp.tool import WARNING

if TYPE_CHECKING:
    from mmrag_connectors.hosting.hosted import HostedIndex, Tenant
    from mmrag_connectors.mcp.requests import Requests

INSTRUCTIONS = (
    "The user's own documents, pictures, recordings and films. `ask` for a fact, `search` for "
    "passages and pictures, `get_source` to see a place, `list_documents` for what there is. Cite "
    f"file and page or time. {WARNING}"
)

Context = ServerRequestContext[Any, Any]


def protocol_server(
    opened: Callable[[], Awaitable[HostedIndex]], tenant_of: Callable[[Any], Tenant]
) -> Server[Any]:
    """The server.

    Args:
        opened: the index, once it can be asked.
        tenant_of: whose documents a request sees, by the HTTP request that carried it, or None.
    """

    async def requests() -> Requests:
        return await anyio.to_thread.run_sync(_requests, opened)

    async def list_tools(_: Context, __: PaginatedRequestParams | None) -> ListToolsResult:
        return ListToolsResult(tools=(await requests()).tools())

    async def call_tool(context: Context, params: CallToolRequestParams) -> CallToolResult:
        return await (await requests()).call(tenant_of(context.request), params)

    async def list_resources(
        context: Context, params: PaginatedRequestParams | None
    ) -> ListResourcesResult:
        cursor = params.cursor if params else None
        return await (await requests()).resources(tenant_of(context.request), cursor)

    async def list_templates(
        _: Context, __: PaginatedRequestParams | None
    ) -> ListResourceTemplatesResult:
        return ListResourceTemplatesResult(resource_templates=TEMPLATES)

    async def read_resource(
        context: Context, params: ReadResourceRequestParams
    ) -> ReadResourceResult:
        return await (await requests()).resource(tenant_of(context.request), params.uri)

    return Server(
        "mmrag",
        version=__version__,
        title="mmrag",
        instructions=INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
        on_list_resources=list_resources,
        on_list_resource_templates=list_templates,
        on_read_resource=read_resource,
    )


def _requests(opened: Callable[[], Awaitable[HostedIndex]]) -> Requests:
    from mmrag_connectors.mcp.requests import Requests  # not before a client was greeted

    return Requests(opened)
