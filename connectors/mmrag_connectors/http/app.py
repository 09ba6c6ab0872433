"""The application: every route over one hosted index, behind its guards."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from mmrag import Settings, __version__
from mmrag.errors import MissingExtra
from mmrag_connectors.hosting.hosted import HostedIndex
from mmrag_connectors.http import problems
from mmrag_connectors.http.body import BodyLimit, BodySizes
from mmrag_connectors.http.doorkeeper import Doorkeeper, Doors
from mmrag_connectors.http.guard import Guard, SafeHeaders
from mmrag_connectors.http.logs import RequestLog
from mmrag_connectors.http.metrics import Measured, Metrics
from mmrag_connectors.http.opening import Opening
from mmrag_connectors.http.rates import Gate, RateLimit
from mmrag_connectors.http.routes import (
    answers,
    documents,
    health,
    login,
    media,
    openai,
    search,
    vectors,
)

LOG = logging.getLogger(__name__)
ROUTES = (search, answers, vectors, documents, media, openai, health, login)
ABOUT = """Search and ask over documents, pictures, recordings and films.

Errors have one form: `{"error": {"message", "type", "param", "code", "request_id"}}`. 429 and 503
say in `Retry-After` when to ask again.
"""


def create_app(hosted: HostedIndex, settings: Settings) -> FastAPI:
    """The doors of an index.

    An index that is not open yet when the application starts is opened and closed by it.

    Raises:
        MissingExtra: the page is wanted, and what it is made of is not installed.
    """
    metrics, opening = Metrics(), Opening(hosted)
    doors = Doors(settings)
    app = FastAPI(
        title="mmrag",
        version=__version__,
        description=ABOUT,
        docs_url=None,  # the pages that come with FastAPI load scripts from the web
        redoc_url=None,
        lifespan=_lifespan,
        middleware=_guards(settings, doors, metrics),
    )
    app.state.hosted, app.state.settings = hosted, settings
    app.state.metrics, app.state.opening, app.state.doors = metrics, opening, doors
    problems.install(app)
    for module in ROUTES:
        app.include_router(module.router)
    if settings.serve.mcp:
        _mount_mcp(app, hosted)
    if settings.serve.page:
        from mmrag_connectors.web.page import mount_page

        mount_page(app, hosted, settings)
    return app


def _guards(settings: Settings, doors: Doors, metrics: Metrics) -> list[Middleware]:
    """The outermost first. None is a BaseHTTPMiddleware, which would hide that a client left."""
    serve = settings.serve
    origins = list(serve.cors_origins)
    cross_site = Middleware(
        CORSMiddleware,
        allow_origins=origins,
        allow_methods=["GET", "POST", "DELETE"],
        allow_headers=["Authorization", "Content-Type", "X-Request-ID", "Mcp-Protocol-Version"],
        expose_headers=["X-Request-ID", "Retry-After"],
    )
    return [
        Middleware(SafeHeaders),
        Middleware(RequestLog),
        Middleware(Measured, metrics=metrics),
        Middleware(Guard, hosts=[serve.host, *serve.allowed_hosts], origins=origins),
        *([cross_site] if origins else []),
        Middleware(Doorkeeper, doors=doors),
        Middleware(RateLimit, per_minute=serve.requests_per_minute),
        Middleware(Gate, at_once=serve.concurrent, wait_s=serve.wait_s),
        Middleware(BodyLimit, sizes=BodySizes.of(serve)),
    ]


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    metrics: Metrics = app.state.metrics
    opening: Opening = app.state.opening
    ticking = asyncio.create_task(metrics.tick())
    try:
        async with opening:
            yield
    finally:
        ticking.cancel()
        with suppress(asyncio.CancelledError):
            await ticking


def _mount_mcp(app: FastAPI, hosted: HostedIndex) -> None:
    """The door for agents, which has an extra of its own and is left out without it."""
    from mmrag_connectors.mcp.server import mount_mcp

    try:
        mount_mcp(app, hosted)
    except MissingExtra as exc:
        LOG.warning("no MCP at /mcp: %s", exc)
