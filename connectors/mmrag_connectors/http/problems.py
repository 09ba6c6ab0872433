"""Errors as responses: one JSON form for all, which is also that of OpenAI's API."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from mmrag import MmragError
from mmrag.errors import (
    ConfigError,
    GenerationError,
    InputError,
    LimitExceeded,
    LoadError,
    MissingExtra,
    PromptTruncated,
    UnsupportedFile,
)
from mmrag_connectors.http.ids import request_id

KINDS = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
"""By status, the word for the kind of error; for others it is told by who is at fault."""
ROWS: tuple[tuple[type[MmragError], int, str], ...] = (
    (LimitExceeded, 413, "too_large"),
    (UnsupportedFile, 415, "unsupported_file"),
    (InputError, 400, "invalid_input"),
    (LoadError, 400, "invalid_input"),
    (ConfigError, 400, "invalid_input"),
    (PromptTruncated, 400, "too_long"),
    (MissingExtra, 501, "not_installed"),
    (GenerationError, 503, "llm_unavailable"),
    (MmragError, 503, "unavailable"),
)
"""What an error of mmrag is to a caller; the first row that fits holds."""
RETRY_S = 5
FAULTS = 5
"""Invalid fields of a request that a message tells of."""


class Problem(Exception):
    """A request that is refused.

    Args:
        status: HTTP status.
        message: one line: what was wrong, what was found, what to do.
        code: a word for programs, such as "not_found".
        headers: to send along, such as Retry-After.
        param: the field of the request that is at fault, such as "where.page".
    """

    def __init__(
        self,
        status: int,
        message: str,
        code: str,
        headers: Mapping[str, str] | None = None,
        param: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.code = status, message, code
        self.headers, self.param = dict(headers or {}), param

    @property
    def body(self) -> dict[str, Any]:
        """The JSON that tells of it: {"error": {"message", "type", "param", "code", ...}}."""
        ours = "server_error" if self.status >= 500 else "invalid_request_error"
        error: dict[str, Any] = {
            "message": self.message,
            "type": KINDS.get(self.status, ours),
            "param": self.param,
            "code": self.code,
        }
        if named := request_id():
            error["request_id"] = named
        return {"error": error}


def response_of(problem: Problem) -> JSONResponse:
    """The response that tells of a problem."""
    return JSONResponse(problem.body, problem.status, headers=problem.headers)


async def refuse(problem: Problem, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request with a problem, in place of the application."""
    await response_of(problem)(scope, receive, send)


def problem_of(error: MmragError) -> Problem:
    """What an error of mmrag is to the caller of a request."""
    status, code = next((row[1], row[2]) for row in ROWS if isinstance(error, row[0]))
    headers = {"Retry-After": str(RETRY_S)} if status == 503 else None
    return Problem(status, " ".join(str(error).split()), code, headers)


def unexpected() -> Problem:
    """What a caller is told of an error that nobody foresaw: nothing but where to look."""
    message = f"something went wrong here; the server's log tells more under {request_id()}"
    return Problem(500, message, "internal_error")


def install(app: FastAPI) -> None:
    """Let an application answer with problems."""

    async def refused(_: Request, error: Exception) -> JSONResponse:
        return response_of(_foreseen(error))

    for kind in (Problem, MmragError, HTTPException, RequestValidationError):
        app.add_exception_handler(kind, refused)


def _foreseen(error: Exception) -> Problem:
    if isinstance(error, Problem):
        return error
    if isinstance(error, MmragError):
        return problem_of(error)
    if isinstance(error, RequestValidationError):
        return _invalid(error.errors())
    if isinstance(error, HTTPException):
        return _of_http(error)
    raise error


def _of_http(error: HTTPException) -> Problem:
    """What FastAPI itself refuses: no such address, no such method there, a body that is none."""
    status = HTTPStatus(error.status_code)
    message = str(error.detail)
    if status is HTTPStatus.NOT_FOUND and message == status.phrase:
        message = "there is nothing at this address; /openapi.json tells what there is"
    return Problem(status, message, status.name.lower(), error.headers)


def _invalid(errors: Iterable[Mapping[str, Any]]) -> Problem:
    """Fields that do not fit. What was found in them is not told: it may be a secret, or long."""
    faults = [(_field(error["loc"]), str(error["msg"])) for error in errors]
    told = "; ".join(
        f"{field}: {message}" if field else message for field, message in faults[:FAULTS]
    )
    more = f"; and {len(faults) - FAULTS} more" if len(faults) > FAULTS else ""
    return Problem(422, told + more, "invalid_request", param=faults[0][0] or None)


def _field(place: Iterable[str | int]) -> str:
    """("body", "where", "page") -> "where.page"; the position in a body that is no JSON is none."""
    _, *names = place
    return "" if names and isinstance(names[0], int) else ".".join(map(str, names))
