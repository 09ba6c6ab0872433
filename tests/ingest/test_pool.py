"""Reading processes, and what their death costs: one file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import psutil
import pytest
from standins import origins

import mmrag.samples
from mmrag.errors import ModelUnavailable
from mmrag.ingest.pool import Worker, WorkerSlot
from mmrag.ingest.reading import Read, ReadOptions
from mmrag.ingest.scan import Origin, SourceFile
from mmrag.schema import text_of

OPTIONS = ReadOptions(ocr=False, asr=False)
HASTY = ReadOptions(ocr=False, asr=False, timeout_s=2.0)


@pytest.fixture(scope="module")
def slot() -> Iterator[WorkerSlot]:
    slot = WorkerSlot()
    yield slot
    slot.give_back()


def file(folder: Path, origin: Origin | None = None, name: str = "a.txt") -> SourceFile:
    path = folder / name
    if origin is None:
        path.write_text("The goats ate the logbook.\n")
    return SourceFile(path, name, 1, 1, origin=origin)


def reason(read: Read) -> str:
    assert read.error is not None
    assert read.nodes == []
    return read.error.reason


def test_a_file_is_read_as_in_this_process(slot: WorkerSlot, tmp_path: Path) -> None:
    found = slot.read(file(tmp_path), OPTIONS)
    assert [text_of(node) for node in found.nodes] == ["The goats ate the logbook."]
    assert found.error is None
    assert {"hash", "read", "sound"} <= set(found.ms)


@pytest.mark.parametrize(
    ("origin", "said"),
    [
        (origins.Crashes(), "crashed (SIGSEGV)"),
        (origins.Exits(), "crashed (exit code 7)"),
        (origins.AsksToExit(), "SystemExit: enough"),
        (origins.Hangs(), "no sign of life for 2 s"),
    ],
)
def test_what_a_decoder_does_costs_one_file(
    slot: WorkerSlot, tmp_path: Path, origin: Origin, said: str
) -> None:
    assert said in reason(slot.read(file(tmp_path, origin), HASTY))
    assert slot.read(file(tmp_path), OPTIONS).error is None


def test_memory_is_bounded(slot: WorkerSlot, tmp_path: Path) -> None:
    tight = ReadOptions(ocr=False, asr=False, memory_mb=1536)
    said = reason(slot.read(file(tmp_path, origins.Grows()), tight))
    assert "ingest.worker_memory_mb=1536" in said
    assert slot.read(file(tmp_path), OPTIONS).error is None


def test_slow_is_not_hung(slot: WorkerSlot, tmp_path: Path) -> None:
    found = slot.read(file(tmp_path, origins.Slow(3.5)), HASTY)
    assert [text_of(node) for node in found.nodes] == ["It took 3.5 s."]


def test_what_a_decoder_prints_is_no_answer(slot: WorkerSlot, tmp_path: Path) -> None:
    found = slot.read(file(tmp_path, origins.Prints()), OPTIONS)
    assert [text_of(node) for node in found.nodes] == ["A text that came through."]


def test_what_concerns_every_file_is_raised(slot: WorkerSlot, tmp_path: Path) -> None:
    recording = next(Path(mmrag.samples.__file__).parent.rglob("*.ogg"))
    options = ReadOptions(ocr=False, asr_model=str(tmp_path / "nothing"))
    with pytest.raises(ModelUnavailable, match="nothing"):
        slot.read(SourceFile(recording, "a.ogg", 1, 1), options)


def test_a_reading_process_is_light_and_ends_when_it_is_told(tmp_path: Path) -> None:
    slot = WorkerSlot()
    slot.read(file(tmp_path), OPTIONS)
    # the module's slot has a process, too, which is older
    child = max(psutil.Process().children(), key=lambda process: process.create_time())
    loaded = {Path(row.path).name for row in child.memory_maps()}
    assert not [name for name in loaded if re.search("torch|qdrant", name)]
    slot.stop()
    assert not child.is_running()
    assert "the run was stopped" in reason(slot.read(file(tmp_path), OPTIONS))


class FakeProcess:
    """A process that has ended or not."""

    ended: int | None = None

    def poll(self) -> int | None:
        return self.ended


def test_a_file_that_is_done_while_it_is_looked_at_does_not_end_the_watch() -> None:
    worker, process = Worker.__new__(Worker), FakeProcess()

    class Heard(float):
        """When something was heard; while that is computed, the file is done."""

        def __rsub__(self, now: float) -> float:
            worker._timeout, process.ended = None, 0
            return 0.0

    worker._process = cast(Any, process)
    worker._heard, worker._timeout = Heard(), 60.0
    worker._watch()
    assert process.ended == 0
