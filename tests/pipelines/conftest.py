"""An index for pipelines to open, made by the one that makes them; and a folder to write to."""

from __future__ import annotations

from pathlib import Path

import pytest
from script import run

HERE = {"MMRAG_INGEST__WORKERS": "0", "MMRAG_INGEST__OCR": "false", "MMRAG_INGEST__ASR": "false"}
"""Files are read in this process, and pictures by their names: other tests read and listen."""


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a pipeline writes by default goes to a folder of the test."""
    monkeypatch.chdir(tmp_path)
    for name, value in HERE.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="session")
def made(folder: Path, tmp_path_factory: pytest.TempPathFactory, one_thread: None) -> Path:
    """An index of the small folder, closed, for pipelines to open."""
    place = tmp_path_factory.mktemp("pipelines") / "index"
    with pytest.MonkeyPatch.context() as patch:
        for name, value in HERE.items():
            patch.setenv(name, value)
        ran = run("index_folder", "--folders", folder, "--index", place)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == f"3 indexed; 3 documents in {place}\n"
    return place
