"""What the server answers: its tools and resources over an index, and its failures in one line.

LlamaIndex comes with this module, so it is loaded after the first words with a client are said.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from mcp.shared.exceptions import MCPError
from mcp.types import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    ListResourcesResult,
    ReadResourceResult,
)
from mcp.types import Tool as Described

from mmrag import MmragError
from mmrag_connectors.hosting.hosted import HostedIndex, Tenant
from mmrag_connectors.mcp import resources
from mmrag_connectors.mcp.tool import Tool, failed, line_of, read
from mmrag_connectors.mcp.tools import ask, get_source, list_documents, search

log = logging.getLogger(__name__)

TOOLS: dict[str, Tool[Any]] = {
    module.TOOL.name: module.TOOL for module in (search, ask, get_source, list_documents)
}
BROKEN = "something went wrong in the server; its log says what"

Opened = Callable[[], Awaitable[HostedIndex]]


class Requests:
    """Answers requests.

    Args:
        opened: the index, once it can be asked.
    """

    def __init__(self, opened: Opened) -> None:
        self._opened = opened

    def tools(self) -> list[Described]:
        """The tools as they are listed."""
        return [tool.described for tool in TOOLS.values()]

    async def call(self, tenant: Tenant, asked: CallToolRequestParams) -> CallToolResult:
        """A tool's result, or its failure as one; MCPError if there is no such tool."""
        tool = TOOLS.get(asked.name)
        if tool is None:
            known = ", ".join(TOOLS)
            raise MCPError(INVALID_PARAMS, f"there is no tool {asked.name!r}; there are: {known}")
        try:
            given = read(tool.arguments, asked.arguments)
            return await tool.run(await self._opened(), tenant, given)
        except MmragError as exc:
            return failed(line_of(exc))
        except Exception:  # a fault of ours, which is logged here and not shown to the agent
            log.exception("tool %s", asked.name)
            return failed(BROKEN)

    async def resources(self, tenant: Tenant, cursor: str | None) -> ListResourcesResult:
        """A page of the documents; failures are MCPErrors."""
        with _told():
            return await resources.listed(await self._opened(), tenant, cursor)

    async def resource(self, tenant: Tenant, address: str) -> ReadResourceResult:
        """What stands at an address; failures are MCPErrors."""
        with _told():
            return await resources.read(await self._opened(), tenant, address)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except MCPError:
        raise
    except MmragError as exc:
        raise MCPError(INTERNAL_ERROR, line_of(exc)) from exc
    except Exception as exc:
        log.exception("resources")
        raise MCPError(INTERNAL_ERROR, BROKEN) from exc
