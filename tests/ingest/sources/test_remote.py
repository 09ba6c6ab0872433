"""Files on file systems of fsspec: the one in memory, which is a real one."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from fsspec.implementations.memory import MemoryFileSystem
from web_server import zipped

from mmrag.errors import InputError, LimitExceeded, LoadError
from mmrag.ingest.scan import Root, Scope, scan
from mmrag.ingest.sources.found import Refused
from mmrag.ingest.sources.given import Given, place_of
from mmrag.ingest.sources.remote import RemoteFile, RemotePlace
from mmrag.ingest.sources.spool import Spool, Terms


@pytest.fixture
def bucket() -> Iterator[str]:
    """A folder in memory with a few files; its address."""
    system, name = MemoryFileSystem(), f"/{uuid.uuid4().hex}/docs"
    files = {
        "a.md": b"one",
        "sub/b.md": b"two",
        "sub/c.log": b"x",
        ".hidden/d.md": b"x",
        "r.zip": zipped(e_md=b"in a zip"),
        ".mmragignore": b"*.log\n/private/\n",
        "private/secret.md": b"x",
        "sub/private/open.md": b"open",
    }
    for path, content in files.items():
        system.pipe_file(f"{name}/{path}", content)
    yield f"memory:/{name}"
    system.rm(name, recursive=True)


def read(scope: Scope) -> dict[str, bytes]:
    for file in scope.files:
        if file.origin is not None:
            file.origin.fetch(file.path)
    return {file.source: file.path.read_bytes() for file in scope.files}


def test_a_folder_is_read_by_the_rules_of_local_ones(bucket: str, spool: Spool) -> None:
    scope = scan([bucket], [], spool=spool)
    assert scope.roots == (Root(None, "docs:", bucket),)
    wanted = {
        "docs:a.md": b"one",
        "docs:r.zip/e.md": b"in a zip",
        "docs:sub/b.md": b"two",
        "docs:sub/private/open.md": b"open",
    }
    assert read(scope) == wanted
    assert scope.left_out == {"hidden": 1, "ignored": 2}
    assert scope.covers("docs:gone.md") and not scope.covers("gone.md")
    below = scan([f"{bucket}/sub/"], scope.roots, spool=spool)
    assert below.roots == scope.roots and below.folders == ((scope.roots[0], "docs:sub/"),)
    one = scan([f"{bucket}/a.md"], scope.roots, spool=spool)
    assert [file.source for file in one.files] == ["docs:a.md"]
    assert not one.covers("docs:gone.md")
    some = scan([f"{bucket}/**/*.md"], scope.roots, spool=spool)
    assert [f.source for f in some.files] == [s for s in wanted if not s.startswith("docs:r.zip")]
    assert some.covers("docs:x/gone.md") and not some.covers("docs:r.zip/e.md")


def test_only_what_changed_is_fetched_again(bucket: str, spool: Spool) -> None:
    first = {f.source: f for f in scan([bucket], [], spool=spool).files}
    fetched = spool.path_of("docs:a.md").stat().st_ctime_ns
    MemoryFileSystem().pipe_file(f"{bucket.removeprefix('memory:/')}/sub/b.md", b"TWO")
    again = {f.source: f for f in scan([bucket], [], spool=spool).files}
    assert [s for s, f in again.items() if f.mtime_ns != first[s].mtime_ns] == ["docs:sub/b.md"]
    assert spool.path_of("docs:sub/b.md").read_bytes() == b"TWO"
    assert spool.path_of("docs:a.md").stat().st_ctime_ns == fetched


def test_a_file_that_is_too_large_or_gone_costs_itself(bucket: str, spool: Spool) -> None:
    scope = scan([bucket], [], spool=spool, terms=Terms(most=3))
    errors = {f.source: f.origin.error for f in scope.files if isinstance(f.origin, Refused)}
    assert errors.keys() == {"docs:r.zip", "docs:sub/private/open.md"}
    assert isinstance(errors["docs:r.zip"], LimitExceeded)
    assert not scope.covers("docs:r.zip/e.md")
    path = f"{bucket.removeprefix('memory:/')}/gone.md"
    with pytest.raises(LoadError, match="cannot be fetched"):
        RemoteFile(bucket, path, 1, Terms()).fetch(spool.path_of("gone.md"))
    with pytest.raises(LimitExceeded, match="more than 2 bytes"):
        RemoteFile(bucket, path.replace("gone", "a"), 1, Terms(most=2)).fetch(spool.path_of("a"))


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("nosuch://x/y", "cannot open nosuch://x/y: Protocol not known"),
        ("memory://not/there", "no such file or folder: memory://not/there"),
        ("simplecache::memory://x", "chain of file systems"),
        ("ftp://ann:s3cret@127.0.0.1:1/docs", "cannot open ftp://127.0.0.1:1/docs"),
    ],
)
def test_what_cannot_be_opened_is_told_without_credentials(url: str, told: str) -> None:
    with pytest.raises(InputError) as raised:
        RemotePlace(url, Terms())
    assert told in str(raised.value)
    assert "s3cret" not in str(raised.value) + repr(Given.of(url))


def test_places_have_one_spelling_without_credentials() -> None:
    for url, place in (
        ("s3://key:secret@bucket/docs/", "s3://bucket/docs"),
        ("memory:///docs", "memory://docs"),
        ("github://org:repo@main/docs", "github://org:repo@main/docs"),
        ("https://ann:goat@host/x?token=1", "https://host/x"),
    ):
        assert place_of(url) == place
