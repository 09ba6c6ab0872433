"""The stages without a cluster, called one after the other: what they write is what is written
here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from standins import origins

from mmrag import MMRagIndex
from mmrag.ingest.pipeline import Run
from mmrag.ingest.scan import SourceFile
from mmrag.work import Engine, Work
from mmrag_connectors.ray.actors import Embedder, Reader, Writer
from mmrag_connectors.ray.rows import TASK, TOLD, Task, one_column, unpacked

POLICY = """
name: no-goats
categories:
  goats:
    patterns: {goats: '(?i)goats'}
    action: skip
"""


def by_hand(work: Work, files: Sequence[SourceFile], run: Run) -> None:
    """One actor of each kind, in this process; all files at once."""
    reader, writer = Reader(work), Writer(work, 2)
    tasks = [Task(file, run.known.get(file.source)) for file in files]
    table = pa.concat_tables(reader(one_column(TASK, tasks)))
    for number, space in enumerate(("text", "tiny")):
        table = Embedder(work, number, [space], 1)(table)
    run.tell(told.outcome for told in unpacked(writer(table), TOLD))


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let engine "by hand" be found."""

    def found(name: str, settings: object) -> Engine | None:
        return by_hand if name == "by hand" else None

    monkeypatch.setattr("mmrag.indexing.engine_named", found)


@pytest.mark.usefixtures("elsewhere", "one_thread")
def test_points_are_those_of_the_local_engine(
    server: Any, mixed: Path, alike: Callable[[str, str], int]
) -> None:
    classify = {"labels": ["a red circle", "a blue star"], "min_probability": 0.0}
    reports = {}
    for name, engine in (("here", "local"), ("there", "by hand")):
        with MMRagIndex(settings=server.settings(name, classify=classify)) as index:
            reports[name] = index.index(mixed, engine=engine)
            again = index.index(mixed, engine="local" if engine != "local" else "by hand")
            assert again.counts == {"unchanged": 8, "failed": 1}  # either goes on from the other
    assert alike("here", "there") > 16  # 8 documents with their markers, and what failed
    assert reports["here"].counts == reports["there"].counts == {"indexed": 8, "failed": 1}
    ours, theirs = (
        {o.source: (o.status, o.nodes, o.reason, o.notes, o.ms.keys()) for o in report.outcomes}
        for report in reports.values()
    )
    assert ours == theirs
    assert any("predicted_labels" in payload for payload, _ in server.points("there").values())


@pytest.mark.usefixtures("elsewhere", "one_thread")
def test_documents_are_judged_by_the_policy(server: Any, mixed: Path, tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text(POLICY, encoding="utf-8")
    settings = server.settings("judged", moderate={"policy": str(policy)})
    with MMRagIndex(settings=settings) as index:
        report = index.index(mixed, engine="by hand")
        assert [outcome.source for outcome in report.refused] == ["station.md"]
        assert index.index(mixed, engine="by hand").counts["unchanged"] == 7


def test_a_file_that_takes_its_reader_down_costs_itself(server: Any, mixed: Path) -> None:
    work = Work(server.settings("crash"), (), "pip:none")
    file = mixed / "station.md"
    good = SourceFile(file, "station.md", 1, 1)
    bad = SourceFile(file, "bad.md", 1, 1, origins.Crashes())
    tasks = one_column(TASK, [Task(bad, None), Task(good, None)])
    first, second = (unpacked(table, "done")[0].read for table in Reader(work)(tasks))
    assert first.error is not None
    assert first.error.reason == "its reader crashed (SIGSEGV)"
    assert second.error is None
    assert second.nodes
