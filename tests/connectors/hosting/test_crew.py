"""Whoever asks the crew is told of every end: a panic, which is no Exception, or closing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from queue import SimpleQueue
from typing import cast

import pytest

from mmrag_connectors.hosting.crew import SLOW, Crew, Ended, HostError
from mmrag_connectors.hosting.desk import Desk


class Panic(BaseException):
    """As what Rust panics with is in Python."""


class FakeDesk:
    """A desk without an index."""

    def __init__(self) -> None:
        self.begun, self.go_on = SimpleQueue[None](), threading.Event()

    def close(self) -> None:
        pass

    def search(self) -> None:
        raise Panic("out of bounds")

    def ask_stream(self) -> Iterator[str]:
        yield "One sentence."
        raise Panic("out of bounds")

    def chat_stream(self) -> Iterator[str]:
        self.begun.put(None)
        self.go_on.wait(30)
        yield "One sentence."


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


def test_a_panic_is_told_to_whoever_asked(desk: FakeDesk) -> None:
    crew = Crew(cast(Desk, desk))
    with pytest.raises(HostError, match="Panic: out of bounds"):
        crew.call("search", ()).result(30)
    told = SimpleQueue[object]()
    crew.stream("ask_stream", (), told.put)
    assert told.get(timeout=30) == "One sentence."
    ended = told.get(timeout=30)
    assert isinstance(ended, Ended) and "Panic: out of bounds" in str(ended.error)
    crew.close()


def test_streams_that_were_not_begun_end_when_it_closes(desk: FakeDesk) -> None:
    crew = Crew(cast(Desk, desk))
    told = [SimpleQueue[object]() for _ in range(SLOW + 2)]
    for queue in told:
        crew.stream("chat_stream", (), queue.put)
    for _ in range(SLOW):
        desk.begun.get(timeout=30)
    closing = threading.Thread(target=crew.close)
    closing.start()
    waited = [queue.get(timeout=30) for queue in told[SLOW:]]
    desk.go_on.set()
    closing.join(30)
    for ended in [*waited, *(queue.get(timeout=30) for queue in told[:SLOW])]:
        assert isinstance(ended, Ended) and "the server is ending" in str(ended.error)
