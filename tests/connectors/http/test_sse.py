"""Event streams: pings in silence, problems after the start, sources that are closed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from mmrag.errors import StoreError
from mmrag_connectors.http import sse
from mmrag_connectors.http.problems import Problem
from mmrag_connectors.http.sse import EventStream, event, problem_event

SCOPE = {"type": "http", "asgi": {"spec_version": "2.3"}}


class Source:
    """Tells events until it is to wait or fail, and remembers that it was closed."""

    def __init__(self, *told: str, error: Exception | None = None) -> None:
        self._told, self._error = told, error
        self.go_on, self.closed = asyncio.Event(), False

    async def events(self) -> AsyncGenerator[str, None]:
        try:
            for told in self._told:
                yield event(told)
            if self._error is not None:
                raise self._error
            await self.go_on.wait()
            yield event("more")
        finally:
            self.closed = True


class Client:
    """Reads until a text has come, and leaves then; or reads nothing any more from there on."""

    def __init__(self, *, leaves_at: str = "", stuck_at: str = "") -> None:
        self._leaves_at, self._stuck_at = leaves_at, stuck_at
        self.got, self._left = "", asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.got += bytes(message.get("body", b"")).decode()
        if self._stuck_at and self._stuck_at in self.got:
            self._left.set()
            await asyncio.Event().wait()
        if self._leaves_at and self._leaves_at in self.got:
            self._left.set()


async def served(source: Source, client: Client) -> None:
    stream = await EventStream.begun(source.events(), problem_event)
    await stream(SCOPE, client.receive, client.send)
    assert source.closed
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.parametrize("client", [{"leaves_at": "one"}, {"stuck_at": "one"}])
def test_a_client_that_leaves_closes_the_source(client: dict[str, str]) -> None:
    async def run() -> None:
        reading = Client(**client)
        await served(Source("one", "two"), reading)
        assert "more" not in reading.got

    asyncio.run(run())


def test_silence_is_filled_with_comments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "PING_S", 0.0)

    class Waking(Client):
        async def send(self, message: Any) -> None:
            await super().send(message)
            if ": still at it" in self.got:
                source.go_on.set()

    async def run() -> None:
        client = Waking()
        await served(source, client)
        assert client.got.startswith("data: one\n\n") and client.got.endswith("data: more\n\n")
        assert set(client.got.split("\n\n")[1:-2]) == {": still at it"}

    source = Source("one")
    asyncio.run(run())


@pytest.mark.parametrize(
    ("error", "code"),
    [(StoreError("it is gone"), "unavailable"), (Problem(409, "it is gone", "gone"), "gone")],
)
def test_a_problem_after_the_start_is_the_last_event(error: Exception, code: str) -> None:
    async def run() -> None:
        client = Client()
        await served(Source("one", error=error), client)
        first, last, end = client.got.split("\n\n")
        assert (first, end) == ("data: one", "")
        told = json.loads(last.removeprefix("event: error\ndata: "))["error"]
        assert (told["message"], told["code"]) == ("it is gone", code)

    asyncio.run(run())


def test_a_problem_at_once_is_raised() -> None:
    async def run() -> None:
        source = Source(error=StoreError("it is gone"))
        with pytest.raises(StoreError, match="it is gone"):
            await EventStream.begun(source.events(), problem_event)
        assert source.closed and asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(run())


def test_a_first_event_that_is_long_in_coming_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sse, "AT_ONCE_S", 0.0)

    async def run() -> None:
        slow = Source()
        stream = await EventStream.begun(slow.events(), problem_event)
        slow.go_on.set()
        client = Client()
        await stream(SCOPE, client.receive, client.send)
        assert client.got == "data: more\n\n" and slow.closed

    asyncio.run(run())
