"""Whole runs: what becomes of each file, whatever happens on the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from standins import origins

from mmrag import MMRagIndex
from mmrag.config import Settings
from mmrag.errors import StoreError
from mmrag.ingest import scan as scanning
from mmrag.ingest.report import Outcome, Report
from mmrag.ingest.scan import Origin, Scope
from mmrag.ingest.stages import Stages
from mmrag.store.kinds import CHUNKS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    for number in range(6):
        (folder / f"{number}.md").write_text(f"# Note {number}\nGoat number {number} ate it.\n")
    return folder


@pytest.fixture
def index(tmp_path: Path) -> Iterator[MMRagIndex]:
    settings = Settings.model_validate(
        {
            "profile": "offline",
            "index": {"directory": tmp_path / "index"},
            "ingest": {"batch_nodes": 4, "timeout_s": 5, "workers": 2},
        }
    )
    with MMRagIndex(settings=settings) as index:
        yield index


def statuses(report: Report) -> dict[str, str]:
    return {outcome.source: outcome.status for outcome in report.outcomes}


def fetched(monkeypatch: pytest.MonkeyPatch, by: dict[str, Origin]) -> None:
    """Let some files of the next scans come from somewhere."""
    scan = scanning.scan

    def scanned(*args: object, **kwargs: object) -> Scope:
        scope = scan(*args, **kwargs)  # type: ignore[arg-type]
        files = [replace(file, origin=by.get(file.source)) for file in scope.files]
        return replace(scope, files=tuple(files))

    monkeypatch.setattr("mmrag.indexing.scan", scanned)


def test_a_reader_that_crashes_or_hangs_costs_its_file(
    index: MMRagIndex, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched(monkeypatch, {"1.md": origins.Crashes(), "3.md": origins.Hangs()})
    report = index.index(folder)
    assert statuses(report) == {
        "0.md": "indexed",
        "1.md": "failed",
        "2.md": "indexed",
        "3.md": "failed",
        "4.md": "indexed",
        "5.md": "indexed",
    }
    reasons = {outcome.source: outcome.reason for outcome in report.failed}
    assert reasons["1.md"] == "its reader crashed (SIGSEGV)"
    assert "no sign of life for 5 s" in reasons["3.md"]
    monkeypatch.undo()
    again = statuses(index.index(folder))
    assert {source for source, status in again.items() if status == "indexed"} == {"1.md", "3.md"}


def test_a_document_longer_than_many_batches_is_whole(index: MMRagIndex, folder: Path) -> None:
    parts = [f"## Part {n}\nChapter {n} tells of the {n}th goat.\n" for n in range(60)]
    (folder / "long.md").write_text("# A long one\n" + "\n".join(parts))
    report = index.index(folder)
    [long] = [outcome for outcome in report.outcomes if outcome.source == "long.md"]
    assert long.nodes > 40
    assert index.vector_store.engine.count(CHUNKS) == long.nodes + 6
    assert index.search("the 59th goat", k=1).hits[0].source == "long.md"


def test_outcomes_say_where_the_time_went(index: MMRagIndex, folder: Path) -> None:
    report = index.index(folder)
    assert all({"hash", "read", "embed"} <= set(row.ms) for row in report.outcomes)


def test_a_store_that_fails_ends_the_run_and_keeps_what_it_acknowledged(
    index: MMRagIndex, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = index.vector_store.engine
    upsert, calls = type(engine)._upsert, []  # type: ignore[attr-defined]

    def failing(self: object, points: object) -> None:
        calls.append(points)
        if len(calls) > 4:
            raise StoreError("no space left on device")
        upsert(self, points)

    told: list[Outcome] = []

    class Listens:
        def start(self, total: int) -> None:
            assert total == 6

        def tell(self, outcome: Outcome) -> None:
            told.append(outcome)

        def progress(self, stages: Stages) -> None:
            assert stages.read.done <= 6

    with monkeypatch.context() as patch:
        patch.setattr(type(engine), "_upsert", failing)
        with pytest.raises(StoreError, match="no space left"):
            index.index(folder, listener=Listens())
    held = {record.source for record in index.documents()}
    assert {outcome.source for outcome in told} <= held
    assert set(statuses(index.index(folder)).values()) <= {"indexed", "unchanged"}
    assert len(index.documents()) == 6
    assert index.vector_store.engine.count(CHUNKS) == 6
