"""Whatever a decoder raises or does, its file has one printable line, and the next file is read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hostile.crashers import CRASHES, ENDLESS, FATAL, Does

from mmrag.ingest.pool import WorkerSlot
from mmrag.ingest.reading import ReadOptions
from mmrag.ingest.scan import SourceFile

OPTIONS = ReadOptions(ocr=False, asr=False)
SAID = {
    "abort": "crashed (SIGABRT)",
    "recursion": "RecursionError: maximum recursion depth exceeded",
    "memory": "needs more memory than ingest.worker_memory_mb=4096 allows",
    "system error": "input/output error",
    "many lines": r"ValueError: first line second \x1b[2J line long",
    "half a pair": r"half \ud800 of a pair",
    "interrupt": "KeyboardInterrupt",
    "system exit": "SystemExit: 3",
}


@pytest.fixture(scope="module")
def slot() -> Iterator[WorkerSlot]:
    slot = WorkerSlot()
    yield slot
    slot.give_back()


@pytest.mark.parametrize("what", sorted({*CRASHES} - {*ENDLESS, *FATAL} | {"abort"}))
def test_what_a_decoder_raises_is_one_printable_line(
    slot: WorkerSlot, tmp_path: Path, what: str
) -> None:
    fetched = SourceFile(tmp_path / "a.txt", "a.txt", 1, 1, origin=Does(what))
    error = slot.read(fetched, OPTIONS).error
    assert error is not None
    assert SAID.get(what, "") in error.reason
    assert error.reason.isprintable()
    assert len(error.reason) <= 300
    assert "/a/path" not in error.reason
    (tmp_path / "b.txt").write_text("The goats ate the logbook.")
    good = SourceFile(tmp_path / "b.txt", "b.txt", 1, 1)
    assert len(slot.read(good, OPTIONS).nodes) == 1
