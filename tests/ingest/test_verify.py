"""Whether a source still is what was indexed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mmrag.ingest import verify
from mmrag.ingest.verify import Freshness
from mmrag.loaders.base import sha256_of
from mmrag.store.documents import DocumentRecord


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.md"
    path.write_text("Snow fell.")
    return path


@pytest.fixture
def fresh(file: Path) -> Freshness:
    status = file.stat()
    record = DocumentRecord(
        source="a.md",
        sha256=sha256_of(file),
        size=status.st_size,
        mtime_ns=status.st_mtime_ns,
        chunks=1,
        modality="text",
        mimetype="text/markdown",
        loader_version="1",
    )
    return Freshness({"a.md": record, "lost.md": record}.get, {"a.md": file, "new.md": file}.get)


def test_an_untouched_file_is_fresh_without_being_read(
    fresh: Freshness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify, "sha256_of", lambda path: pytest.fail(f"read {path}"))
    assert fresh("a.md")


def test_a_touched_file_is_fresh_while_its_content_is(fresh: Freshness, file: Path) -> None:
    os.utime(file, ns=(1, 1))
    assert fresh("a.md")


@pytest.mark.parametrize("content", ["Rain fell.", "Snow fell. And more."])
def test_a_changed_file_is_not(fresh: Freshness, file: Path, content: str) -> None:
    file.write_text(content)
    os.utime(file, ns=(1, 1))
    assert not fresh("a.md")


def test_a_file_that_is_gone_or_no_file_any_more_is_not(fresh: Freshness, file: Path) -> None:
    file.unlink()
    assert not fresh("a.md")
    file.mkdir()
    assert not fresh("a.md")


@pytest.mark.parametrize("source", ["new.md", "lost.md", "nobody.md"])
def test_what_the_index_or_the_disk_does_not_know_is_not(fresh: Freshness, source: str) -> None:
    assert not fresh(source)
