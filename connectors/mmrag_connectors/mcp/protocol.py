"""The server of the protocol over a hosted index, whatever carries it."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from mcp.server.lowlevel import Server
from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp.types import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    ListResourcesResult,
    ListResourceTemplatesResult,
    ListToolsResult,
    PaginatedRequestParams,
    ReadResourceRequestParams,
    ReadResourceResult,
)

from mmrag import MmragError, __version__
from mmrag_connectors.hosting.hosted import HostedIndex, Tenant
from mmrag_connectors.mcp import reading, resources
from mmrag_connectors.mcp.tool import Tool, failed, line_of
from mmrag_connectors.mcp.tools import ask, get_source, list_documents, search

log = logging.getLogger(__name__)

TOOLS: dict[str, Tool[Any]] = {
    module.TOOL.name: module.TOOL for module in (search, ask, get_source, list_documents)
}
INSTRUCTIONS = (
    "The user's own documents, pictures, recordings and films. `ask` for a fact, `search` for "
    "passages and pictures, `get_source` to see a place, `list_documents` for what there is. Cite "
    f"file and page or time. {reading.WARNING}"
)
BROKEN = "something went wrong in the server; its log says what"

Context = ServerRequestContext[Any, Any]
R = TypeVar("R")


def protocol_server(hosted: HostedIndex, tenant_of: Callable[[Any], Tenant]) -> Server[Any]:
    """The server.

    Args:
        hosted: what is asked; it may still be opening.
        tenant_of: whose documents a request sees, by the HTTP request that carried it, or None.
    """

    async def list_tools(_: Context, __: PaginatedRequestParams | None) -> ListToolsResult:
        return ListToolsResult(tools=[tool.described for tool in TOOLS.values()])

    async def call_tool(context: Context, params: CallToolRequestParams) -> CallToolResult:
        tool = TOOLS.get(params.name)
        if tool is None:
            known = ", ".join(TOOLS)
            raise MCPError(INVALID_PARAMS, f"there is no tool {params.name!r}; there are: {known}")
        try:
            return await tool.call(hosted, tenant_of(context.request), params.arguments)
        except MmragError as exc:
            return failed(line_of(exc))
        except MCPError:
            raise
        except Exception:  # a fault of ours, which is logged here and not shown to the agent
            log.exception("tool %s", params.name)
            return failed(BROKEN)

    async def list_resources(
        context: Context, params: PaginatedRequestParams | None
    ) -> ListResourcesResult:
        cursor = params.cursor if params else None
        return await _told(resources.listed(hosted, tenant_of(context.request), cursor))

    async def list_templates(
        _: Context, __: PaginatedRequestParams | None
    ) -> ListResourceTemplatesResult:
        return ListResourceTemplatesResult(resource_templates=resources.TEMPLATES)

    async def read_resource(
        context: Context, params: ReadResourceRequestParams
    ) -> ReadResourceResult:
        return await _told(resources.opened(hosted, tenant_of(context.request), params.uri))

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


async def _told(reading: Awaitable[R]) -> R:
    """What is read, its failures as errors of the protocol."""
    try:
        return await reading
    except MmragError as exc:
        raise MCPError(INTERNAL_ERROR, line_of(exc)) from exc
    except MCPError:
        raise
    except Exception as exc:  # a fault of ours, which is logged here and not shown to the agent
        log.exception("resources")
        raise MCPError(INTERNAL_ERROR, BROKEN) from exc
