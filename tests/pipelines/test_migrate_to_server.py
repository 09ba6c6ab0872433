"""pipelines/migrate_to_server.py: an index goes to a Qdrant server (here a stand-in over HTTP)."""

from __future__ import annotations

from pathlib import Path

from script import run

from mmrag import MMRagIndex, load_settings


def test_the_index_is_there_as_here(made: Path, qdrant_url: str, qdrant_collection: str) -> None:
    server = f"{qdrant_url}#{qdrant_collection}"
    ran = run("migrate_to_server", "--index", made, "--server", server)
    assert (ran.code, ran.err) == (0, "")
    assert f"are in {server} as in {made}" in ran.out
    assert "text: " in ran.out
    with MMRagIndex(made, create=False) as index:
        here = [hit.id for hit in index.search("aneroid barometer").hits]
    changes = {"index.qdrant_url": qdrant_url, "index.collection": qdrant_collection}
    with MMRagIndex(settings=load_settings(changes=changes), create=False) as index:
        assert [hit.id for hit in index.search("aneroid barometer").hits] == here


def test_there_is_nothing_to_move(qdrant_url: str, tmp_path: Path) -> None:
    ran = run("migrate_to_server", "--index", "nowhere", "--server", qdrant_url)
    assert "nowhere" in ran.refusal


def test_a_directory_is_no_server(made: Path, tmp_path: Path) -> None:
    ran = run("migrate_to_server", "--index", made, "--server", "elsewhere")
    assert (ran.code, ran.out) == (2, "")
    assert "server: string should match pattern" in ran.err
    assert not (tmp_path / "elsewhere").exists()
