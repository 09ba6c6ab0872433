"""Files that a browser sent: whose they are, how many, how large."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, cast

import pytest

from mmrag import Settings
from mmrag.errors import InputError
from mmrag_connectors.hosting.hosted import HostedIndex
from mmrag_connectors.http.callers import Caller
from mmrag_connectors.http.problems import Problem
from mmrag_connectors.web import uploads as module
from mmrag_connectors.web.uploads import Uploads

ANNA, BO = Caller("anna", "a", True), Caller("bo", "b", True)
MB = b"x" * 1024 * 1024


class Spool:
    """Of a hosted index only where uploads are put."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def spool(self) -> Path:
        return self._folder


@pytest.fixture
def made(tmp_path: Path) -> Callable[..., Uploads]:
    def make(**serve: int) -> Uploads:
        settings = Settings().with_changes({f"serve.{key}": value for key, value in serve.items()})
        return Uploads(cast(HostedIndex, Spool(tmp_path)), settings)

    return make


async def sent(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


def take(uploads: Uploads, caller: Caller, name: str, *chunks: bytes) -> str:
    return asyncio.run(uploads.take(caller, name, sent(*chunks)))


def test_a_file_belongs_to_who_sent_it(made: Callable[..., Uploads], tmp_path: Path) -> None:
    uploads = made()
    key = take(uploads, ANNA, "fox.PNG", b"pix", b"els")
    with pytest.raises(InputError, match="choose it again"):
        uploads.claim(BO, [key])
    [upload] = uploads.claim(ANNA, [key])
    assert (upload.name, upload.path.read_bytes()) == ("fox.PNG", b"pixels")
    assert (upload.path.parent, upload.path.suffix) == (tmp_path, ".png")
    with pytest.raises(InputError):
        uploads.claim(ANNA, [key])


@pytest.mark.parametrize("name", ["../../etc/cron.d/x", "/etc/passwd", "a\0b", "x.sh/../../y", ""])
def test_a_name_never_becomes_a_path(
    made: Callable[..., Uploads], tmp_path: Path, name: str
) -> None:
    uploads = made()
    [upload] = uploads.claim(ANNA, [take(uploads, ANNA, name, b"x")])
    assert upload.name == name
    assert list(tmp_path.rglob("*")) == [upload.path]


def test_what_is_too_large_is_refused_and_leaves_nothing(
    made: Callable[..., Uploads], tmp_path: Path
) -> None:
    uploads = made(upload_mb=2)
    kept = take(uploads, ANNA, "one.bin", MB)
    with pytest.raises(Problem) as refused:
        take(uploads, ANNA, "two.bin", MB, b"x")
    assert refused.value.status == 413
    assert take(uploads, BO, "two.bin", MB, MB)  # his own account
    with pytest.raises(Problem) as empty:
        take(uploads, ANNA, "empty.bin")
    assert empty.value.status == 400
    assert len(list(tmp_path.iterdir())) == 2
    uploads.clear()
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(InputError):
        uploads.claim(ANNA, [kept])


def test_what_is_sent_at_once_counts_together(made: Callable[..., Uploads]) -> None:
    async def both(uploads: Uploads) -> list[object]:
        first = uploads.take(ANNA, "one.bin", slowly(MB, MB))
        second = uploads.take(ANNA, "two.bin", slowly(MB, MB))
        return list(await asyncio.gather(first, second, return_exceptions=True))

    async def slowly(*chunks: bytes) -> AsyncIterator[bytes]:
        for chunk in chunks:
            await asyncio.sleep(0)
            yield chunk

    results = asyncio.run(both(made(upload_mb=3)))
    assert sorted(isinstance(result, Problem) for result in results) == [False, True]


def test_so_many_files_wait_and_no_more(made: Callable[..., Uploads]) -> None:
    uploads = made(upload_files=1)
    take(uploads, ANNA, "one.bin", b"x")
    with pytest.raises(Problem) as refused:
        take(uploads, ANNA, "two.bin", b"x")
    assert refused.value.status == 429


def test_a_sender_who_goes_away_leaves_nothing(
    made: Callable[..., Uploads], tmp_path: Path
) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"half"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        asyncio.run(made().take(ANNA, "half.bin", broken()))
    assert list(tmp_path.iterdir()) == []


def test_what_nobody_uses_is_thrown_away(
    made: Callable[..., Uploads], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uploads: Any = made()
    take(uploads, ANNA, "old.bin", b"x")
    monkeypatch.setattr(module, "KEPT_S", -1.0)
    key = take(uploads, ANNA, "new.bin", b"y")
    [left] = tmp_path.iterdir()
    assert left.read_bytes() == b"y"
    assert uploads.claim(ANNA, [key])
