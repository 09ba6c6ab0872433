"""Whole runs on a real Ray cluster of this machine; the server may be a stand-in."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
from standins import origins
from standins.qdrant_rest import qdrant_rest

from mmrag import MMRagIndex
from mmrag.errors import MmragError
from mmrag.ingest import scan as scanning
from mmrag.ingest.report import Outcome, Quiet
from mmrag.ingest.scan import Origin, Scope
from mmrag.store.kinds import CHUNKS
from mmrag_connectors.ray.session import session

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    """One cluster for all: starting it takes seconds."""
    with session(None):
        yield


def actors(name: str) -> list[psutil.Process]:
    """The processes of a stage."""
    return [
        p for p in psutil.process_iter(["cmdline"]) if name in " ".join(p.info["cmdline"] or ())
    ]


@pytest.mark.usefixtures("cluster")
def test_points_are_those_of_the_local_engine_and_both_go_on_from_each_other(
    server: Any, mixed: Path, alike: Callable[[str, str], int]
) -> None:
    with MMRagIndex(settings=server.settings("here")) as index:
        local = index.index(mixed)
        (mixed / "later.md").write_text("The cable car came in 1953.\n", encoding="utf-8")
        later = index.index(mixed, engine="ray")
    assert (later.counts["indexed"], later.counts["unchanged"]) == (1, 8)
    (mixed / "later.md").unlink()
    with MMRagIndex(settings=server.settings("there")) as index:
        there = index.index(mixed, engine="ray")
        (mixed / "later.md").write_text("The cable car came in 1953.\n", encoding="utf-8")
        os.utime(mixed / "later.md", ns=(1, 1))
        assert index.index(mixed).counts["unchanged"] == 8
    with MMRagIndex(settings=server.settings("here")) as index:
        index.index(mixed)
    assert alike("here", "there") > 18
    assert local.counts == there.counts == {"indexed": 8, "failed": 1}
    assert [o.reason for o in local.failed] == [o.reason for o in there.failed]


class KillsOneOf(Quiet):
    """As soon as a file is done, takes the process of a stage away, and opens a gate."""

    def __init__(self, stage: str, gate: Path) -> None:
        self.stage, self.gate, self.killed = stage, gate, 0

    def tell(self, outcome: Outcome) -> None:
        if not self.gate.exists():
            for process in actors(f"MapWorker(MapBatches({self.stage}))"):
                process.kill()
                self.killed += 1
            self.gate.touch()


def notes(folder: Path, count: int) -> Path:
    """So many short ones."""
    folder.mkdir()
    for number in range(count):
        (folder / f"{number:03d}.md").write_text(f"Goat {number} ate it.\n", encoding="utf-8")
    return folder


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, Origin]], None]:
    """Lets some files of the next scans come from somewhere."""

    def let(by: dict[str, Origin]) -> None:
        def scanned(*args: Any, **kwargs: Any) -> Scope:
            scope = scanning.scan(*args, **kwargs)
            files = [replace(file, origin=by.get(file.source)) for file in scope.files]
            return replace(scope, files=tuple(files))

        monkeypatch.setattr("mmrag.indexing.scan", scanned)

    return let


@pytest.mark.usefixtures("cluster")
@pytest.mark.parametrize("stage", ["Reader", "Embedder", "Writer"])
def test_a_worker_that_is_killed_costs_nothing(
    server: Any, tmp_path: Path, stage: str, fetched: Callable[[dict[str, Origin]], None]
) -> None:
    listener = KillsOneOf(stage, tmp_path / "gate")
    # half of the files cannot be read before it is dead
    fetched({f"{number:03d}.md": origins.Waits(listener.gate) for number in range(10, 20)})
    settings = server.settings("killed", profile="offline", models={})
    with MMRagIndex(settings=settings) as index:
        report = index.index(notes(tmp_path / "many", 20), engine="ray", listener=listener)
        held = Counter(record.source for record in index.documents())
        chunks = sum(record.chunks for record in index.documents())
        assert index.vector_store.engine.count(CHUNKS) == chunks
    assert listener.killed == 1
    assert Counter(outcome.source for outcome in report.outcomes) == held
    assert set(held.values()) == {1}
    assert len(held) == 20


@pytest.mark.usefixtures("cluster")
def test_what_every_worker_dies_of_ends_the_run(
    server: Any, tmp_path: Path, fetched: Callable[[dict[str, Origin]], None]
) -> None:
    fetched({"001.md": origins.Poison()})
    settings = server.settings("poison", profile="offline", models={})
    with (
        MMRagIndex(settings=settings) as index,
        pytest.raises(MmragError, match=r"^Ray gave up: .*; what was indexed stays"),
    ):
        index.index(notes(tmp_path / "few", 2), engine="ray")


@pytest.mark.usefixtures("cluster")
def test_what_concerns_every_file_ends_the_run(
    server: Any, mixed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = server.settings("lost", cluster={"embedders": {"tiny": 1}})
    with MMRagIndex(settings=settings) as index:
        unusable = settings.with_changes({"ingest.captions": "none-such"})
        index.settings = unusable.with_changes({"ollama.url": "http://127.0.0.1:9"})
        with pytest.raises(MmragError, match=r"127\.0\.0\.1:9"):
            index.index(mixed, engine="ray")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_run_that_is_stopped_leaves_what_it_wrote_and_no_process(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    folder = notes(tmp_path / "many", 200)
    scratch = Path(tempfile.mkdtemp(prefix="r"))  # names of sockets are bounded
    with qdrant_rest() as server:
        run: list[subprocess.Popen[str]] = []

        def stop(method: str, path: str, body: dict[str, Any]) -> None:
            points = body.get("points") or ()
            if method == "PUT" and any(p["payload"].get("source") for p in points) and run:
                run.pop().send_signal(number)

        command = [sys.executable, "-c", "from mmrag.cli import main; main()", "index", str(folder)]
        command += ["--engine", "ray", "--qdrant", server.url, "--json"]
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "TMPDIR": str(scratch)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        run.append(process)
        server.before = stop
        out, err = process.communicate(timeout=300)
        assert process.returncode == code, err
        assert '"interrupted": true' in out
        assert err == "mmrag: ending the run; ask again to end at once\n"
        assert server.double.count("mmrag").count > 1
        assert actors(str(scratch)) == []
        assert list(scratch.glob("mmrag-ray-*")) == []
    shutil.rmtree(scratch)
