"""Files that move with an index: where they are, that they keep their times, and whose they are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mmrag.config import IndexSettings
from mmrag.embeddings.weights import cache_folder
from mmrag.errors import StoreError
from mmrag.ingest.belongings import NAMES, copy_belongings, kept_at, moved
from mmrag.store.manifest import Root

SERVER = IndexSettings(qdrant_url="http://a:6333", collection="notes")


def put(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    os.utime(file, ns=(10**18, 10**18))
    return file


def test_a_server_index_keeps_its_files_in_the_cache() -> None:
    other = SERVER.model_copy(update={"collection": "more"})
    places = {kept_at(index, what) for index in (SERVER, other) for what in NAMES}
    assert len(places) == 2 * len(NAMES)
    assert all(place.is_relative_to(cache_folder()) for place in places)


def test_files_go_along_with_their_times(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    here, there = (IndexSettings(directory=tmp_path / name) for name in ("here", "there"))
    put(here.directory / "spool" / "nobody" / "ab" / "ab.txt", "fetched")
    put(here.directory / "uploaded" / "nobody" / "uploads" / "note.md", "sent")
    put(here.directory / "reports" / "run.jsonl", "{}")
    put(here.directory / "tokens.json", "{}").chmod(0o600)
    put(here.directory / "captions.jsonl", "a caption")
    put(here.directory / "mmrag.json", "not a belonging")
    told: list[tuple[int, int]] = []
    assert copy_belongings(here, SERVER, lambda done, total: told.append((done, total))) == 4
    assert told[-1] == (4, 4)
    assert copy_belongings(SERVER, there, lambda done, total: None) == 4
    names = sorted(p.relative_to(there.directory).as_posix() for p in there.directory.rglob("*.*"))
    assert names == [
        "reports/run.jsonl",
        "spool/nobody/ab/ab.txt",
        "tokens.json",
        "uploaded/nobody/uploads/note.md",
    ]
    assert (there.directory / "tokens.json").stat().st_mode & 0o777 == 0o600
    assert (there.directory / "spool/nobody/ab/ab.txt").stat().st_mtime_ns == 10**18
    assert copy_belongings(here, there, lambda done, total: None) == 5
    assert (there.directory / "captions.jsonl").read_text() == "a caption"


def test_what_is_there_already_is_not_written_again(tmp_path: Path) -> None:
    here, there = (IndexSettings(directory=tmp_path / name) for name in ("here", "there"))
    for name in ("old", "new"):
        put(here.directory / "reports" / name, "from here")
    copied = put(there.directory / "reports" / "old", "was there")
    put(there.directory / "reports" / "new", "shorter")
    copy_belongings(here, there, lambda done, total: None)
    assert copied.read_text() == "was there", "of the same size and time"
    assert (there.directory / "reports" / "new").read_text() == "from here"
    assert not list(there.directory.rglob("*.part"))


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    here, there = (IndexSettings(directory=tmp_path / name) for name in ("here", "there"))
    put(here.directory / "reports" / "run.jsonl", "{}")
    put(there.directory / "reports", "a file where a folder has to be")
    with pytest.raises(StoreError, match=r"run\.jsonl cannot be copied to .*the same command"):
        copy_belongings(here, there, lambda done, total: None)


def test_the_place_of_uploads_moves_and_no_other(tmp_path: Path) -> None:
    here = IndexSettings(directory=tmp_path / "here")
    uploads = kept_at(here, "uploads").absolute() / "nobody" / "uploads"
    root = Root("uploads:", str(uploads), "ann")
    there = moved(root, here, SERVER)
    assert Path(there.path) == kept_at(SERVER, "uploads").absolute() / "nobody" / "uploads"
    assert (there.prefix, there.tenant) == ("uploads:", "ann")
    assert moved(there, SERVER, here) == root
    for path in (str(tmp_path), "https://example.org/uploaded"):
        assert moved(Root("", path), here, SERVER) == Root("", path)
