"""The spool: files that were fetched, kept as long as their documents are indexed."""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from mmrag.config import IndexSettings, IngestSettings
from mmrag.errors import LimitExceeded, LoadError
from mmrag.ingest.belongings import owned_at
from mmrag.loaders.heartbeat import beat
from mmrag.loaders.sensors.naming import mark_of

BLOCK = 1 << 20
"""Bytes read and written at once."""
_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}")


@dataclass(frozen=True)
class Terms:
    """On what terms a file is fetched.

    Attributes:
        most: bytes of one file.
        seconds: that fetching one file may take.
        allow_private: take addresses of this machine and its network, too.
    """

    most: int = 1 << 30
    seconds: float = 600.0
    allow_private: bool = False

    @classmethod
    def of(cls, settings: IngestSettings) -> Terms:
        """The terms of the settings."""
        return cls(
            settings.download_mb << 20, settings.download_s, settings.allow_private_addresses
        )


DEFAULT_TERMS = Terms()


@dataclass(frozen=True)
class Spool:
    """A folder of fetched files, named by digests of their sources.

    No name from an archive or a server ever becomes a path; the suffix alone is kept, if it is
    plain, for it tells kinds of text apart, and the word that says which sensor a file is of.
    """

    folder: Path

    @classmethod
    def of(cls, index: IndexSettings) -> Spool:
        """The spool of an index: in its directory, or in mmrag's cache for one on a server."""
        return cls(owned_at(index, "spool"))

    @property
    def used(self) -> bool:
        """Whether anything was fetched ever."""
        return self.folder.is_dir()

    def path_of(self, source: str) -> Path:
        """Where the file behind a source is, once it is fetched."""
        name, suffix = _digest(source)[:32], PurePosixPath(source).suffix.lower()
        plain = suffix if _SUFFIX.fullmatch(suffix) else ""
        if sensor := mark_of(PurePosixPath(source).name):
            plain = f".{sensor.value}{plain}"
        return self.folder / name[:2] / f"{name}{plain}"

    def sweep(self, sources: Iterable[str], *, before: float) -> None:
        """Delete the files of all other sources that were fetched before a time.

        Archives that hold one of the sources stay.

        Args:
            before: in seconds since the epoch: when the run began, for what it has fetched itself
                and not written yet is wanted.
        """
        kept = {self.path_of(holder) for source in sources for holder in _holders(source)}
        for folder in self.folder.iterdir():
            for file in folder.iterdir():
                # the time of change cannot be set, as that of modification is
                if file not in kept and file.stat().st_ctime < before:
                    file.unlink()


def is_current(path: Path, size: int, mtime_ns: int) -> bool:
    """Whether a fetched file is of the version that has this size, if it is known, and time."""
    try:
        status = path.stat()
    except OSError:
        return False
    return status.st_mtime_ns == mtime_ns and size in (0, status.st_size)


def write_whole(
    to: Path, blocks: Iterable[bytes], *, what: str | Path, mtime_ns: int, terms: Terms
) -> None:
    """Write a file with a time of change, whole or not at all, and as long as the terms allow.

    Args:
        what: is being fetched, for messages.

    Raises:
        LimitExceeded: more bytes than allowed; counted as they come.
        LoadError: it takes too long, or whatever the blocks raise.
    """
    part = to.with_name(f"{to.name}.{os.getpid()}.part")
    started, size = time.monotonic(), 0
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            for block in blocks:
                size += len(block)
                if size > terms.most:
                    raise LimitExceeded(what, f"has more than {terms.most} bytes; not fetched")
                if time.monotonic() - started > terms.seconds:
                    raise LoadError(what, f"takes more than {terms.seconds:g} s to fetch")
                file.write(block)
                beat()
        os.utime(part, ns=(mtime_ns, mtime_ns))
        part.replace(to)
    except OSError as exc:
        raise LoadError(what, f"cannot be kept in {to.parent}: {exc.strerror or exc}") from exc
    finally:
        with suppress(OSError):
            part.unlink()


def _digest(fact: str) -> str:
    return hashlib.sha256(fact.encode("utf-8", "surrogatepass")).hexdigest()


def _holders(source: str) -> Iterator[str]:
    """A source, and what it may lie in: "a.zip/b.txt" and "a.zip"."""
    yield source
    while "/" in source:
        source = source.rpartition("/")[0]
        yield source
