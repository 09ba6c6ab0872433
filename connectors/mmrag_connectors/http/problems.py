"""Errors as responses: one JSON form for all, which is also that of OpenAI's API."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from mmrag import MmragError
from mmrag.errors import InputError, LoadError


class Problem(Exception):
    """A request that is refused.

    Args:
        status: HTTP status.
        message: one line: what was wrong, what was found, what to do.
        code: a word for programs, such as "not_found".
        headers: to send along, such as Retry-After.
    """

    def __init__(
        self, status: int, message: str, code: str, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.code, self.headers = status, message, code, headers


def response_of(problem: Problem) -> JSONResponse:
    """The response that tells of a problem."""
    kind = "invalid_request_error" if problem.status < 500 else "server_error"
    error = {"message": problem.message, "type": kind, "param": None, "code": problem.code}
    return JSONResponse({"error": error}, problem.status, headers=problem.headers)


def problem_of(error: MmragError) -> Problem:
    """What an error of mmrag is to the caller of a request."""
    if isinstance(error, InputError | LoadError):
        return Problem(400, str(error), "invalid_input")
    return Problem(503, str(error), "unavailable", {"Retry-After": "5"})


def install(app: FastAPI) -> None:
    """Let an application answer with problems."""

    async def refused(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, Problem)
        return response_of(error)

    async def failed(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, MmragError)
        return response_of(problem_of(error))

    app.add_exception_handler(Problem, refused)
    app.add_exception_handler(MmragError, failed)
