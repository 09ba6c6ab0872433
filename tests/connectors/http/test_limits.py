"""How much is taken on: bytes of a body, requests a minute, requests at once, and for how long."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from doors import ADDRESS, Doors
from fastapi import Request
from hypothesis import given
from hypothesis import strategies as st
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from mmrag_connectors.http import body
from mmrag_connectors.http.body import SMALL, BodyLimit, BodySizes
from mmrag_connectors.http.rates import Buckets, Gate

QUERY, UPLOAD = 1 << 20, (2 << 20) + SMALL


@pytest.fixture
def doors(tmp_path: Path) -> Doors:
    """A question may have 1 MB, an upload 2 and what frames it."""
    made = Doors(tmp_path, query_mb=1, upload_mb=2)

    async def size(request: Request) -> int:
        return len(await request.body())

    async def fields(given: dict[str, str]) -> int:
        return len(given["x"])

    for path in ("/v1/size", "/v1/documents/size", "/size"):
        made.application.post(path)(size)
    made.application.post("/v1/fields")(fields)
    return made


def in_pieces(size: int) -> Iterator[bytes]:
    """A body without Content-Length."""
    for start in range(0, size, 1 << 16):
        yield bytes(min(1 << 16, size - start))


@pytest.mark.parametrize(
    ("path", "most"),
    [("/v1/size", QUERY), ("/v1/documents/size", UPLOAD), ("/size", SMALL)],
)
def test_a_body_may_be_so_large_and_no_larger(doors: Doors, path: str, most: int) -> None:
    for content in (bytes(most), in_pieces(most)):
        assert doors.post(path, content=content).json() == most
    for content in (bytes(most + 1), in_pieces(most + 1)):
        response = doors.post(path, content=content)
        assert (response.status_code, response.headers["connection"]) == (413, "close")
        assert response.json()["error"]["code"] == "too_large"


def test_json_that_is_too_large_is_told_so_too(doors: Doors) -> None:
    pieces = [b'{"x": "', *in_pieces(QUERY), b'"}']
    refused = doors.code("POST", "/v1/fields", content=iter(pieces))
    assert refused == (413, "too_large")


def http(path: str, **headers: str) -> Scope:
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http", "method": "POST", "path": path, "headers": raw}


def run(app: BodyLimit, receive: Receive, send: Send) -> None:
    asyncio.run(app(http("/v1/size"), receive, send))


def test_who_hides_an_error_does_not_hide_this_one() -> None:
    """An application that makes a response of its own of whatever goes wrong while it reads."""
    sent: list[Message] = []

    async def hiding(scope: Scope, receive: Receive, send: Send) -> None:
        for _ in range(2):
            try:
                await receive()
            except HTTPException:
                continue
        await send({"type": "http.response.start", "status": 500, "headers": []})
        await send({"type": "http.response.body", "body": b"oops"})

    async def receive() -> Message:
        return {"type": "http.request", "body": bytes(9), "more_body": True}

    async def send(message: Message) -> None:
        sent.append(message)

    run(BodyLimit(hiding, BodySizes(small=8, query=8, upload=8)), receive, send)
    assert [message.get("status") for message in sent] == [413, None]
    assert b"too_large" in sent[1]["body"]


@pytest.mark.parametrize(("stalled", "whole"), [(0.01, 60.0), (60.0, 0.01)])
def test_a_body_that_does_not_come_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, stalled: float, whole: float
) -> None:
    monkeypatch.setattr(body, "STALLED_S", stalled)
    monkeypatch.setattr(body, "WHOLE_S", whole)
    sent: list[Message] = []

    async def reading(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()

    async def never() -> Message:
        await asyncio.Event().wait()
        raise AssertionError("nothing sets it")

    async def send(message: Message) -> None:
        sent.append(message)

    run(BodyLimit(reading, BodySizes(8, 8, 8)), never, send)
    assert sent[0]["status"] == 408


def test_an_answer_that_nobody_takes_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "UNREAD_S", 0.01)
    ended = []

    async def telling(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        finally:
            ended.append(True)

    async def never(_: Message) -> None:
        await asyncio.Event().wait()

    async def empty() -> Message:
        return {"type": "http.request"}

    with pytest.raises(TimeoutError):
        run(BodyLimit(telling, BodySizes(8, 8, 8)), empty, never)
    assert ended == [True]


def test_a_client_that_waits_for_its_answer_is_never_too_slow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Once the body is there, `receive` tells only that the client went away, whenever it does."""
    monkeypatch.setattr(body, "STALLED_S", 0.01)
    seen = []

    async def waiting(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(await receive())
        seen.append(await receive())

    async def run_it() -> None:
        gone, first = asyncio.Event(), True

        async def receive() -> Message:
            nonlocal first
            if first:
                first = False
                return {"type": "http.request", "body": b"x", "more_body": False}
            asyncio.get_running_loop().call_later(0.05, gone.set)
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(_: Message) -> None:
            raise AssertionError("nothing is answered")

        await BodyLimit(waiting, BodySizes(8, 8, 8))(http("/v1/size"), receive, send)

    asyncio.run(run_it())
    assert [message["type"] for message in seen] == ["http.request", "http.disconnect"]


def test_a_caller_may_ask_so_often(tmp_path: Path) -> None:
    doors = Doors(tmp_path, requests_per_minute=3)
    assert [doors.get("/v1/who").status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = doors.get("/media/-/who")
    assert refused.json()["error"]["type"] == "rate_limit_error"
    assert 1 <= int(refused.headers["retry-after"]) <= 20
    # what machines and the page ask all the time is not counted
    assert {doors.get(path).status_code for path in ("/healthz", "/who", "/metrics")} == {200}


@given(
    per_minute=st.integers(1, 1000),
    pauses=st.lists(st.floats(0, 120, allow_subnormal=False), max_size=80),
)
def test_no_stretch_of_time_has_more_than_its_share(per_minute: int, pauses: list[float]) -> None:
    now = 0.0
    buckets, taken = Buckets(per_minute, clock=lambda: now), []
    for pause in pauses:
        now += pause
        wait = buckets.take("a")
        if wait == 0:
            taken.append(now)
        else:
            now += wait * (1 + 1e-9)  # who waits as told is let in
            assert buckets.take("a") == 0
            taken.append(now)
    for first, start in enumerate(taken):
        for last, end in enumerate(taken[first:], first):
            assert last - first + 1 <= per_minute + (end - start) * per_minute / 60 + 1e-6
    assert Buckets(per_minute).take("b") == 0


class Held:
    """A route that answers once it is told to, and how many are in it."""

    def __init__(self) -> None:
        self.go, self.entered = asyncio.Event(), asyncio.Queue[None]()

    async def __call__(self) -> str:
        self.entered.put_nowait(None)
        await self.go.wait()
        return "done"


@asynccontextmanager
async def with_held(
    directory: Path, **serve: float
) -> AsyncIterator[tuple[Held, httpx.AsyncClient]]:
    held, doors = Held(), Doors(directory, **serve)
    doors.application.get("/v1/held")(held.__call__)
    transport = httpx.ASGITransport(doors.application)
    async with httpx.AsyncClient(transport=transport, base_url=ADDRESS) as client:
        yield held, client


def test_so_many_are_worked_on_as_many_wait_and_others_are_sent_away(tmp_path: Path) -> None:
    async def run_it() -> None:
        async with with_held(tmp_path, concurrent=1, wait_s=60) as (held, client):
            first = asyncio.create_task(client.get("/v1/held"))
            await held.entered.get()
            second = asyncio.create_task(client.get("/v1/held"))
            await asyncio.sleep(0)  # lets it come to the gate
            third = await client.get("/v1/held")
            assert (third.status_code, third.json()["error"]["code"]) == (503, "busy")
            assert int(third.headers["retry-after"]) >= 1
            assert (await client.get("/healthz")).status_code == 200
            assert held.entered.empty()
            held.go.set()
            assert [(await task).status_code for task in (first, second)] == [200, 200]
            assert (await client.get("/v1/held")).status_code == 200

    asyncio.run(run_it())


def test_who_has_waited_long_enough_is_sent_away_and_leaves_no_trace() -> None:
    async def run_it() -> None:
        go, entered = asyncio.Event(), asyncio.Queue[None]()

        async def held(scope: Scope, receive: Receive, send: Send) -> None:
            entered.put_nowait(None)
            await go.wait()
            await PlainTextResponse("done")(scope, receive, send)

        gate = Gate(held, at_once=1, wait_s=0.01)
        transport = httpx.ASGITransport(gate)
        async with httpx.AsyncClient(transport=transport, base_url=ADDRESS) as client:
            first = asyncio.create_task(client.get("/v1/held"))
            await entered.get()
            assert (await client.get("/v1/held")).status_code == 503
            gate.wait_s = 60
            waiting = asyncio.create_task(client.get("/v1/held"))
            await asyncio.sleep(0)  # lets it come to the gate
            first.cancel()
            await entered.get()
            go.set()
            assert (await waiting).status_code == 200
            await asyncio.gather(first, return_exceptions=True)

    asyncio.run(run_it())
