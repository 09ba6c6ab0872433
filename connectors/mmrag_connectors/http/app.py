"""The application: every route over one hosted index."""

from __future__ import annotations

from fastapi import FastAPI

from mmrag import Settings, __version__
from mmrag_connectors.hosting.hosted import HostedIndex
from mmrag_connectors.http import problems
from mmrag_connectors.http.routes import (
    answers,
    documents,
    health,
    media,
    openai,
    search,
    vectors,
)

ROUTES = (search, answers, vectors, documents, media, openai, health)


def create_app(hosted: HostedIndex, settings: Settings) -> FastAPI:
    """The doors of an index that is started already, or will be before the first request."""
    app = FastAPI(title="mmrag", version=__version__, docs_url=None, redoc_url=None)
    app.state.hosted, app.state.settings = hosted, settings
    problems.install(app)
    for module in ROUTES:
        app.include_router(module.router)
    return app
