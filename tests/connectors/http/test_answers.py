"""Answers over HTTP: whole, as events, and none for who went away."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from mmrag import Answer, Settings
from mmrag.errors import LLMUnavailable
from mmrag.samples import ARCHIVE
from mmrag_connectors.hosting.calls import Question
from mmrag_connectors.hosting.threaded import ThreadedIndex
from mmrag_connectors.http.app import create_app

GUST = "What was the highest gust in the storm of February 1956?"
BARE = Settings().with_changes({"serve.page": False, "serve.mcp": False})
PICTURE = ARCHIVE / "posters/open-day-1968.jpg"


class Halting(ThreadedIndex):
    """An index whose answers come to a halt after the first sentence, or break off there."""

    def __init__(self, error: Exception | None = None) -> None:
        super().__init__(BARE)
        self.error, self.asked_by = error, list[Path]()
        self.started, self.closed = asyncio.Event(), asyncio.Event()

    @property
    def ready(self) -> bool:
        return True

    async def stream(self, name: str, *args: Any) -> AsyncIterator[Any]:
        self.asked_by = [args[1].image] if args[1].image else []
        try:
            yield "One sentence. [1]"
            self.started.set()
            if self.error is not None:
                raise self.error
            await asyncio.Event().wait()
        finally:
            self.closed.set()


def events(text: str) -> list[tuple[str, Any]]:
    found = []
    for block in text.strip().split("\n\n"):
        name, data = block.split("\n")
        found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


def same(told: dict[str, Any], direct: Answer) -> bool:
    """Whether it is the object of the command line, but for the time and where things are seen."""
    plain = {key: told[key] for key in told if key != "took_ms"}
    seen = {"media", "preview", "thumbnail"}
    plain["citations"] = [
        {key: cited[key] for key in cited if key not in seen} for cited in told["citations"]
    ]
    expected = json.loads(json.dumps(direct.as_dict()))
    del expected["took_ms"]
    return plain == expected


def test_it_is_the_object_of_the_command_line(client: TestClient, hosted: ThreadedIndex) -> None:
    told = client.post("/v1/ask", json={"question": GUST}).json()
    assert same(told, asyncio.run(hosted.ask(None, Question(GUST)))) and told["citations"]
    for cited in told["citations"]:
        quote = f"?quote={cited['start']}-{cited['end']}"
        assert cited["media"] == f"/media/{cited['node_id']}"
        assert cited["preview"] == f"/media/{cited['node_id']}/preview{quote}"


@pytest.mark.parametrize("by_header", [True, False])
def test_it_comes_sentence_by_sentence(
    client: TestClient, hosted: ThreadedIndex, by_header: bool
) -> None:
    response = client.post(
        "/v1/ask",
        json={"question": GUST, "stream": not by_header},
        headers={"accept": "text/event-stream"} if by_header else {},
    )
    assert response.headers["content-type"].startswith("text/event-stream")
    *sentences, answer, done = events(response.text)
    assert sentences and {name for name, _ in sentences} == {"sentence"}
    assert answer[0] == "answer" and done == ("done", {})
    assert " ".join(data["text"] for _, data in sentences) == answer[1]["answer"]
    assert same(answer[1], asyncio.run(hosted.ask(None, Question(GUST))))


def test_what_is_wrong_from_the_start_is_a_status(client: TestClient) -> None:
    for stream in (True, False):
        response = client.post("/v1/ask", json={"question": "  ", "stream": stream})
        assert response.status_code == 400
        assert response.json()["error"]["code"] == "invalid_input"
    assert client.post("/v1/ask", json={}).status_code == 422


def test_a_picture_narrows_the_question(client: TestClient) -> None:
    response = client.post(
        "/v1/ask",
        data={"request": json.dumps({"question": "When was the open day?"})},
        files={"image": ("poster.jpg", PICTURE.read_bytes())},
    )
    assert response.json()["citations"][0]["source"].endswith(PICTURE.name)


def test_what_fails_later_is_an_event() -> None:
    index = Halting(LLMUnavailable("the server is gone"))
    client = TestClient(create_app(index, BARE), base_url="http://127.0.0.1:8642")
    response = client.post("/v1/ask", json={"question": "Who?", "stream": True})
    (first, _), (name, data) = events(response.text)
    assert (first, name) == ("sentence", "error")
    assert data["error"]["message"] == "the server is gone" and index.closed.is_set()


@pytest.mark.parametrize("stream", [True, False])
def test_the_work_ends_when_the_client_goes_away(
    stream: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    index = Halting()
    app = create_app(index, BARE)
    asyncio.run(asyncio.wait_for(_asked_and_left(app, index, stream), 30))
    assert index.closed.is_set()
    assert index.asked_by and list(tmp_path.iterdir()) == []


async def _asked_and_left(app: FastAPI, index: Halting, stream: bool) -> None:
    """Ask by a picture, wait until an answer has begun, and go away."""
    request = httpx.Request(
        "POST",
        "http://127.0.0.1:8642/v1/ask",
        data={"request": json.dumps({"question": "Who?", "stream": stream})},
        files={"image": ("poster.jpg", PICTURE.read_bytes())},
    )
    body = [{"type": "http.request", "body": request.read(), "more_body": False}]

    async def receive() -> dict[str, Any]:
        if body:
            return body.pop()
        await index.started.wait()
        assert index.asked_by[0].exists()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        pass

    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/v1/ask",
        "raw_path": b"/v1/ask",
        "root_path": "",
        "query_string": b"",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8642),
    }
    await app(scope, receive, send)
