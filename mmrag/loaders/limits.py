"""Limits that protect the machine from one hostile or broken file, checked before it is opened.

Sources: the zip figures follow from a measured bomb (291 kB holding 300 MB, ratio 1028); ordinary
Office files stay below 100. Nothing is ever extracted to disk and no address is ever fetched.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from xml.parsers import expat

from mmrag.errors import CorruptFile, EmptyFile, LimitExceeded, LoadError
from mmrag.loaders.damage import damage_reported

MARKUP_SUFFIXES = frozenset({".xml", ".rels", ".xhtml", ".html", ".htm", ".opf", ".ncx", ".vml"})
_ENCRYPTED = 0x1


@dataclass(frozen=True)
class Limits:
    """The largest input that a loader takes. Sizes in bytes.

    Attributes:
        document_bytes: a document, table or text file as it lies on disk.
        zip_total_bytes: sum of the members of an Office file or EPUB, unpacked.
        zip_markup_bytes: the XML and HTML among them, which a parser holds in memory at once.
        zip_ratio: unpacked over packed size of a member above `zip_ratio_from` bytes.
        pixels: one picture or page frame; Pillow's own guard only warns up to 179 million.
        pages: pages of a PDF, frames of a TIFF, slides or sheets.
        rows: rows of one table file.
        text_chars: characters of text taken from one file.
        audio_hours: length of one recording.
        video_hours: length of one film.
        video_scenes: scenes of one film, each of which is indexed by a picture.
    """

    document_bytes: int = 256 << 20
    zip_total_bytes: int = 1 << 30
    zip_markup_bytes: int = 128 << 20
    zip_ratio: float = 200.0
    zip_ratio_from: int = 8 << 20
    zip_entries: int = 20_000
    pixels: int = 100_000_000
    pages: int = 5_000
    rows: int = 200_000
    text_chars: int = 20_000_000
    audio_hours: float = 12.0
    video_hours: float = 12.0
    video_scenes: int = 20_000


DEFAULT = Limits()


def check_file(path: Path, limits: Limits = DEFAULT, *, bounded: bool = True) -> int:
    """The size of a readable, non-empty regular file in bytes.

    Args:
        bounded: compare with `document_bytes`; off for pictures and recordings, whose cost does not
            follow from their size on disk.

    Raises:
        LoadError: no such file, not a file, or not readable.
        EmptyFile: zero bytes.
        LimitExceeded: larger than `document_bytes`.
    """
    try:
        if path.is_dir():
            raise LoadError(path, "is a folder, not a file")
        size = path.stat().st_size
        with path.open("rb"):
            pass
    except FileNotFoundError as exc:
        raise LoadError(path, "no such file") from exc
    except OSError as exc:
        raise LoadError(path, f"cannot be read: {exc.strerror or exc}") from exc
    if not path.is_file():
        raise LoadError(path, "is a device or socket, not a regular file")
    if size == 0:
        raise EmptyFile(path, "has zero bytes")
    if bounded and size > limits.document_bytes:
        raise LimitExceeded(path, f"has {size} bytes; limit document_bytes={limits.document_bytes}")
    return size


def check_zip(path: Path, limits: Limits = DEFAULT, *, allow_dtd: bool = False) -> None:
    """Check the directory of a zip-based document before any member is unpacked.

    A directory that understates a size does no harm: `zipfile` stops at the stated size and then
    reports a wrong checksum.

    Args:
        allow_dtd: EPUB pages may name a DTD. Office parts never do, and a DTD is how entity
            expansion ("billion laughs") and external entities get in.

    Raises:
        CorruptFile: no zip, damaged, encrypted, or with a DTD where none belongs.
        LimitExceeded: too many members, too large unpacked, or packed suspiciously well.
    """
    check_file(path, limits)
    with damage_reported(path, "zip container"), zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        _check_members(path, members, limits)
        if not allow_dtd:
            for member in members:
                suffix = PurePosixPath(member.filename).suffix.lower()
                if member.file_size and suffix in {".xml", ".rels"}:
                    _forbid_dtd(path, archive, member)


def check_count(path: Path, name: str, found: float, limit: float) -> None:
    """Raise LimitExceeded when `found` is above the limit called `name`."""
    if found > limit:
        raise LimitExceeded(path, f"has {found:g} {name}; limit {name}={limit:g}")


def _check_members(path: Path, members: list[zipfile.ZipInfo], limits: Limits) -> None:
    check_count(path, "zip_entries", len(members), limits.zip_entries)
    for member in members:
        if member.flag_bits & _ENCRYPTED:
            raise CorruptFile(path, "is encrypted; save it without a password")
        ratio = member.file_size / max(1, member.compress_size)
        if member.file_size > limits.zip_ratio_from and ratio > limits.zip_ratio:
            raise LimitExceeded(
                path,
                f"its part {member.filename} unpacks to {ratio:.0f} times its size "
                f"({member.file_size} bytes); limit zip_ratio={limits.zip_ratio:g}",
            )
    check_count(path, "zip_total_bytes", sum(m.file_size for m in members), limits.zip_total_bytes)
    markup = sum(
        m.file_size for m in members if PurePosixPath(m.filename).suffix.lower() in MARKUP_SUFFIXES
    )
    check_count(path, "zip_markup_bytes", markup, limits.zip_markup_bytes)


class _RootReached(Exception):
    """The root element begins: no DTD can follow."""


def _forbid_dtd(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    """Read a part only up to its root element. expat rather than a text search: UTF-16 hides."""

    def on_doctype(*_: object) -> None:
        raise CorruptFile(
            path, f"its part {member.filename} declares a DTD, which Office files never do"
        )

    def on_element(*_: object) -> None:
        raise _RootReached

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = on_doctype
    parser.StartElementHandler = on_element
    with archive.open(member) as part:
        try:
            while block := part.read(8192):
                parser.Parse(block)
            parser.Parse(b"", True)
        except _RootReached:
            return
        except expat.ExpatError as exc:
            raise CorruptFile(path, f"its part {member.filename} is not XML: {exc}") from exc
