"""Steps are counted for whoever records, below what they are a part of, and for nobody else."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Iterator
from itertools import count

import pytest
from waiting import join

from mmrag import MMRagIndex, timing
from mmrag.ingest.preparing import Preparing
from mmrag.timing import Spent, is_recording, recording, timed, timed_each


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look at the clock is a second later than the one before."""
    ticks = count()
    monkeypatch.setattr(timing.time, "perf_counter", lambda: float(next(ticks)))


@pytest.mark.usefixtures("clock")
def test_steps_are_nested_and_add_up() -> None:
    with recording() as timings:
        for _ in range(2):
            with timed("search"), timed("encode"):
                pass
        with timed("fuse"):
            pass
    assert timings.steps == {
        ("search",): Spent(6.0, 2),
        ("search", "encode"): Spent(2.0, 2),
        ("fuse",): Spent(1.0, 1),
    }


def test_without_a_recording_the_clock_is_not_even_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def never() -> float:
        raise AssertionError

    monkeypatch.setattr(timing.time, "perf_counter", never)
    assert not is_recording()
    with timed("search"):
        pass
    assert list(timed_each("word", "ab")) == ["a", "b"]


def test_a_step_that_fails_counts_and_ends() -> None:
    with recording() as timings:
        with pytest.raises(ValueError, match="no"), timed("encode"):
            raise ValueError("no")
        with timed("fuse"):
            pass
    assert list(timings.steps) == [("encode",), ("fuse",)]


@pytest.mark.usefixtures("clock")
def test_of_a_stream_only_the_waiting_counts() -> None:
    def words() -> Iterator[str]:
        with timed("load"):
            yield from ()
        yield "a"

    with recording() as timings:
        for _ in timed_each("word", words()):
            with timed("check"):
                pass
    assert timings.steps == {
        ("word",): Spent(4.0, 2),  # the second time it is told that there is no more
        ("word", "load"): Spent(1.0, 1),
        ("check",): Spent(1.0, 1),
    }


@pytest.mark.usefixtures("clock")
def test_models_that_load_in_a_thread_are_counted() -> None:
    def load() -> None:
        with timed("load x"):
            pass

    with recording() as timings:
        Preparing(load).wait()
        thread = threading.Thread(target=contextvars.Context().run, args=(load,))
        thread.start()  # one that knows nothing of the recording
        join(thread)
    assert timings.steps == {("load x",): Spent(1.0, 1)}


def test_a_search_tells_of_each_channel_and_finds_the_same(index: MMRagIndex) -> None:
    with recording() as timings:
        told = index.search("who kept goats?", k=5)
    steps = [path[0] for path in timings.steps]
    assert {"encode for text", "encode for bm25", "search text", "search bm25", "fuse"} <= {*steps}
    assert steps[-1] == "fetch the hits"
    quietly = index.search("who kept goats?", k=5)
    assert [(h.id, h.score) for h in told.hits] == [(h.id, h.score) for h in quietly.hits]


def test_an_answer_tells_of_retrieval_and_reading(index: MMRagIndex) -> None:
    with recording() as timings:
        index.ask("Who kept goats?")
    assert ("retrieve", "fuse") in timings.steps
    assert ("read the passages",) in timings.steps
