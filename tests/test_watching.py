"""An index that follows its folders, by real notices of the system."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Timer

import pytest

from mmrag import MMRagIndex
from mmrag.config import load_settings
from mmrag.errors import InputError
from mmrag.ingest.report import Report


@pytest.fixture
def index(tmp_path: Path) -> Iterator[MMRagIndex]:
    settings = load_settings(changes={"ingest.workers": 0, "profile": "offline"})
    with MMRagIndex(tmp_path / "docs" / ".mmrag", settings=settings) as made:
        yield made


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    docs = tmp_path / "docs"
    (docs / "sub").mkdir(parents=True)
    (docs / "goats.md").write_text("The goats ate the logbook.\n")
    (docs / "sub" / "mast.md").write_text("The mast fell in the storm.\n")
    return docs


@pytest.fixture
def stop() -> Iterator[Event]:
    """Set after five minutes, so that a change that is missed fails a test."""
    event = Event()
    timer = Timer(300, event.set)
    timer.start()
    yield event
    timer.cancel()


def until(reports: Iterator[Report], **wanted: str) -> None:
    """Wait for outcomes, in however many batches they come."""
    told: dict[str, str] = {}
    while not wanted.items() <= told.items():
        report = next(reports)
        assert not report.error, report.error
        told.update({outcome.source: outcome.status for outcome in report.outcomes})


def test_files_come_change_move_fail_and_leave(docs: Path, index: MMRagIndex, stop: Event) -> None:
    other = docs.parent / "other"
    other.mkdir()
    (other / "hut.md").write_text("The hut stands at 1204 m.\n")
    reports = index.watch([docs, other], stop=stop)
    first = next(reports)
    assert first.counts == {"indexed": 3}, "the index within the folder is not indexed"

    (docs / "new.md").write_text("A barometer was bought.\n")
    until(reports, **{"new.md": "indexed"})
    (other / "hut.md").write_text("The hut burnt down.\n")
    until(reports, **{"other:hut.md": "indexed"})
    (docs / "sub").rename(docs / "subs")
    until(reports, **{"subs/mast.md": "moved"})
    (docs / "bad.pdf").write_bytes(b"")
    until(reports, **{"bad.pdf": "failed"})
    (docs / "goats.md").unlink()
    report = next(reports)
    assert [(o.source, o.status) for o in report.outcomes] == [("goats.md", "removed")], (
        "a failed file is not tried again before it changes"
    )
    (docs / "bad.pdf").write_text("Words after all.\n")
    until(reports, **{"bad.pdf": "failed"})  # it is no PDF, and it has been looked at
    shutil.rmtree(docs / "subs")
    until(reports, **{"subs/mast.md": "removed"})
    stop.set()
    assert list(reports) == []
    assert [record.source for record in index.documents()] == ["new.md", "other:hut.md"]


def test_a_folder_that_is_emptied_is_told_and_left_alone(
    docs: Path, index: MMRagIndex, stop: Event
) -> None:
    reports = index.watch(docs, stop=stop)
    next(reports)
    shutil.rmtree(docs / "sub")
    (docs / "goats.md").unlink()
    report = next(reports)
    while not report.error:  # the first of them may have left in a batch of its own
        report = next(reports)
    assert "is empty now" in report.error and report.as_dict()["error"] == report.error
    assert index.documents()
    (docs / "goats.md").write_text("The goats are back.\n")
    until(reports, **{"goats.md": "indexed"})
    stop.set()


def test_what_cannot_be_watched_is_refused_before_anything_is_done(
    docs: Path, index: MMRagIndex
) -> None:
    with pytest.raises(InputError, match="only folders can be watched"):
        next(index.watch(docs / "goats.md"))
    assert index.documents() == []
