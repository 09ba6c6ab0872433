"""Who makes a request is told before anything else of it is looked at: by token or session."""

from __future__ import annotations

import logging

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from mmrag import Settings
from mmrag.config import TokenSettings
from mmrag.errors import ConfigError
from mmrag_connectors.http.callers import SCOPE_KEY, Caller
from mmrag_connectors.http.guard import SAFE, is_loopback, session_in
from mmrag_connectors.http.paths import PAGE, Treatment, treatment_of
from mmrag_connectors.http.problems import Problem, refuse
from mmrag_connectors.http.sessions import Sessions
from mmrag_connectors.http.tokens import TokenBook, digest_of

LOG = logging.getLogger(__name__)
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="mmrag"'}


class Doors:
    """Who has the keys.

    A server that can be reached from elsewhere is never open to everybody, and one that has had a
    token never again: to revoke the last one must not open the doors.
    """

    def __init__(self, settings: Settings) -> None:
        self.book = TokenBook.of(settings.index, settings.serve)
        self.sessions = Sessions()
        self._everybody = Caller("anybody", settings.index.tenant, True)
        self._closed = not is_loopback(settings.serve.host)

    @property
    def closed(self) -> bool:
        """Whether a token is needed."""
        self._closed = self._closed or bool(self.book.entries)
        return self._closed

    def sign_in(self, token: str) -> str | None:
        """The id of a new session, if the token is one."""
        return self.sessions.open(digest_of(token)) if self.book.find(token) else None

    def caller(self, headers: Headers, *, session: bool) -> Caller | None:
        """Who has a token in the header, or a session if it counts; anybody if none is needed."""
        if not self.closed:
            return self._everybody
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return _caller(self.book.find(token.strip()))
        id = session_in(headers) if session else None
        digest = self.sessions.digest(id) if id else None
        return _caller(self.book.with_digest(digest)) if digest else None


class Doorkeeper:
    """Middleware: tells who makes a request (`callers.caller_of`), and refuses who is nobody."""

    def __init__(self, app: ASGIApp, doors: Doors) -> None:
        self.app, self.doors = app, doors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        treated, headers = treatment_of(scope), Headers(scope=scope)
        session = treated.session and (treated.page or scope["method"] in SAFE)
        try:
            caller = self.doors.caller(headers, session=session)
        except ConfigError as exc:
            LOG.error("%s", exc)
            unread = Problem(503, "who may come in cannot be told; the log says why", "unavailable")
            await refuse(unread, scope, receive, send)
            return
        scope[SCOPE_KEY] = caller
        if caller or treated.open:
            await self.app(scope, receive, send)
        elif _is_visit(scope, treated, headers):
            await RedirectResponse("/login", 303)(scope, receive, send)
        else:
            await refuse(_unknown(headers), scope, receive, send)


def _caller(entry: TokenSettings | None) -> Caller | None:
    return Caller(entry.name, entry.tenant, entry.write) if entry else None


def _is_visit(scope: Scope, treated: Treatment, headers: Headers) -> bool:
    """Whether somebody opens the page in a browser."""
    return treated is PAGE and scope["method"] == "GET" and "text/html" in headers.get("accept", "")


def _unknown(headers: Headers) -> Problem:
    wrong = "authorization" in headers
    said = "this token is not known" if wrong else "a token is needed"
    message = f"{said}; send it as `Authorization: Bearer mmrag_...` (`mmrag token add` makes one)"
    return Problem(401, message, "invalid_token" if wrong else "no_token", CHALLENGE)
