"""`mmrag optimize` of a small index, which is scanned, and where there is nothing to do."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner, Result

from mmrag import MMRagIndex, load_settings
from mmrag.cli.app import app


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def test_a_small_index_gets_no_graph_and_stays_as_it_is(tmp_path: Path) -> None:
    with MMRagIndex(tmp_path / "index", profile="offline") as index:
        points = index.vector_store.engine.count()
    said = json.loads(run("optimize", "--index", tmp_path / "index", "--json").stdout)
    assert said.pop("took_s") >= 0
    assert said == {"index": str(tmp_path / "index"), "points": points, "in_graphs": 0}
    assert "no graph built; " in run("optimize", "--index", tmp_path / "index").stdout


def test_where_there_is_no_index(tmp_path: Path) -> None:
    done = run("optimize", "--index", tmp_path / "none")
    assert done.exit_code == 1 and "no index at" in done.stderr


def test_a_server_does_it_itself(tmp_path: Path, qdrant_url: str) -> None:
    with MMRagIndex(
        profile="offline", settings=load_settings(changes={"index.qdrant_url": qdrant_url})
    ):
        pass
    config = tmp_path / "mmrag.yaml"
    config.write_text(f"index: {{qdrant_url: '{qdrant_url}'}}\n", "utf-8")
    done = run("optimize", "--config", config)
    assert done.exit_code == 1 and "builds graphs by itself" in done.stderr
