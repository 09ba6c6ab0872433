"""The report of a run on disk."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from mmrag.config import IndexSettings
from mmrag.ingest.journal import KEPT, Journal, last_run, reports_folder
from mmrag.ingest.report import Outcome, Report
from mmrag.ingest.stages import Stages
from mmrag.version import __version__

BAD = Outcome("a\x1b[31m\n.pdf", "failed", reason="is damaged", ms={"read": 1.5})


class Counts:
    """A listener that counts what it is told."""

    def __init__(self) -> None:
        self.told: list[object] = []

    def start(self, total: int) -> None:
        self.told.append(total)

    def tell(self, outcome: Outcome) -> None:
        self.told.append(outcome.source)

    def progress(self, stages: Stages) -> None:
        self.told.append(stages)


def lines(folder: Path) -> list[dict[str, object]]:
    [file] = folder.iterdir()
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_a_line_about_the_run_a_line_a_file_and_a_summary(tmp_path: Path) -> None:
    outer, stages = Counts(), Stages()
    stages.read.done, stages.read.busy_s, stages.read.width = 6, 3.0, 2
    outcomes = [BAD, Outcome("b.md", "indexed", nodes=3, notes=("no caption",))]
    with Journal(tmp_path, about={"paths": ["/x"]}, listener=outer) as journal:
        journal.start(2)
        journal.progress(stages)
        for outcome in outcomes:
            journal.tell(outcome)
        journal.end(Report(outcomes, seconds=2.0, interrupted=True))
    assert outer.told == [2, stages, BAD.source, "b.md"]
    about, bad, good, summary = lines(tmp_path)
    assert about.pop("run") and about == {
        "version": __version__,
        "pid": os.getpid(),
        "paths": ["/x"],
    }
    assert bad == {
        "file": BAD.source,
        "outcome": "failed",
        "nodes": 0,
        "reason": "is damaged",
        "ms": {"read": 1.5},
    }
    assert good == {"file": "b.md", "outcome": "indexed", "nodes": 3, "notes": ["no caption"]}
    assert summary["files"] == {"failed": 1, "indexed": 1}
    assert (summary["nodes"], summary["seconds"], summary["interrupted"]) == (3, 2.0, True)
    read = summary["stages"]["read"]  # type: ignore[index]
    assert (read["unit"], read["done"], read["per_s"]) == ("files", 6, 4.0)
    assert summary["bottleneck"] == "read"


def test_names_cannot_forge_lines_or_reach_a_terminal(tmp_path: Path) -> None:
    with Journal(tmp_path, about={}) as journal:
        journal.tell(BAD)
        [file] = tmp_path.iterdir()
        raw = file.read_bytes()
    assert raw.count(b"\n") == 2 and b"\x1b" not in raw


def test_a_killed_run_leaves_what_it_did(tmp_path: Path) -> None:
    journal = Journal(tmp_path, about={"paths": ["/x"]})
    journal.tell(BAD)
    assert [row.get("outcome") for row in lines(tmp_path)] == [None, "failed"]
    run = last_run(tmp_path)
    assert run is not None and run.summary is None and run.about["paths"] == ["/x"]
    assert run.as_dict()["finished"] is False
    [file] = tmp_path.iterdir()
    with file.open("a") as half:
        half.write('{"file": "b')
    assert last_run(tmp_path) == run
    journal.close()


def test_the_newest_reports_stay(tmp_path: Path) -> None:
    for number in range(KEPT + 3):
        with Journal(tmp_path, about={"number": number}) as journal:
            journal.end(Report(seconds=1.0))
    found = {json.loads(f.read_text().splitlines()[0])["number"] for f in tmp_path.iterdir()}
    assert found == set(range(3, KEPT + 3))
    run = last_run(tmp_path)
    assert run is not None and run.about["number"] == KEPT + 2
    assert run.as_dict()["finished"] is True and run.as_dict()["files"] == {}


def test_a_report_that_cannot_be_written_costs_no_run(tmp_path: Path) -> None:
    (tmp_path / "reports").write_text("a file")
    outer = Counts()
    with Journal(tmp_path / "reports", about={}, listener=outer) as journal:
        journal.tell(BAD)
        journal.end(Report())
    assert outer.told == [BAD.source]
    assert last_run(tmp_path / "reports") is None


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_disk_that_fills_up_ends_the_report_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Path.open

    def full(path: Path, mode: str = "r", **kwargs: object) -> object:
        return whole(Path("/dev/full") if "x" in mode else path, mode.replace("x", "w"), **kwargs)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", full)
    outer = Counts()
    with Journal(tmp_path, about={}, listener=outer) as journal:
        journal.tell(BAD)
        journal.end(Report())
    assert outer.told == [BAD.source]


def test_where_reports_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert reports_folder(IndexSettings(directory=tmp_path / "i")) == tmp_path / "i" / "reports"
    places = {
        reports_folder(IndexSettings(qdrant_url=url, collection=collection))
        for url in ("http://a", "http://b")
        for collection in ("x", "y")
    }
    assert len(places) == 4
    assert {place.parent for place in places} == {tmp_path / "mmrag" / "reports"}
