"""Mounts the chat page in the HTTP application."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request
from fastapi.middleware.cors import CORSMiddleware
from starlette.staticfiles import StaticFiles

from mmrag import Settings
from mmrag.extras import require
from mmrag_connectors.hosting.hosted import HostedIndex
from mmrag_connectors.http import problems
from mmrag_connectors.web.gate import Gate, known_caller
from mmrag_connectors.web.uploads import Uploads

STATIC = Path(__file__).with_name("static")


def mount_page(app: FastAPI, hosted: HostedIndex, settings: Settings) -> FastAPI:
    """Put the chat page at `/`. Mount it last, for it takes every path that is left.

    Raises:
        MissingExtra: Gradio is not installed.
    """
    # read while Gradio is imported: no calls home, and no looking for a newer version
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    gradio = require("gradio", extra="serve", purpose="the chat page")
    from mmrag_connectors.web.blocks import build
    from mmrag_connectors.web.theme import page_theme

    uploads = Uploads(hosted, settings)
    page = FastAPI(openapi_url=None)
    # Gradio adds rules of its own, which let pages of other origins in, unless there are some
    page.add_middleware(CORSMiddleware)
    problems.install(page)

    @page.post("/page/uploads")
    async def upload(
        request: Request, name: Annotated[str, Query(max_length=1024)]
    ) -> dict[str, str]:
        return {"id": await uploads.take(known_caller(request), name, request.stream())}

    page.mount("/page/static", StaticFiles(directory=STATIC))
    gradio.mount_gradio_app(
        page,
        build(hosted, uploads, settings),
        path="/",
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        enable_monitoring=False,
        pwa=False,
        mcp_server=False,
        show_error=False,
        theme=page_theme(),
        favicon_path=str(STATIC / "icon.png"),
        head=(STATIC / "head.html").read_text("utf-8"),
    )
    app.mount("/", Gate(page))
    outer = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(running: FastAPI) -> AsyncIterator[Any]:
        async with outer(running) as state, page.router.lifespan_context(page):
            try:
                yield state
            finally:
                uploads.clear()

    app.router.lifespan_context = lifespan
    return app
