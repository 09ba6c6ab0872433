"""Files in tar archives, also compressed ones, read member by member."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from mmrag.errors import CorruptFile, LimitExceeded, LoadError, UnsupportedFile
from mmrag.ingest.sources.found import Found, tag
from mmrag.ingest.sources.members import Allowance, MemberName, check_stamp, stamp_of
from mmrag.ingest.sources.spool import BLOCK, Terms, is_current, write_whole
from mmrag.loaders.damage import damage_reported

_GZIP, _BZIP2, _XZ = b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00"
_LONGEST_HEADER = 1 << 20
"""Bytes of an extended header, which tarfile reads at once, however large it says it is."""


@dataclass(frozen=True)
class TarMember:
    """The origin of a file in a tar archive that is not compressed.

    Attributes:
        archive, stamp: where the archive is, and its size and time when it was looked into.
        offset, size: where its bytes lie.
        mtime_ns: what the written file is to have.
    """

    archive: Path
    stamp: tuple[int, int]
    offset: int
    size: int
    mtime_ns: int

    def fetch(self, to: Path) -> None:
        """Copy the bytes; CorruptFile if they are not all there."""
        with self.archive.open("rb") as file:
            check_stamp(self.archive, self.stamp)
            file.seek(self.offset)
            _write(file, to, self.size, path=self.archive, mtime_ns=self.mtime_ns)


def is_tar(path: Path) -> bool:
    """Whether a file is a tar archive, by its first header."""
    try:
        with _opened(path) as file, tarfile.open(fileobj=_Headers(file, path), mode="r:"):
            return True
    except (tarfile.TarError, OSError, EOFError, ValueError, lzma.LZMAError, zlib.error):
        return False


def members(
    path: Path, allowance: Allowance, place: Callable[[str], Path]
) -> Iterator[Found | None]:
    """The files in a tar archive, None for a hidden one.

    A compressed one can only be read from start to end, so its files are fetched on the way.

    Args:
        place: where a member goes that is fetched, by its name.

    Raises:
        CorruptFile: the archive is damaged.
        LimitExceeded: too many, too large, or packed suspiciously well.
    """
    stamp, before = stamp_of(path), allowance.size
    with _opened(path) as file, tarfile.open(fileobj=_Headers(file, path), mode="r:") as archive:
        for info in archive:
            if info.size < 0:
                raise CorruptFile(path, f"is damaged: its member has {info.size} bytes")
            allowance.take(info.size)
            allowance.check_ratio(allowance.size - before, stamp[0])
            name = MemberName.of(info.name)
            if info.isdir():
                continue
            if name.hidden:
                yield None
                continue
            fault = _fault(path, info, name)
            if fault is not None:
                yield Found.refused(name.cited, fault)
                continue
            version = tag(info.mtime, info.size, info.chksum)
            if isinstance(file, io.BufferedReader):
                origin = TarMember(path, stamp, info.offset_data, info.size, version)
                yield Found(name.cited, info.size, version, origin=origin)
                continue
            to = place(name.cited)
            if not is_current(to, info.size, version):
                file.seek(info.offset_data)
                _write(file, to, info.size, path=path, mtime_ns=version)
            yield Found(name.cited, info.size, version, to)


def _fault(path: Path, info: tarfile.TarInfo, name: MemberName) -> LoadError | None:
    if name.fault:
        return UnsupportedFile(path, name.fault)
    if info.issym() or info.islnk():
        return UnsupportedFile(path, "is a link, which is not followed")
    if not info.isreg() or info.issparse():
        return UnsupportedFile(path, "is a device, a pipe or a sparse file, not a regular one")
    return None


class _Headers(io.RawIOBase):
    """What tarfile reads headers through: it would read a long one at once, however long."""

    def __init__(self, file: IO[bytes], path: Path) -> None:
        super().__init__()
        self._file, self._path = file, path

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= _LONGEST_HEADER:
            raise LimitExceeded(self._path, f"has a header of {size} bytes")
        return self._file.read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()


def _opened(path: Path) -> IO[bytes]:
    """A tar archive as if it were not compressed; a plain file if it is not."""
    with path.open("rb") as file:
        head = file.read(6)
    if head.startswith(_GZIP):
        return cast("IO[bytes]", gzip.GzipFile(path))
    if head.startswith(_BZIP2):
        return bz2.BZ2File(path)
    return lzma.LZMAFile(path) if head.startswith(_XZ) else path.open("rb")


def _write(file: IO[bytes], to: Path, size: int, *, path: Path, mtime_ns: int) -> None:
    blocks = _blocks(file, size, path)
    write_whole(to, blocks, what=path, mtime_ns=mtime_ns, terms=Terms(most=size))


def _blocks(file: IO[bytes], size: int, path: Path) -> Iterator[bytes]:
    while size:
        # only reading the archive is within: a full disk is no damage to it
        with damage_reported(path, "tar archive", lzma.LZMAError):
            block = file.read(min(BLOCK, size))
        if not block:
            raise CorruptFile(path, "is a truncated tar archive")
        size -= len(block)
        yield block
