"""How agents reach an index: over stdin and stdout, and at /mcp of the HTTP server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

from mmrag import Settings
from mmrag.errors import InputError
from mmrag.extras import require
from mmrag_connectors.mcp.opening import Opening

if TYPE_CHECKING:
    from fastapi import FastAPI
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

    from mmrag_connectors.hosting.hosted import HostedIndex, Tenant

PATH = "/mcp"
PURPOSE = "serve an index to agents"


async def serve_stdio(settings: Settings) -> None:
    """Serve the index of the settings over stdin and stdout until stdin ends.

    The protocol has stdout to itself: whatever else prints goes to stderr.

    Raises:
        MissingExtra: the package `mcp` is not installed.
    """
    require("mcp", extra="mcp", purpose=PURPOSE)
    from mcp.server.stdio import stdio_server

    async with stdio_server() as (incoming, outgoing):
        from mmrag_connectors.mcp.protocol import protocol_server

        opening = Opening(lambda: _hosted(settings))
        opening.start()
        try:
            server = protocol_server(opening.opened, lambda _: settings.index.tenant)
            await server.run(incoming, outgoing, server.create_initialization_options())
        finally:
            await opening.close()


def mount_mcp(app: FastAPI, hosted: HostedIndex) -> FastAPI:
    """Let the application answer the protocol (streamable HTTP) at /mcp.

    Each request stands alone: there are no sessions that another caller could take over, and whose
    documents it sees is told by its own token. Hosts and origins are checked by the application.

    Raises:
        MissingExtra: the package `mcp` is not installed.
    """
    require("mcp", extra="mcp", purpose=PURPOSE)
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
    from mcp.shared.exceptions import MCPError
    from mcp.types import INVALID_REQUEST
    from starlette.routing import Route

    from mmrag_connectors.http.callers import caller_of
    from mmrag_connectors.mcp.protocol import protocol_server

    def tenant(request: Request) -> Tenant:
        caller = caller_of(request)
        if caller is None:
            raise MCPError(INVALID_REQUEST, "nobody is signed in")
        return caller.tenant

    async def opened() -> HostedIndex:
        return hosted

    server = protocol_server(opened, tenant)
    door = _Door()
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(running: FastAPI) -> AsyncIterator[Any]:
        # a manager runs once only, an application may be started again
        door.manager = StreamableHTTPSessionManager(server, stateless=True)
        async with door.manager.run(), inner(running) as state:
            yield state

    app.router.lifespan_context = lifespan
    app.router.routes.append(Route(PATH, door))
    return app


class _Door:
    """Hands requests to the manager of the running application."""

    manager: StreamableHTTPSessionManager | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self.manager is not None, "the application is not running"
        await self.manager.handle_request(scope, receive, send)


def _hosted(settings: Settings) -> HostedIndex:
    """The index in this process, which serves one agent; one that is not there is not made."""
    # first what the first request loads too: two threads that come to LlamaIndex by different ways
    # at once find its modules half made, for they import each other
    import_module("mmrag_connectors.mcp.requests")
    from mmrag.store.opening import index_exists
    from mmrag_connectors.hosting.threaded import ThreadedIndex

    if not index_exists(settings.index):
        url, directory = settings.index.qdrant_url, settings.index.directory.absolute()
        where = f"--qdrant {url}" if url else f"--index {directory}"
        raise InputError(
            f"no index at {url or directory}; make one with: mmrag index FOLDER {where}"
        )
    return ThreadedIndex(settings)
