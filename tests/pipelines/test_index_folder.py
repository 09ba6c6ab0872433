"""pipelines/index_folder.py: a folder becomes an index, and every file is accounted for."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from script import run

ROOT = Path(__file__).parents[2]


def test_what_became_of_each_file(folder: Path, tmp_path: Path) -> None:
    papers = tmp_path / "papers"
    papers.mkdir()
    shutil.copy(folder / "notes.md", papers)
    (papers / "bad\x1b[2J.pdf").write_bytes(b"%PDF-1.4 and nothing more")
    options = ("--folders", papers, "--index", tmp_path / "index", "--report", "out/report.json")
    ran = run("index_folder", *options)
    assert ran.code == 3
    assert ran.out == f"1 failed, 1 indexed; 1 documents in {tmp_path / 'index'}\n"
    assert ran.err.startswith("failed: bad\\x1b[2J.pdf: ")
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert report["files"] == {"failed": 1, "indexed": 1}
    (papers / "bad\x1b[2J.pdf").unlink()
    again = run("index_folder", *options)
    assert again.code == 0
    assert again.out.startswith("1 unchanged")


@pytest.mark.slow
def test_as_a_user_runs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OCR", "ASR", "WORKERS"):
        monkeypatch.delenv(f"MMRAG_INGEST__{name}")
    script, config = (f"pipelines/index_folder.{kind}" for kind in ("py", "yaml"))
    command = [sys.executable, script, "--config", config, "--index", str(tmp_path / "index")]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout == f"19 indexed; 19 documents in {tmp_path / 'index'}\n"
    assert ran.stderr == ""


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    ran = run("index_folder", "--folders", "gone", "--index", tmp_path / "index")
    assert ran.refusal == "index_folder: no such file or folder: gone"
    assert not (tmp_path / "index").exists()


def test_a_folder_without_files(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    ran = run("index_folder", "--folders", "empty", "--index", tmp_path / "index")
    assert ran.refusal.startswith("index_folder: nothing to index: no files in ")
    assert not (tmp_path / "index").exists()
