"""Reading ahead: bounded by what waits, whole, and over when it is stopped."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from waiting import join

from mmrag.errors import LoadError
from mmrag.ingest.pool import WorkerSlot
from mmrag.ingest.readers import Readers, WeighedQueue, shared_out
from mmrag.ingest.reading import Read, ReadOptions
from mmrag.ingest.scan import SourceFile

OPTIONS = ReadOptions(ocr=False, asr=False)


def files(folder: Path, count: int) -> list[SourceFile]:
    found = []
    for number in range(count):
        path = folder / f"{number:03}.txt"
        path.write_text(f"Goat number {number}.\n")
        found.append(SourceFile(path, path.name, 1, 1))
    return found


def nothing(read: Read) -> None:
    pass


@given(st.lists(st.integers(0, 9), max_size=40), st.integers(1, 12))
def test_what_waits_never_weighs_more_than_the_bound(weights: list[int], bound: int) -> None:
    waiting: WeighedQueue[int] = WeighedQueue(bound)
    heaviest = 0.0

    def put() -> None:
        nonlocal heaviest
        for number, weight in enumerate(weights):
            waiting.put(number, weight)
            with waiting._changed:
                if len(waiting._held) > 1:  # a single one may be heavier than the bound
                    heaviest = max(heaviest, waiting._weight)

    putter = threading.Thread(target=put)
    putter.start()
    got = [waiting.get(10) for _ in weights]
    join(putter)
    assert got == list(range(len(weights)))
    assert heaviest <= bound
    assert waiting.get(0) is None


def test_who_waits_is_let_go_when_nothing_more_comes() -> None:
    waiting: WeighedQueue[str] = WeighedQueue(1)
    got: list[str | None] = []
    getter = threading.Thread(target=lambda: got.extend([waiting.get(60), waiting.get(60)]))
    getter.start()
    waiting.put("last", 1)
    assert not waiting.over
    waiting.complete()
    getter.join(30)
    assert (got, waiting.over) == (["last", None], True)


def test_a_closed_queue_lets_everybody_go() -> None:
    waiting: WeighedQueue[str] = WeighedQueue(1)
    waiting.put("first", 1)
    putter = threading.Thread(target=waiting.put, args=("second", 1))
    putter.start()
    waiting.close()
    putter.join(10)
    assert not putter.is_alive()


@pytest.mark.parametrize("count", [0, 1, 2])
def test_every_file_is_read_once(tmp_path: Path, count: int) -> None:
    wanted = files(tmp_path, 30)
    seen: list[str] = []
    readers = Readers(
        wanted, OPTIONS, count=count, after=lambda r: seen.append(r.file.source), bound=4
    )
    found = [read.file.source for read in readers if read is not None]
    assert sorted(found) == sorted(seen) == [file.source for file in wanted]
    assert readers.busy_s > 0


def test_an_error_that_concerns_all_files_ends_the_run(tmp_path: Path) -> None:
    def refuses(read: Read) -> None:
        raise ValueError("no server")

    with pytest.raises(ValueError, match="no server"):
        list(Readers(files(tmp_path, 3), OPTIONS, count=1, after=refuses, bound=9))


def test_a_process_that_cannot_be_given_back_ends_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(slot: WorkerSlot) -> None:
        slot.stop()
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(WorkerSlot, "give_back", refuses)
    with pytest.raises(RuntimeError, match="can't start new thread"):
        list(Readers(files(tmp_path, 1), OPTIONS, count=1, after=nothing, bound=9))


def test_stopped_readers_read_no_more(tmp_path: Path) -> None:
    taken: list[str] = []
    readers = Readers(
        files(tmp_path, 200), OPTIONS, count=0, after=lambda r: taken.append(r.file.source), bound=3
    )
    assert next(iter(readers)) is not None
    readers.stop()
    assert not any(isinstance(read.error, LoadError) for read in readers if read is not None)
    assert len(taken) < 20


def test_cores_are_shared_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 8)

    def found(workers: int | None, files: int) -> tuple[int, int | None]:
        count, options = shared_out(OPTIONS, workers, files)
        return count, options.threads

    assert found(None, 1000) == (4, 2)
    assert found(None, 1) == (1, 8)  # a lone recording gets all
    assert found(16, 1000) == (16, 1)
    assert found(0, 1000) == (0, 8)
