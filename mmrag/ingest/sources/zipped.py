"""Files in zip archives, read member by member."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO

from mmrag.errors import CorruptFile, LoadError, UnsupportedFile
from mmrag.ingest.sources.found import Found, tag
from mmrag.ingest.sources.members import Allowance, MemberName, check_stamp, stamp_of
from mmrag.ingest.sources.spool import BLOCK, Terms, write_whole
from mmrag.loaders.damage import damage_reported

_DOCUMENT_PARTS = frozenset({"[Content_Types].xml", "mimetype"})
"""Members that Office files, EPUB and OpenDocument have, and archives have not."""
_ENCRYPTED = 0x1


@dataclass(frozen=True)
class ZipMember:
    """The origin of a file in a zip archive.

    Attributes:
        archive, stamp: where the archive is, and its size and time when it was looked into.
        position: of the member in its directory.
        size: to which it unpacks, by the directory; never more is written.
        mtime_ns: what the written file is to have.
    """

    archive: Path
    stamp: tuple[int, int]
    position: int
    size: int
    mtime_ns: int

    def fetch(self, to: Path) -> None:
        """Unpack the member; CorruptFile if it is damaged."""
        with damage_reported(self.archive, "zip archive"):
            archive = _opened(self.archive, self.stamp)
            member = archive.open(archive.infolist()[self.position])
        with member:
            terms = Terms(most=self.size)
            blocks = _blocks(member, self.archive)
            write_whole(to, blocks, what=self.archive, mtime_ns=self.mtime_ns, terms=terms)


def members(path: Path, allowance: Allowance) -> Iterator[Found | None] | None:
    """The files in a zip archive, None for a hidden one; no iterator if it is a document.

    Raises:
        LimitExceeded: too many, too large, or packed suspiciously well.
    """
    with zipfile.ZipFile(path) as archive:
        listed = archive.infolist()
    if any(info.filename in _DOCUMENT_PARTS for info in listed):
        return None
    return _members(path, listed, allowance)


def _members(
    path: Path, listed: list[zipfile.ZipInfo], allowance: Allowance
) -> Iterator[Found | None]:
    stamp = stamp_of(path)
    for position, info in enumerate(listed):
        allowance.take(info.file_size)
        allowance.check_ratio(info.file_size, info.compress_size)
        name = MemberName.of(info.filename)
        if info.is_dir():
            continue
        if name.hidden:
            yield None
            continue
        fault = _fault(path, info, name)
        if fault is not None:
            yield Found.refused(name.cited, fault)
            continue
        version = tag(info.date_time, info.CRC, info.file_size)
        origin = ZipMember(path, stamp, position, info.file_size, version)
        yield Found(name.cited, info.file_size, version, origin=origin)


def _fault(path: Path, info: zipfile.ZipInfo, name: MemberName) -> LoadError | None:
    if name.fault:
        return UnsupportedFile(path, name.fault)
    if stat.S_ISLNK(info.external_attr >> 16):
        return UnsupportedFile(path, "is a symbolic link, which is not followed")
    if info.flag_bits & _ENCRYPTED:
        return CorruptFile(path, "is encrypted; make the archive anew without a password")
    return None


def _blocks(member: IO[bytes], path: Path) -> Iterator[bytes]:
    while True:
        # only reading the archive is within: a full disk is no damage to it
        with damage_reported(path, "zip archive"):
            block = member.read(BLOCK)
        if not block:
            return
        yield block


@lru_cache(maxsize=2)
def _opened(path: Path, stamp: tuple[int, int]) -> zipfile.ZipFile:
    """An archive that stays open: its directory would else be read once a member."""
    check_stamp(path, stamp)
    return zipfile.ZipFile(path)
