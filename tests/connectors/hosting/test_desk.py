"""What a desk does when it opens and closes: uploads that were not come to, jobs in hand."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from waiting import Patience

from mmrag import Settings
from mmrag_connectors.hosting import jobs
from mmrag_connectors.hosting.calls import Job, Question
from mmrag_connectors.hosting.desk import Desk


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Of an index that is made when it is opened."""
    return Settings().with_changes(
        {"index.directory": tmp_path / "index", "profile": "offline", "ingest.workers": 0}
    )


def ended(desk: Desk, job: Job) -> Job:
    """The job when it is done."""
    patience = Patience(f"the end of {job}")
    while job.state in ("waiting", "running") and patience.lasts():
        time.sleep(0.01)
        found = desk.job(job.tenant, job.id)
        assert found is not None
        job = found
    return job


def received(desk: Desk, tenant: str | None, name: str, text: str) -> Job:
    path = desk.spool() / f"{name}.part"
    path.write_text(text)
    return desk.receive(tenant, [(name, path)])


def test_what_a_dead_process_left_is_brought_in_line(settings: Settings) -> None:
    desk = Desk(settings)
    for name in ("goats.md", "sheep.md"):
        assert ended(desk, received(desk, "ann", name, f"Of {name}: they ate.")).error == ""
    [goats, _] = desk.documents("ann")
    place = desk.find("ann", goats.id)
    assert place is not None and place.path is not None
    desk.close()
    # as it would be if it had died between receiving and indexing, and within deleting
    place.path.unlink()
    place.path.with_name("cows.md").write_text("Of cows: they slept.")
    desk = Desk(settings)
    [job] = desk.jobs("ann")
    assert {fate.source: fate.status for fate in ended(desk, job).fates} == {
        "cows.md": "indexed",
        "goats.md": "removed",
    }
    assert [hit.source for hit in desk.search("ann", Question("cows slept"), 1).hits] == ["cows.md"]
    desk.close()
    desk = Desk(settings)
    assert desk.jobs("ann") == [], "nothing to do"
    desk.close()


def test_a_file_that_cannot_be_read_is_the_jobs_news(settings: Settings) -> None:
    desk = Desk(settings)
    job = ended(desk, received(desk, None, "broken.pdf", "%PDF-1.7 and nothing more"))
    assert job.state == "done" and [fate.status for fate in job.fates] == ["failed"]
    assert job.fates[0].reason
    [record] = desk.documents(None)
    assert record.state == "failed" and record.id == desk.documents(None)[0].id
    assert desk.remove(None, record.id) == record and desk.documents(None) == []
    desk.close()


def test_a_job_that_raises_costs_itself_alone(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(settings)
    monkeypatch.setattr(desk._jobs, "_index_of", lambda tenant: 1 / 0)
    assert "ZeroDivisionError" in ended(desk, received(desk, None, "x.md", "goats")).error
    monkeypatch.setattr(desk._jobs, "_index_of", desk._index.for_tenant)
    assert ended(desk, received(desk, None, "y.md", "goats")).state == "done"
    desk.close()


def test_closing_ends_the_job_in_hand_and_begins_no_other(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    going_on = threading.Event()
    progress = jobs._Told.progress

    def held(self: jobs._Told, stages: object) -> None:
        going_on.set()
        assert self._stopping.wait(10)
        progress(self, stages)  # type: ignore[arg-type]

    desk = Desk(settings)
    monkeypatch.setattr(jobs._Told, "progress", held)
    first = received(desk, None, "x.md", "goats")
    second = received(desk, None, "y.md", "goats")
    assert going_on.wait(10)
    desk.close()
    told = [desk.job(None, job.id) for job in (first, second)]
    assert [job.state for job in told if job] == ["failed", "waiting"]
    assert told[0] is not None and "ended before" in told[0].error
    monkeypatch.undo()
    desk = Desk(settings)
    [job] = desk.jobs(None)
    ended(desk, job)
    assert [record.source for record in desk.documents(None)] == ["x.md", "y.md"]
    desk.close()
