"""What the command line tells of failures, reports and damage, and how it follows a folder."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result
from waiting import mortal

from mmrag import MMRagIndex
from mmrag.cli.app import app
from mmrag.config import load_settings
from mmrag.store.documents import put_documents


def said(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(a) for a in arguments], catch_exceptions=False)


def told(*arguments: object) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(said(*arguments, "--json").stdout)
    return found


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of a note and of a file that failed; the note went bad afterwards."""
    folder = tmp_path_factory.mktemp("made")
    docs = folder / "docs"
    docs.mkdir()
    (docs / "goats.md").write_text("The goats ate the logbook.\n")
    (docs / "bad\x1b[31m.pdf").write_bytes(b"")
    settings = load_settings(changes={"ingest.workers": 0, "profile": "offline"})
    with MMRagIndex(folder / "index", settings=settings) as index:
        index.index(docs)
        (docs / "goats.md").write_bytes(b"")
        index.index(docs)
    return folder / "index"


def test_status_counts_and_lists_what_failed(made: Path) -> None:
    status = told("status", "--index", made)
    assert (status["documents"], status["failed"]) == (1, 2)
    assert list(status["folders"].values()) == [1]
    assert status["last_run"]["finished"] is True
    assert status["last_run"]["files"] == {"failed": 2}
    assert told("status", "--failed", "--index", made) == {
        "failed": [
            {"source": "bad\x1b[31m.pdf", "reason": "has zero bytes", "kept": False},
            {"source": "goats.md", "reason": "has zero bytes", "kept": True},
        ]
    }
    shown = said("status", "--failed", "--index", made).stdout
    assert "\x1b" not in shown and "an earlier version stays" in shown
    assert "failed: 2" in said("status", "--index", made).stdout


def test_doctor_repairs_and_says_what_it_did(made: Path) -> None:
    with MMRagIndex(made) as index:
        [record] = index.documents()
        engine = index.vector_store.engine
        [point] = [p for p in engine.scroll(limit=100)[0] if p.payload["kind"] == "chunk"]
        engine.delete(ids=[record.id])
    before = told("doctor", "--index", made)
    problem = {
        row["what"]: row["message"] for row in before["findings"] if row["level"] == "problem"
    }
    assert "1 passages without a marker" in problem["goats.md"] and "repairs" not in before
    repaired = told("doctor", "--repair", "--index", made)
    assert repaired["repairs"] == ["goats.md: deleted 1 passages without a document"]
    assert not [row for row in repaired["findings"] if row["what"] == "goats.md"]
    with MMRagIndex(made) as index:
        assert index.vector_store.engine.retrieve([point.id]) == []
        index.vector_store.engine.upsert([point])
        put_documents(index.vector_store.engine, [record])
    assert "nothing to repair" in said("doctor", "--repair", "--index", made).stdout


@pytest.fixture
def watching(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """`mmrag index docs --watch --json`; killed after five minutes."""
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "goats.md").write_text("The goats ate the logbook.\n")
    process = subprocess.Popen(
        [
            *(sys.executable, "-c", "from mmrag.cli import main; main()"),
            *("index", "docs", "--watch", "--json", "--profile", "offline"),
        ],
        cwd=tmp_path,
        env={**os.environ, "MMRAG_INGEST__WORKERS": "0", "PYTHONPATH": str(Path.cwd())},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with mortal(process):
        yield process
    process.kill()
    process.communicate(timeout=60)


def test_watching_prints_a_line_a_run_until_ctrl_c(
    watching: subprocess.Popen[str], tmp_path: Path
) -> None:
    assert watching.stdout is not None and watching.stderr is not None
    assert json.loads(watching.stdout.readline())["files"] == {"indexed": 1}
    assert "no other process can open the index" in watching.stderr.readline()
    locked = said("status", "--index", tmp_path / ".mmrag")
    assert locked.exit_code == 1 and f"pid {watching.pid}" in locked.stderr
    (tmp_path / "docs" / "goats.md").rename(tmp_path / "docs" / "sheep.md")
    assert json.loads(watching.stdout.readline())["files"] == {"moved": 1}
    watching.send_signal(signal.SIGINT)
    out, _ = watching.communicate(timeout=60)
    assert (watching.returncode, out) == (0, "")
    assert told("status", "--index", tmp_path / ".mmrag")["documents"] == 1


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        (["--watch"], "name the files and folders"),
        (["docs", "--watch", "--add-space", "tiny"], "--add-space"),
    ],
)
def test_watching_needs_folders_and_nothing_else(arguments: list[str], wrong: str) -> None:
    result = said("index", *arguments)
    assert result.exit_code == 2 and wrong in result.stderr
