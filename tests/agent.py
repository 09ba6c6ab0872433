"""An agent's side of the protocol: the SDK's real client, in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from mcp import Client
from mcp.types import CallToolResult

from mmrag_connectors.hosting.hosted import HostedIndex
from mmrag_connectors.mcp.protocol import protocol_server

T = TypeVar("T")


def talk(
    hosted: HostedIndex, said: Callable[[Client], Awaitable[T]], tenant: str | None = None
) -> T:
    """What is said in a conversation with the server of an index."""

    async def opened() -> HostedIndex:
        return hosted

    async def run() -> T:
        async with Client(protocol_server(opened, lambda _: tenant)) as client:
            return await said(client)

    return asyncio.run(run())


class Tools:
    """Calls tools over one index."""

    def __init__(self, hosted: HostedIndex, tenant: str | None = None) -> None:
        self.hosted, self.tenant = hosted, tenant

    def __call__(self, name: str, **arguments: Any) -> CallToolResult:
        return talk(self.hosted, lambda client: client.call_tool(name, arguments), self.tenant)

    def refusal(self, name: str, **arguments: Any) -> str:
        """The one line that a call fails with."""
        result = self(name, **arguments)
        assert result.is_error
        (block,) = result.content
        assert result.structured_content is None
        assert block.type == "text"
        assert "\n" not in block.text
        return block.text
