"""Whole runs on a real Ray cluster of two nodes on this machine; the server may be a stand-in."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
from ray.cluster_utils import Cluster
from standins import origins
from standins.qdrant_rest import qdrant_rest

from mmrag import MMRagIndex, Settings
from mmrag.errors import InputError, MmragError
from mmrag.ingest import scan as scanning
from mmrag.ingest.report import Outcome, Quiet
from mmrag.ingest.scan import Origin, Scope
from mmrag.store.kinds import CHUNKS
from mmrag_connectors.ray.session import LEAST

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[3]


def _own_mounts() -> list[str]:
    """How a shell command is run that has mounts of its own; empty where that cannot be."""
    unshare = ["unshare", "--map-root-user", "--mount", "sh", "-c"]
    if shutil.which("unshare") is None:
        return []
    tried = subprocess.run([*unshare, "mount -t tmpfs none /mnt"], capture_output=True, check=False)
    return unshare if tried.returncode == 0 else []


OWN_MOUNTS = _own_mounts()


def joined(cluster: Cluster, **sections: Any) -> dict[str, Any]:
    """Sections of settings for a run that joins the cluster."""
    return {"cluster": {"address": cluster.address, "readers": 1, "embedders": 1, **sections}}


def actors(name: str) -> list[psutil.Process]:
    """The processes of a stage."""
    return [
        p for p in psutil.process_iter(["cmdline"]) if name in " ".join(p.info["cmdline"] or ())
    ]


def test_points_are_those_of_the_local_engine_and_both_go_on_from_each_other(
    cluster: Cluster, server: Any, mixed: Path, alike: Callable[[str, str], int]
) -> None:
    with MMRagIndex(settings=server.settings("here", **joined(cluster))) as index:
        local = index.index(mixed)
        (mixed / "later.md").write_text("The cable car came in 1953.\n", encoding="utf-8")
        later = index.index(mixed, engine="ray")
    assert (later.counts["indexed"], later.counts["unchanged"]) == (1, 8)
    (mixed / "later.md").unlink()
    with MMRagIndex(settings=server.settings("there", **joined(cluster))) as index:
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


def run(settings: Settings, folder: Path, listener: Quiet) -> int:
    """Index notes; every one is told of once, and stands in the index whole: their number."""
    with MMRagIndex(settings=settings) as index:
        report = index.index(notes(folder, 20), engine="ray", listener=listener)
        held = Counter(record.source for record in index.documents())
        chunks = sum(record.chunks for record in index.documents())
        assert index.vector_store.engine.count(CHUNKS) == chunks
    assert Counter(outcome.source for outcome in report.outcomes) == held
    assert set(held.values()) == {1}
    return len(held)


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


@pytest.mark.parametrize("stage", ["Reader", "Embedder", "Writer"])
def test_a_worker_that_is_killed_costs_nothing(
    cluster: Cluster,
    server: Any,
    tmp_path: Path,
    stage: str,
    fetched: Callable[[dict[str, Origin]], None],
) -> None:
    listener = KillsOneOf(stage, tmp_path / "gate")
    # half of the files cannot be read before it is dead
    fetched({f"{number:03d}.md": origins.Waits(listener.gate) for number in range(10, 20)})
    settings = server.settings("killed", profile="offline", models={}, **joined(cluster))
    assert run(settings, tmp_path / "many", listener) == 20
    assert listener.killed == 1


class Loses(Quiet):
    """As soon as a file is done, takes a node away with all that is on it, and opens a gate."""

    def __init__(self, cluster: Cluster, node: Any, gate: Path) -> None:
        self.cluster, self.node, self.gate, self.held = cluster, node, gate, 0

    def tell(self, outcome: Outcome) -> None:
        if not self.gate.exists():
            raylet = psutil.Process(self.node.all_processes["raylet"][0].process.pid)
            self.held = sum("MapWorker(" in " ".join(p.cmdline()) for p in raylet.children())
            self.cluster.remove_node(self.node, allow_graceful=False)
            self.gate.touch()


def test_a_machine_that_is_lost_costs_nothing(
    cluster: Cluster,
    server: Any,
    tmp_path: Path,
    fetched: Callable[[dict[str, Origin]], None],
    capfd: pytest.CaptureFixture[str],
) -> None:
    node = cluster.add_node(num_cpus=1, object_store_memory=LEAST)
    listener = Loses(cluster, node, tmp_path / "gate")
    fetched({f"{number:03d}.md": origins.Waits(listener.gate) for number in range(10, 20)})
    sections = joined(cluster, readers=2)
    settings = server.settings("machine", profile="offline", models={}, **sections)
    capfd.readouterr()
    assert run(settings, tmp_path / "many", listener) == 20
    assert listener.held > 0
    assert capfd.readouterr() == ("", "")


@pytest.mark.skipif(not OWN_MOUNTS, reason="this system lets us have no mounts of our own")
def test_a_machine_without_the_files_is_told_before_anything_is_read(
    cluster: Cluster, server: Any, tmp_path: Path
) -> None:
    folder = notes(tmp_path / "few", 2)
    start = f"mount -t tmpfs none {folder} && exec {sys.executable} -m ray.scripts.scripts start"
    start += f" --address={cluster.address} --num-cpus=1 --object-store-memory={LEAST} --block"
    until = time.monotonic() + 300
    with subprocess.Popen([*OWN_MOUNTS, start], stdout=subprocess.DEVNULL) as other:
        try:
            while len(cluster.global_state._live_node_ids()) < 3:
                assert other.poll() is None
                assert time.monotonic() < until, "it has not joined"
                time.sleep(0.1)
            settings = server.settings("unseen", **joined(cluster))
            with (
                MMRagIndex(settings=settings) as index,
                pytest.raises(InputError, match=rf"^machine .* does not see {folder}"),
            ):
                index.index(folder, engine="ray")
        finally:
            _end(other)
    while len(cluster.global_state._live_node_ids()) > 2:
        assert time.monotonic() < until, "it has not left"
        time.sleep(0.1)


def _end(process: subprocess.Popen[Any]) -> None:
    """Ask a process to end; one that does not is killed with those below it."""
    below = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
    process.terminate()
    try:
        process.wait(60)
    except subprocess.TimeoutExpired:
        process.kill()
        for one in below:
            with suppress(psutil.NoSuchProcess):
                one.kill()


def test_what_every_worker_dies_of_ends_the_run(
    cluster: Cluster, server: Any, tmp_path: Path, fetched: Callable[[dict[str, Origin]], None]
) -> None:
    fetched({"001.md": origins.Poison()})
    settings = server.settings("poison", profile="offline", models={}, **joined(cluster))
    with (
        MMRagIndex(settings=settings) as index,
        pytest.raises(MmragError, match=r"^Ray gave up: .*; what was indexed stays"),
    ):
        index.index(notes(tmp_path / "few", 2), engine="ray")


def test_what_concerns_every_file_ends_the_run(cluster: Cluster, server: Any, mixed: Path) -> None:
    settings = server.settings("lost", **joined(cluster, embedders={"tiny": 1}))
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
        try:
            out, err = process.communicate(timeout=300)
        finally:
            _end(process)
        assert process.returncode == code, err
        assert '"interrupted": true' in out
        assert err == "mmrag: ending the run; ask again to end at once\n"
        assert server.double.count("mmrag").count > 1
        assert actors(str(scratch)) == []
        assert list(scratch.glob("mmrag-ray-*")) == []
    shutil.rmtree(scratch)
