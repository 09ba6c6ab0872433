"""Errors have one form, whoever raises them, and tell nothing that they should not."""

from __future__ import annotations

from pathlib import Path

import pytest
from doors import Doors
from pydantic import BaseModel, Field

from mmrag import MmragError
from mmrag.errors import (
    CorruptFile,
    InputError,
    LimitExceeded,
    LLMUnavailable,
    MissingExtra,
    PromptTruncated,
    StoreLocked,
    UnsupportedFile,
)
from mmrag_connectors.http.problems import problem_of


class Asked(BaseModel):
    secret: str = Field(max_length=3)
    pages: list[int] = []


@pytest.fixture
def doors(tmp_path: Path) -> Doors:
    made = Doors(tmp_path)

    @made.application.post("/v1/asked")
    async def asked(given: Asked) -> str:
        return given.secret

    @made.application.get("/v1/locked")
    async def locked() -> str:
        raise StoreLocked("somebody\nhas it")

    return made


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (InputError("no"), 400, "invalid_input"),
        (CorruptFile("a.pdf", "cut"), 400, "invalid_input"),
        (LimitExceeded("a.pdf", "large"), 413, "too_large"),
        (UnsupportedFile("a.xyz", "what"), 415, "unsupported_file"),
        (PromptTruncated("long"), 400, "too_long"),
        (MissingExtra("x", "ocr", "read"), 501, "not_installed"),
        (LLMUnavailable("down"), 503, "llm_unavailable"),
        (StoreLocked("locked"), 503, "unavailable"),
        (MmragError("else"), 503, "unavailable"),
    ],
)
def test_errors_of_mmrag(error: MmragError, status: int, code: str) -> None:
    problem = problem_of(error)
    assert (problem.status, problem.code) == (status, code)
    assert ("Retry-After" in problem.headers) is (status == 503)


def test_what_comes_from_inside_is_one_line(doors: Doors) -> None:
    assert doors.get("/v1/locked").json()["error"]["message"] == "somebody has it"
    assert doors.code("GET", "/v1/locked") == (503, "unavailable")


def test_fields_that_do_not_fit_are_named_and_not_shown(doors: Doors) -> None:
    response = doors.post("/v1/asked", json={"secret": "hunter2", "pages": [1, "x"]})
    error = response.json()["error"]
    assert (response.status_code, error["code"], error["param"]) == (
        422,
        "invalid_request",
        "secret",
    )
    assert "pages.1: " in error["message"]
    assert "hunter2" not in response.text
    many = doors.post("/v1/asked", json={"secret": "a", "pages": ["x"] * 9}).json()["error"]
    assert many["message"].endswith("; and 4 more")


@pytest.mark.parametrize("content", [b"{", b"", b"\xff", b"[]", b'{"secret": NaN}'])
def test_a_body_that_is_none_is_refused(doors: Doors, content: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    status, _ = doors.code("POST", "/v1/asked", content=content, headers=headers)
    assert status in (400, 422)


def test_addresses_and_methods_that_there_are_not(doors: Doors) -> None:
    assert doors.code("GET", "/v1/nothing") == (404, "not_found")
    assert doors.code("PUT", "/v1/asked") == (405, "method_not_allowed")
    assert doors.put("/v1/asked").headers["allow"] == "POST"


def test_the_openapi_tells_of_tokens_and_no_page_comes_from_elsewhere(doors: Doors) -> None:
    told = doors.get("/openapi.json").json()
    assert told["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    assert told["paths"]["/metrics"]["get"]["security"] == [{"token": []}]
    assert "security" not in told["paths"]["/healthz"]["get"]
    assert {doors.get(path).status_code for path in ("/docs", "/redoc")} == {404}
