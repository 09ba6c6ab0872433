"""An index of an archive and of a web server: found, kept, brought in line, and taken out."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from command import Said
from web_server import serving, zipped

from mmrag import MMRagIndex
from mmrag.config import Settings


def test_archives_and_web_files_live_and_leave_as_files_do(tmp_path: Path) -> None:
    docs, place = tmp_path / "docs", tmp_path / "index"
    docs.mkdir()
    archive = docs / "old.zip"
    archive.write_bytes(zipped(barometer_md=b"The barometer cost 12 pounds.", mast_md=b"A mast."))
    changes = {"ingest.allow_private_addresses": True, "ingest.workers": 0}
    settings = Settings().with_changes(changes)
    with serving() as web, MMRagIndex(place, profile="offline", settings=settings) as index:
        given = [docs, f"{web.url.replace('//', '//ann:goat@')}/note.md"]
        host = web.url.removeprefix("http://")
        first = index.index(given)
        assert first.counts == {"indexed": 3}
        sources = {"old.zip/barometer.md", "old.zip/mast.md", f"{host}:note.md"}
        assert {record.source for record in index.documents()} == sources
        assert index.search("what did the barometer cost", k=1).hits[0].source in sources
        for source in sources:
            path = index.path_of(source)
            assert path is not None and path.is_relative_to(place / "spool")
            assert path.is_file() and index.is_fresh(source)
        assert not any("goat" in root.place for root in index.roots)
        assert index.index(given).counts == {"unchanged": 3}
        assert web.asked("GET") == ["/note.md"]

        web.etag, web.body = '"two"', b"# Hut\nNobody came home.\n"
        mast = index.path_of("old.zip/mast.md")
        archive.write_bytes(zipped(barometer_md=b"The barometer cost 14 pounds."))
        changed = index.index(given)
        assert changed.counts == {"indexed": 2, "removed": 1}
        assert index.search("barometer", k=1).hits[0].text.endswith("14 pounds.")
        # what is left in the spool goes with the first run that began after it was fetched
        index._record.spool.sweep([r.source for r in index.documents()], before=time.time() + 60)
        assert mast is not None and not mast.exists()
        assert index.is_fresh("old.zip/barometer.md")

        # a server that is away takes nothing out, nor does a damaged archive
        web.body = b""
        archive.write_bytes(archive.read_bytes()[:40])
        broken = index.index([docs, f"{web.url}/gone.md"])
        assert broken.counts == {"failed": 2}
        assert len(index.documents()) == 2
    status = Said("status", "--index", place, "--json").json
    assert list(status["folders"]) == [str(docs), f"{host}:{web.url}"]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("{tmp}/nowhere/*.pdf", "no such file or folder"),
        ("{tmp}/*.pdf", "nothing to index: no files in {tmp}/*.pdf"),
        ("nosuch://ann:goat@x", "cannot open nosuch://x: Protocol not known"),
        ("https://ann:goat@", "no web address"),
    ],
)
def test_what_cannot_be_indexed_is_told(given: str, told: str, tmp_path: Path) -> None:
    said = Said("index", given.format(tmp=tmp_path), "--index", tmp_path / "i")
    assert told.format(tmp=tmp_path) in said.refusal
    assert "goat" not in said.err
