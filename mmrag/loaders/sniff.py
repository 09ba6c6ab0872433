"""What a file is, by its content. The suffix only decides between kinds of text."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import av
import filetype

from mmrag.errors import CorruptFile, LoadError, UnsupportedFile
from mmrag.loaders.damage import damage_reported
from mmrag.loaders.film import moving_pictures
from mmrag.loaders.limits import DEFAULT, Limits, check_file
from mmrag.loaders.sensors.telling import sensor_kind
from mmrag.modalities import FILE_KINDS, FileKind, Modality

_HEAD = 8192

_BY_MIME = {
    "image/png": "png",
    "image/apng": "png",
    "image/jpeg": "jpeg",
    "image/webp": "webp",
    "image/avif": "avif",
    "image/gif": "gif",
    "image/tiff": "tiff",
    "image/bmp": "bmp",
    "audio/x-wav": "wav",
    "audio/x-flac": "flac",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/aac": "m4a",
}
_TEXT_KINDS = ("csv", "html", "markdown", "json", "text")
_TEXT_SUFFIXES = {suffix: name for name in _TEXT_KINDS for suffix in FILE_KINDS[name].suffixes}
_BINARY_SUFFIXES = {
    suffix: kind
    for name, kind in FILE_KINDS.items()
    if name not in _TEXT_KINDS
    for suffix in kind.suffixes
}
_OTHER_BINARY = {".wmv", ".flv", ".mpg", ".doc", ".xls", ".ppt", ".zip", ".heic", ".npy", ".npz"}

_OFFICE_PARTS = (
    (b"wordprocessingml.document.main+xml", "docx"),
    (b"presentationml.presentation.main+xml", "pptx"),
    (b"presentationml.slideshow.main+xml", "pptx"),
    (b"spreadsheetml.sheet.main+xml", "xlsx"),
)
_OLD_QUICKTIME = (b"moov", b"mdat", b"wide")  # before there were brands
_CALLED = {Modality.AUDIO: "recording", Modality.VIDEO: "film"}
_CONTROL = frozenset(range(32)) - frozenset(b"\t\n\v\f\r\x1b")
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_COMMENT = rb"<!--(?:(?!-->).)*-->"  # in one way only, or many of them take for ever to match
_HTML = re.compile(
    rb"\s*(<\?xml[^>]*>\s*|" + _COMMENT + rb"\s*)*<(!doctype\s+html|html|head|body)\b", re.I
)
_SVG = re.compile(rb"\s*(<\?xml[^>]*>\s*|" + _COMMENT + rb"\s*|<!doctype[^>]*>\s*)*<svg\b", re.I)


def sniff(path: str | Path, limits: Limits = DEFAULT) -> FileKind:
    """The kind of a file.

    Raises:
        EmptyFile: zero bytes.
        CorruptFile: damaged, or not what its suffix says and of no use.
        UnsupportedFile: no loader for this content; says what was found.
        LoadError: missing, a folder, or not readable.
    """
    path = Path(path)
    check_file(path, limits, bounded=False)
    try:
        with path.open("rb") as handle:
            head = handle.read(_HEAD)
    except OSError as exc:
        raise LoadError(path, f"cannot be read: {exc.strerror or exc}") from exc
    if b"%PDF-" in head[:1024]:
        return FILE_KINDS["pdf"]
    if sensed := sensor_kind(path, head):
        return sensed
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zipped(path)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise UnsupportedFile(
            path, "is an old Office file (.doc, .xls, .ppt) or an encrypted new one; save it anew"
        )
    if _is_text(head):
        return _textual(path, head)
    if head[4:8] == b"ftyp" or head[4:8] in _OLD_QUICKTIME:
        return _boxed(path, head)
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return _matroska(path, head)
    return _binary(path, head)


def _is_text(head: bytes) -> bool:
    """No control characters. Asked first, for "BMW is" and "GIF files" begin like pictures."""
    return head.startswith(_BOMS) or _CONTROL.isdisjoint(head)


def _textual(path: Path, head: bytes) -> FileKind:
    suffix = path.suffix.lower()
    if head.startswith(b"{\\rtf"):
        raise UnsupportedFile(path, "is an RTF document; save it as .docx")
    if head.startswith(b"%!PS"):
        raise UnsupportedFile(path, "is a PostScript document; convert it to PDF")
    if _SVG.match(head):
        raise UnsupportedFile(path, "is an SVG drawing; convert it to PNG")
    found = "HTML" if _HTML.match(head) else "plain text"
    if suffix in _BINARY_SUFFIXES or suffix in _OTHER_BINARY:
        raise CorruptFile(path, f"is named {suffix} but its content is {found}")
    name = _TEXT_SUFFIXES.get(suffix)
    if name is None:
        name = "html" if found == "HTML" else "text"
    return FILE_KINDS[name]


def _zipped(path: Path) -> FileKind:
    with damage_reported(path, "zip container"), zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        mimetype = _member(archive, "mimetype") if "mimetype" in names else b""
        parts = "[Content_Types].xml"
        types = _member(archive, parts) if parts in names else b""
    if mimetype.strip() == b"application/epub+zip":
        return FILE_KINDS["epub"]
    for part, name in _OFFICE_PARTS:
        if part in types:
            return FILE_KINDS[name]
    if b"macroEnabled" in types:
        raise UnsupportedFile(path, "is an Office file with macros; save it without them")
    if b"opendocument" in mimetype:
        raise UnsupportedFile(path, "is an OpenDocument file; save it as .docx, .xlsx or .pdf")
    suffix = path.suffix.lower()
    if suffix in _BINARY_SUFFIXES:
        raise CorruptFile(path, f"is named {suffix} but its content is some other zip archive")
    raise UnsupportedFile(path, "is a zip archive; name it .zip, and the files in it are read")


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as part:
        return part.read(1 << 20)


def _boxed(path: Path, head: bytes) -> FileKind:
    """An ISO media file: a still picture, a recording or a film, which its brand does not tell."""
    brands = head[8 : 4 + int.from_bytes(head[:4], "big")]
    if b"avif" in brands or b"avis" in brands:
        return FILE_KINDS["avif"]
    if any(brand in brands for brand in (b"heic", b"heix", b"mif1", b"hevc")):
        raise UnsupportedFile(path, "is an HEIF picture; convert it to JPEG or PNG")
    film = "mov" if head[4:8] in _OLD_QUICKTIME or brands.startswith(b"qt  ") else "mp4"
    return _with_streams(path, "MP4 container", film=film, recording="m4a")


def _matroska(path: Path, head: bytes) -> FileKind:
    film = "webm" if b"webm" in head[:64] else "mkv"
    return _with_streams(path, "Matroska container", film=film, recording="mka")


def _with_streams(path: Path, what: str, *, film: str, recording: str) -> FileKind:
    """A film if there are moving pictures, of which a cover is none, else a recording."""
    try:
        with av.open(str(path.resolve()), metadata_errors="ignore") as container:
            if moving_pictures(container):
                return FILE_KINDS[film]
            if container.streams.audio:
                return FILE_KINDS[recording]
    except av.FFmpegError as exc:
        raise CorruptFile(path, f"is a damaged or truncated {what}: {exc.strerror}") from exc
    raise UnsupportedFile(path, f"holds neither sound nor picture in its {what}")


def _binary(path: Path, head: bytes) -> FileKind:
    guess = filetype.guess(head)
    mime = guess.mime if guess is not None else ""
    if mime == "video/x-msvideo":
        return FILE_KINDS["avi"]
    if mime.startswith("video/") or (mime == "audio/ogg" and b"\x80theora" in head):
        raise UnsupportedFile(
            path, f"is a film in a format that is not read ({mime}); save it as MP4"
        )
    if mime in _BY_MIME:
        return FILE_KINDS[_BY_MIME[mime]]
    claimed = _BINARY_SUFFIXES.get(path.suffix.lower())
    found = mime or f"unknown binary data (first bytes {head[:8].hex(' ')})"
    if claimed is not None and not mime:
        what = _CALLED.get(claimed.modality, claimed.name)
        raise CorruptFile(path, f"is named {path.suffix} but is no {what}: {found}")
    raise UnsupportedFile(path, f"has content that mmrag does not read: {found}")
