"""Where fetched files are kept, and for how long."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mmrag.config import IndexSettings
from mmrag.errors import LoadError
from mmrag.ingest.sources.spool import Spool, Terms, is_current, write_whole


def put(spool: Spool, source: str, content: bytes = b"x") -> Path:
    path = spool.path_of(source)
    write_whole(path, [content], what=source, mtime_ns=1 << 59, terms=Terms())
    return path


def test_names_of_files_are_digests(spool: Spool) -> None:
    for source, suffix in (
        ("r.zip/../../etc/passwd", ""),
        ("r.zip/a.PDF", ".pdf"),
        ("a.b/c", ""),
        ("r.zip/a.<script>", ""),
    ):
        path = spool.path_of(source)
        assert path.suffix == suffix
        assert path.parent.parent == spool.folder
    assert spool.path_of("a.md") != spool.path_of("b.md")


def test_tenants_and_indices_do_not_share(tmp_path: Path) -> None:
    own = Spool.of(IndexSettings(directory=tmp_path))
    assert own.folder.is_relative_to(tmp_path / "spool")
    others = {
        Spool.of(IndexSettings(directory=tmp_path, tenant="ann")).folder,
        Spool.of(IndexSettings(directory=tmp_path, tenant="../ann")).folder,
        Spool.of(IndexSettings(directory=tmp_path, qdrant_url="http://a:6333")).folder,
        Spool.of(IndexSettings(directory=tmp_path, qdrant_url="http://b:6333")).folder,
    }
    assert len(others | {own.folder}) == 5
    assert all(folder.parent.is_dir() is False for folder in others), "nothing is made yet"


def test_a_file_is_there_whole_or_not_at_all(spool: Spool) -> None:
    def broken() -> Iterator[bytes]:
        yield b"half"
        raise LoadError("x", "the line went dead")

    path = put(spool, "a.md", b"whole")
    with pytest.raises(LoadError, match="went dead"):
        write_whole(path, broken(), what="a.md", mtime_ns=2, terms=Terms())
    assert path.read_bytes() == b"whole"
    assert list(path.parent.iterdir()) == [path]
    assert is_current(path, 5, 1 << 59) and is_current(path, 0, 1 << 59)
    assert not is_current(path, 4, 1 << 59) and not is_current(path, 5, 2)


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(LoadError, match=r"cannot be kept in .*file"):
        write_whole(tmp_path / "file" / "x", [b"x"], what="a", mtime_ns=1, terms=Terms())


def test_sweeping_leaves_what_is_indexed_and_what_is_new(spool: Spool) -> None:
    kept = put(spool, "r.zip/in.zip/a.md")
    around = put(spool, "r.zip/in.zip")
    gone = put(spool, "r.zip/b.md")
    spool.sweep(["r.zip/in.zip/a.md"], before=gone.stat().st_ctime)
    assert gone.exists(), "it may be of the run that goes on"
    spool.sweep(["r.zip/in.zip/a.md"], before=time.time() + 60)
    assert (kept.exists(), around.exists(), gone.exists()) == (True, True, False)
