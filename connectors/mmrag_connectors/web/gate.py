"""What of Gradio is open: the few addresses that the page needs, to who is signed in."""

from __future__ import annotations

import re
from collections.abc import Callable

from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mmrag_connectors.http.callers import Caller
from mmrag_connectors.http.problems import Problem, response_of

OPEN = re.compile(
    r"/|/page/.*|/config/?|/theme\.css|/assets/.*|/static/js/[\w.]+|/favicon\.ico"
    r"|/gradio_api/(queue/(join|data)|cancel|component_server|startup-events|heartbeat/\w+)/?"
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
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Gate:
    """An ASGI application in front of the page.

    Args:
        app: the page.
        who: tells who makes a request; None is nobody, who is sent to `/login`.
    """

    def __init__(self, app: ASGIApp, who: Callable[[Request], Caller | None]) -> None:
        self._app = app
        self._who = who

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"].removeprefix(scope.get("root_path", "")) or "/"
        caller = self._who(Request(scope))
        if not OPEN.fullmatch(path):
            refused = response_of(Problem(404, f"there is nothing at {path}", "not_found"))
            await refused(scope, receive, send)
        elif caller is None:
            await self._unknown(path, scope)(scope, receive, send)
        else:
            scope.setdefault("state", {})["page_caller"] = caller
            await self._app(scope, receive, _with_headers(send))

    def _unknown(self, path: str, scope: Scope) -> ASGIApp:
        if path == "/":
            return RedirectResponse(f"{scope.get('root_path', '')}/login", 303)
        return response_of(Problem(401, "sign in again: open the page anew", "unauthorized"))


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return sending
