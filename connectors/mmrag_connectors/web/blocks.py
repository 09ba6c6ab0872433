"""The page as Gradio knows it: one component, a stream of answers, and functions beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from importlib.resources import files
from typing import Any, TypeVar, cast

import gradio as gr
from fastapi import Request
from pydantic import ValidationError

from mmrag import MmragError, Settings
from mmrag.generation.lookalikes import visible
from mmrag_connectors.hosting.hosted import HostedIndex
from mmrag_connectors.http.callers import Caller
from mmrag_connectors.http.guard import session_in
from mmrag_connectors.http.leaving import closing
from mmrag_connectors.web.asking import Sent, SentQuestion, asked
from mmrag_connectors.web.beats import beating
from mmrag_connectors.web.gate import known_caller
from mmrag_connectors.web.services import SentId, SentIds, SentLook, SentPlace, Services
from mmrag_connectors.web.uploads import Uploads

TITLE = "mmrag"

# Gradio finds the names of a component's events in the strings of this script.
ON_LOAD = """
const events = ["ask", "stop"];
import(new URL("page/static/page.js", document.baseURI))
  .then((page) => page.start({ element, trigger, props, server, watch }));
"""
WAITING = 4
"""So many times as many questions may wait as are answered at once."""
BEAT_S = 2.0
"""How long the work for a browser that has gone goes on at most, more or less."""

Model = TypeVar("Model", bound=Sent)
News = dict[str, Any]


def build(hosted: HostedIndex, uploads: Uploads, settings: Settings) -> gr.Blocks:
    """The page over an index. Whoever asks it is told only what belongs to the caller's tenant."""
    services = Services(hosted, uploads, settings)

    async def ask(event: gr.EventData, request: gr.Request) -> AsyncIterator[News]:
        sent, wrong = _read(SentQuestion, event._data)
        if sent is None:
            turn = event._data.get("turn") if isinstance(event._data, dict) else None
            yield {"turn": turn, "state": "error", **wrong}
            return
        coming = asked(hosted, uploads, _caller(request), sent)
        async with closing(beating(coming, BEAT_S)) as all_news:
            async for news in all_news:
                yield news

    async def library(data: Any, request: gr.Request) -> News:  # noqa: ANN401  (from a browser)
        told = await _served(services.library, SentLook, data, request)
        return {**told, "session": session_in(request.headers) is not None}

    async def show(data: Any, request: gr.Request) -> News:  # noqa: ANN401
        return await _served(services.show, SentPlace, data, request)

    async def receive(data: Any, request: gr.Request) -> News:  # noqa: ANN401
        return await _served(services.receive, SentIds, data, request)

    async def remove(data: Any, request: gr.Request) -> News:  # noqa: ANN401
        return await _served(services.remove, SentId, data, request)

    most = settings.serve.concurrent
    blocks = gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True)
    with blocks:
        page = gr.HTML(
            html_template=(files(__package__) / "static" / "page.html").read_text("utf-8"),
            js_on_load=ON_LOAD,
            apply_default_css=False,
            elem_id="mmrag",
            server_functions=[library, show, receive, remove],
        )
        asking = page.ask(
            ask,
            outputs=page,
            show_progress="hidden",
            api_visibility="private",
            concurrency_limit=most,
        )
        page.stop(None, cancels=[asking], api_visibility="private")
    blocks.queue(api_open=False, max_size=most * WAITING)
    return blocks


async def _served(
    service: Callable[[Caller, Model], Awaitable[News]],
    model: type[Model],
    data: Any,  # noqa: ANN401
    request: gr.Request,
) -> News:
    """What a service says; errors of mmrag as `{"error": …}`, for people to read."""
    sent, wrong = _read(model, data)
    if sent is None:
        return wrong
    try:
        return await service(_caller(request), sent)
    except MmragError as error:
        return {"error": visible(str(error))}


def _read(model: type[Model], data: Any) -> tuple[Model | None, News]:  # noqa: ANN401
    try:
        return model.model_validate(data), {}
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the request"
        return None, {"error": f"{where}: {first['msg']}"}


def _caller(request: gr.Request | Request) -> Caller:
    """Who uses the page. Gradio wraps requests for its stream, and for its calls it does not."""
    plain = request.request if isinstance(request, gr.Request) else request
    return known_caller(cast(Request, plain))
