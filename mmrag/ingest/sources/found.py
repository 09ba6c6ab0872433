"""What every kind of source finds: files, and how to get those that are not on this machine."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from unicodedata import category

from mmrag.errors import LoadError
from mmrag.loaders.sidecars import Sidecar

_NOT_PLAIN = {"Cc", "Cs"}


class Origin(Protocol):
    """Where a file comes from that is not on this machine, or not as a file of its own.

    An origin goes to the worker that reads the file, so it must pickle.
    """

    def fetch(self, to: Path) -> None:
        """Write the content to `to`, whole or not at all; raises LoadError."""
        ...


@dataclass(frozen=True)
class Refused:
    """The origin of a file that is known not to be readable: the reader's report says why."""

    error: LoadError

    def fetch(self, to: Path) -> None:
        """Raise the error."""
        raise self.error


@dataclass(frozen=True)
class Found:
    """A file in a folder, an archive or on a server, as it is now.

    Attributes:
        name: relative to where it was found, with forward slashes.
        mtime_ns: when it was changed; where only a version is known, a `tag` of that.
        path: where it is; None: it must be fetched from `origin`.
        at_once: fetch it while looking for files, because only its content tells whether it has
            changed, or because other processes do not see its origin.
        sidecars: files beside it that tell of it.
    """

    name: str
    size: int
    mtime_ns: int
    path: Path | None = None
    origin: Origin | None = None
    at_once: bool = False
    sidecars: tuple[Sidecar, ...] = ()

    @classmethod
    def refused(cls, name: str, error: LoadError, path: Path | None = None) -> Found:
        """A file that is there and cannot be had."""
        return cls(name, 0, 0, path, Refused(error))


def tag(*facts: object) -> int:
    """A number that stands for a version, such as an ETag, where a file has a time of change.

    It has 60 bits, so that as nanoseconds it is a date before 2007, which every file system holds.
    """
    digest = hashlib.sha256(repr(facts).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 4


def is_plain(name: str) -> bool:
    """Whether a name is Unicode without control characters, so that it can be stored and shown."""
    return not any(category(character) in _NOT_PLAIN for character in name)


def shown(name: str) -> str:
    """A name with control characters and what is no Unicode as %XX."""
    return "".join(f"%{ord(c):02X}" if category(c) in _NOT_PLAIN else c for c in name)
