"""Requests get an id and one line in the log, as JSON; what nobody foresaw becomes a response."""

from __future__ import annotations

import json
import logging
import re
import time
import uuid
from asyncio import CancelledError
from datetime import datetime, timezone
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mmrag_connectors.http.callers import SCOPE_KEY
from mmrag_connectors.http.ids import answering, request_id
from mmrag_connectors.http.paths import route_of
from mmrag_connectors.http.problems import refuse, unexpected

LOG = logging.getLogger("mmrag_connectors.http")
QUIET = {"/healthz", "/readyz", "/metrics"}
"""What is asked every few seconds by machines; told of only when it fails."""
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class RequestLog:
    """Middleware: takes or makes X-Request-ID, logs one line, answers for unforeseen errors.

    A line has the route in place of the path, and nothing of queries, headers and bodies: they may
    hold secrets, and what people ask is theirs.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        made = given if _ID.fullmatch(given) else uuid.uuid4().hex
        status, size, whole, started = 0, 0, False, time.perf_counter()

        async def sending(message: Message) -> None:
            nonlocal status, size, whole
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = made
            elif message["type"] == "http.response.body":
                size += len(message.get("body", b""))
                whole = not message.get("more_body", False)
            await send(message)

        with answering(made):
            try:
                await self.app(scope, receive, sending)
            except Exception:  # whatever it was, its caller gets an answer, the log the traceback
                LOG.exception("unforeseen error in %s", route_of(scope))
                if not status:
                    await refuse(unexpected(), scope, receive, sending)
            finally:
                ms = round(1000 * (time.perf_counter() - started), 1)
                _tell(scope, status=status, ms=ms, bytes=size, whole=whole)


def _tell(scope: Scope, *, status: int, **told: float | bool) -> None:
    caller, route = scope.get(SCOPE_KEY), route_of(scope)
    fields = {
        "method": scope["method"],
        "route": route,
        "status": status,
        **told,
        "caller": caller.name if caller else None,
    }
    level = logging.DEBUG if route in QUIET and status < 400 else logging.INFO
    LOG.log(level, "request", extra={"fields": fields})


class JsonLines(logging.Formatter):
    """Each record as one line of JSON, with the id of the request that it belongs to."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, timezone.utc).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage().strip(),
        }
        if request_id():
            line["request_id"] = request_id()
        line.update(getattr(record, "fields", {}))
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def is_told(record: logging.LogRecord) -> bool:
    """Whether a record belongs in the log: that streams are cut when the server ends does not."""
    return not (record.exc_info and isinstance(record.exc_info[1], CancelledError))


LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": JsonLines}},
    "filters": {"told": {"()": lambda: is_told}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["told"]}
    },
    "loggers": {
        "mmrag_connectors": {"level": "INFO"},
        "uvicorn.error": {"level": "WARNING"},
    },
    "root": {"level": "WARNING", "handlers": ["stderr"]},
}
"""For `logging.config.dictConfig`, by the process that serves; a library changes no logging."""
