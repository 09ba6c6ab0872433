"""Streams on the wire: their events, what fails in the middle, clients that go away."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import openai
import pytest
from starlette.testclient import TestClient

from mmrag import Settings
from mmrag.errors import GenerationError, LLMUnavailable
from mmrag_connectors.hosting.hosted import HostedIndex
from mmrag_connectors.http.app import create_app

BARE = Settings().with_changes({"serve.page": False, "serve.mcp": False})
BODY = {"model": "mmrag", "stream": True, "messages": [{"role": "user", "content": "Goats?"}]}


class Talking(HostedIndex):
    """Stands in for an index whose language model says one thing and then fails, or nothing more.

    Attributes:
        closed: set once the stream is closed.
    """

    def __init__(self, *said: str, error: Exception | None = None) -> None:
        self._said, self._error = said, error
        self.closed = asyncio.Event()

    ready = True

    async def start(self) -> None:
        """Nothing to open."""

    async def close(self) -> None:
        """Nothing to close."""

    async def call(self, name: str, *args: object) -> Any:
        """Nothing else is asked of it."""
        raise NotImplementedError(name)

    async def stream(self, name: str, *args: object) -> AsyncIterator[Any]:
        try:
            for sentence in self._said:
                yield sentence
            if self._error is not None:
                raise self._error
            await asyncio.Event().wait()
        finally:
            self.closed.set()


def test_events_are_as_openai_sends_them(client: TestClient) -> None:
    response = client.post("/v1/chat/completions", json=BODY)
    assert response.headers["content-type"].startswith("text/event-stream")
    *events, done, rest = response.text.split("\n\n")
    assert (done, rest) == ("data: [DONE]", "")
    chunks = [json.loads(line.removeprefix("data: ")) for line in events]
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert all("usage" not in chunk for chunk in chunks)
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"


async def stream_of(hosted: HostedIndex) -> list[str]:
    transport = httpx2.ASGITransport(create_app(hosted, BARE))
    client = httpx2.AsyncClient(transport=transport)
    base = "http://127.0.0.1:8642/v1"
    said = []
    async with openai.AsyncOpenAI(
        api_key="any", base_url=base, http_client=client, max_retries=0
    ) as ai:
        stream = await ai.chat.completions.create(**BODY)  # type: ignore[call-overload]
        try:
            async for chunk in stream:
                said.append(chunk.choices[0].delta.content or "")
        except openai.APIError as error:
            said.append(error.message)
    return said


def test_what_fails_in_the_middle_is_an_event_that_the_client_raises() -> None:
    async def run() -> None:
        hosted = Talking("Goats were kept. [1]", error=GenerationError("the server went away"))
        said = await stream_of(hosted)
        assert said == ["", "Goats were kept. [1]", "the server went away"]
        assert hosted.closed.is_set()

    asyncio.run(run())


def test_what_fails_at_once_is_told_by_the_status() -> None:
    async def run() -> None:
        hosted = Talking(error=LLMUnavailable("no server answers"))
        with pytest.raises(openai.InternalServerError, match="no server answers") as failed:
            await stream_of(hosted)
        assert failed.value.status_code == 503 and hosted.closed.is_set()

    asyncio.run(run())


@pytest.mark.parametrize("streamed", [True, False])
def test_a_client_that_goes_away_ends_the_work(streamed: bool) -> None:
    async def run() -> None:
        hosted = Talking("Goats were kept. [1]")
        body = json.dumps({**BODY, "stream": streamed}).encode()
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": "/v1/chat/completions",
            "raw_path": b"/v1/chat/completions",
            "root_path": "",
            "query_string": b"",
            "headers": [(b"host", b"127.0.0.1:8642"), (b"content-type", b"application/json")],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 8642),
        }
        left, asked = asyncio.Event(), False

        async def receive() -> dict[str, Any]:
            nonlocal asked
            if not asked:
                asked = True
                return {"type": "http.request", "body": body, "more_body": False}
            if streamed:
                await left.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            if b"Goats were kept" in message.get("body", b""):
                left.set()

        await create_app(hosted, BARE)(scope, receive, send)
        assert hosted.closed.is_set()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(run())
