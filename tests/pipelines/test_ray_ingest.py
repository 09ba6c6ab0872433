"""pipelines/ray_ingest.py: a local Ray cluster indexes into a Qdrant server (here a stand-in)."""

from __future__ import annotations

from pathlib import Path

import pytest
from script import run


@pytest.mark.slow
def test_a_rerun_has_nothing_to_do(
    folder: Path, qdrant_url: str, qdrant_collection: str, tmp_path: Path
) -> None:
    pytest.importorskip("ray")
    config = tmp_path / "mine.yaml"
    config.write_text(
        "profile: offline\n"
        f"index: {{qdrant_url: '{qdrant_url}', collection: {qdrant_collection}}}\n"
        f"cluster: {{readers: 1, embedders: 1}}\nray_ingest: {{folders: ['{folder}']}}\n"
    )
    first = run("ray_ingest", "--report", "out/report.json", config=config)
    assert first.code == 0, first
    assert first.out.startswith("3 indexed; ")
    assert first.out.splitlines()[1].startswith("3 documents in ")
    assert (tmp_path / "out" / "report.json").exists()
    again = run("ray_ingest", config=config)
    assert again.code == 0
    assert again.out.startswith("3 unchanged; 0 nodes")


def test_a_directory_is_one_process_own(folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("mmrag_connectors")
    config = tmp_path / "mine.yaml"
    config.write_text("index: {directory: index}\n")
    ran = run("ray_ingest", "--folders", folder, config=config)
    assert ran.refusal.startswith("ray_ingest: ")
    assert ran.refusal.endswith("is one process's own; name a Qdrant server: --qdrant URL")
    assert not (tmp_path / "index").exists()
