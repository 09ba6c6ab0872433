"""What browsers may be led to do to a server on their user's machine, and is refused here.

Any page can make a browser send requests to `localhost`, and a name that first leads to the page's
server may lead to this machine a second later (DNS rebinding). What the requests bear tells:
https://developer.mozilla.org/en-US/docs/Glossary/Fetch_metadata_request_header
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from ipaddress import ip_address

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mmrag_connectors.http.paths import treatment_of
from mmrag_connectors.http.problems import Problem, refuse

COOKIE = "mmrag_session"
SAFE = {"GET", "HEAD", "OPTIONS"}
PRIVATE = {"Cache-Control": "no-store"}
HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?")
OURS = {"same-origin", "none"}
"""What Sec-Fetch-Site says of requests from the page itself, and of those that the user made."""
EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # without any, forms of the page say "Origin: null"
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    # a file of the index that is opened as such runs no scripts in our name; the page has its own
    "Content-Security-Policy": "default-src 'none'; img-src 'self'; media-src 'self'; "
    "style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
}


def is_loopback(host: str) -> bool:
    """Whether an address or name is that of this machine alone."""
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class Guard:
    """Middleware: refuses foreign names of this server and requests that other sites make.

    Args:
        hosts: names under which the server may be reached, besides those of this machine. An
            address as such may always be used: it cannot be made to lead elsewhere.
        origins: of other sites that may ask, such as "https://wiki.example.org".
    """

    def __init__(self, app: ASGIApp, hosts: Iterable[str], origins: Collection[str]) -> None:
        self.app, self.origins = app, set(origins)
        self.hosts = {host.lower().rstrip(".") for host in hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})  # no door here opens one
        elif problem := self._problem(scope["method"], Headers(scope=scope)):
            await refuse(problem, scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def _problem(self, method: str, headers: Headers) -> Problem | None:
        given = headers.getlist("host")
        host = given[0] if len(given) == 1 else ""
        if not self._is_ours(host):
            message = "this server does not go by the name in the Host header; "
            return Problem(421, message + "serve.allowed_hosts names others", "foreign_host")
        signed_in = session_in(headers) is not None
        if (method in SAFE and not signed_in) or not self._is_foreign(method, headers, host):
            return None
        if not signed_in and headers.get("origin") in self.origins:
            return None
        message = "another site made this request; serve.cors_origins names sites that may"
        return Problem(403, message, "foreign_origin")

    def _is_ours(self, host: str) -> bool:
        found = HOST.fullmatch(host.lower())
        name = found[1].rstrip(".") if found else ""
        ours = name in self.hosts or name.endswith(".localhost")
        return ours or is_loopback(name) or _is_address(name)

    def _is_foreign(self, method: str, headers: Headers, host: str) -> bool:
        origin, site = headers.get("origin"), headers.get("sec-fetch-site")
        if origin is not None:
            # scheme aside: behind a proxy that ends TLS the page's is another one than ours
            return origin.partition("://")[2].lower() != host.lower()
        followed = method in SAFE and headers.get("sec-fetch-mode") == "navigate"
        return site is not None and site not in OURS and not followed


class SafeHeaders:
    """Middleware: headers that keep browsers from harm, where a response has none of its own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        wanted = EVERYWHERE if treatment_of(scope).page else {**EVERYWHERE, **PRIVATE}

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in wanted.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, sending)


def session_in(headers: Headers) -> str | None:
    """The id of the session that a request names."""
    return cookie_parser(headers.get("cookie", "")).get(COOKIE)


def _is_address(name: str) -> bool:
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
