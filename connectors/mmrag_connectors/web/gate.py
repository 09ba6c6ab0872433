"""What of Gradio is open: the few addresses that the page needs."""

from __future__ import annotations

import re

from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mmrag_connectors.http.callers import Caller, caller_of
from mmrag_connectors.http.problems import Problem, response_of

OPEN = re.compile(
    r"/|/page/.*|/config/?|/theme\.css|/assets/.*|/static/js/[\w.]+|/favicon\.ico"
    r"|/gradio_api/(queue/(join|data)|cancel|reset|component_server|startup-events)/?"
)
"""Paths of the page. Gradio's others serve and fetch files, call functions, and tell of the API."""

# Gradio writes scripts into the page and compiles templates, hence the two unsafe words; nothing is
# loaded from elsewhere or sent there all the same, whatever stands in a document.
POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "font-src 'self' data:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
SIGN_IN = "you are not signed in; open the page anew"


class Gate:
    """An ASGI application in front of the page; who is nobody is nowhere let in."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"].removeprefix(scope.get("root_path", "")) or "/"
        answer = self._app
        if caller_of(Request(scope)) is None:
            answer = response_of(Problem(401, SIGN_IN, "no_token"))
        elif not OPEN.fullmatch(path):
            answer = response_of(Problem(404, f"there is nothing at {path}", "not_found"))
        await answer(scope, receive, _with_headers(send, path))


def _with_headers(send: Send, path: str) -> Send:
    # what Gradio names by its content never changes; ours is asked for anew after an update
    kept = "private, max-age=31536000, immutable" if path.startswith("/assets/") else "no-cache"

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["Content-Security-Policy"] = POLICY
            headers["Cache-Control"] = kept if message["status"] < 400 else "no-store"
        await send(message)

    return sending


def known_caller(request: Request) -> Caller:
    """Who makes a request that came through the gate."""
    caller = caller_of(request)
    if caller is None:
        raise Problem(401, SIGN_IN, "no_token")
    return caller
