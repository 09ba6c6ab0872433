"""What the log tells of requests, and what it does not."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from doors import Doors, bearing
from fastapi.responses import StreamingResponse

from mmrag_connectors.http.logs import JsonLines, is_told
from mmrag_connectors.http.tokens import TokenBook


class Log(io.StringIO):
    """Lines as they would be on stderr."""

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.getvalue().splitlines()]


@pytest.fixture
def log() -> Iterator[Log]:
    stream, logger = Log(), logging.getLogger("mmrag_connectors")
    handler, level = logging.StreamHandler(stream), logger.level
    handler.setFormatter(JsonLines())
    handler.addFilter(is_told)
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield stream
    logger.removeHandler(handler)
    logger.setLevel(level)


@pytest.fixture
def doors(tmp_path: Path) -> Doors:
    made = Doors(tmp_path)
    app = made.application

    @app.get("/v1/things/{id}")
    async def thing(id: str) -> str:
        if id == "broken":
            raise ValueError("the secret ingredient")
        return id

    @app.get("/v1/stream")
    async def stream() -> StreamingResponse:
        async def pieces() -> Any:
            yield "a"
            raise ValueError("half way")

        return StreamingResponse(pieces())

    return made


def test_a_request_is_one_line_with_its_route(doors: Doors, log: Log, tmp_path: Path) -> None:
    token = TokenBook((), tmp_path / "tokens.json").add("alice")
    response = doors.get("/v1/things/private-name?q=private-words", headers=bearing(token))
    (line,) = log.lines
    assert {key: line[key] for key in ("level", "message", "method", "route", "status")} == {
        "level": "info",
        "message": "request",
        "method": "GET",
        "route": "/v1/things/{id}",
        "status": 200,
    }
    assert (line["caller"], line["bytes"], line["whole"]) == ("alice", len(response.content), True)
    assert line["request_id"] == response.headers["x-request-id"]
    assert line["ms"] >= 0
    told = log.getvalue()
    assert "private" not in told
    assert token not in told


def test_what_is_refused_is_told_too(doors: Doors, log: Log, tmp_path: Path) -> None:
    TokenBook((), tmp_path / "tokens.json").add("alice")
    doors.get("/v1/things/private-name")
    doors.get("/private-name", headers={"Host": "evil.example"})
    told = [(line["route"], line["status"], line["caller"]) for line in log.lines]
    assert told == [("-", 401, None), ("-", 421, None)]
    assert "private" not in log.getvalue()


def test_machines_that_ask_all_the_time_are_told_of_only_when_it_fails(
    doors: Doors, log: Log
) -> None:
    for path in ("/healthz", "/metrics", "/readyz"):
        doors.get(path)
    assert [(line["route"], line["status"]) for line in log.lines] == [("/readyz", 503)]


def test_an_id_that_is_one_is_kept_and_another_is_made(doors: Doors) -> None:
    given = "trace-1.2_3"
    assert doors.get("/healthz", headers={"X-Request-ID": given}).headers["x-request-id"] == given
    made = set()
    for wrong in ("", "a b", "a" * 65, "<b>", "a\tb"):
        made.add(doors.get("/healthz", headers={"X-Request-ID": wrong}).headers["x-request-id"])
    assert len(made) == 5
    assert all(len(id) == 32 and id.isalnum() for id in made)


def test_what_nobody_foresaw_is_for_the_log_alone(doors: Doors, log: Log) -> None:
    response = doors.get("/v1/things/broken")
    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (500, "internal_error")
    assert response.headers["x-content-type-options"] == "nosniff"
    failed, request = log.lines
    assert "ingredient" not in response.text
    assert "ValueError: the secret ingredient" in failed["exception"]
    assert failed["request_id"] == request["request_id"] == error["request_id"]
    assert error["request_id"] in error["message"]
    assert request["status"] == 500


def test_a_stream_that_breaks_off_is_told_as_not_whole(doors: Doors, log: Log) -> None:
    doors.get("/v1/stream")
    failed, request = log.lines
    assert "half way" in failed["exception"]
    assert (request["status"], request["bytes"], request["whole"]) == (200, 1, False)


def test_a_record_is_one_line_whatever_is_in_it() -> None:
    record = logging.LogRecord("a", logging.WARNING, "", 0, "two\nlines \x1b[31m %s", ("é",), None)
    line = JsonLines().format(record)
    assert line.isprintable()
    assert json.loads(line)["message"] == "two\nlines \x1b[31m é"
    assert "request_id" not in json.loads(line)
