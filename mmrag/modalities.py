"""One row a modality, and the file kinds that carry it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Modality(str, Enum):
    """What a node shows to a person; `--modality` filters on it."""

    TEXT = "text"
    IMAGE = "image"
    AUDIO = "audio"
    VIDEO = "video"
    DEPTH = "depth"
    THERMAL = "thermal"
    IMU = "imu"


SENSORS = (Modality.DEPTH, Modality.THERMAL, Modality.IMU)
"""What is measured by other sensors than cameras and microphones."""


def of_mimetype(mimetype: str) -> Modality:
    """What a file is as a whole: "image/png" is a picture, "application/pdf" a text."""
    if mimetype in _SENSED:
        return _SENSED[mimetype]
    top = mimetype.partition("/")[0]
    return Modality(top) if top in {m.value for m in Modality} else Modality.TEXT


@dataclass(frozen=True)
class FileKind:
    """A kind of content: how it is called, what it carries, who reads it.

    `reader` is "module:Class" so that naming a reader imports nothing.
    """

    name: str
    modality: Modality
    mimetype: str
    suffixes: tuple[str, ...]
    reader: str


_READERS = "mmrag.loaders"


def _kind(
    name: str, modality: Modality, mimetype: str, suffixes: str, reader: str
) -> tuple[str, FileKind]:
    row = FileKind(name, modality, mimetype, tuple(suffixes.split()), f"{_READERS}.{reader}")
    return name, row


_T, _I, _A, _V = Modality.TEXT, Modality.IMAGE, Modality.AUDIO, Modality.VIDEO
_D, _H, _M = Modality.DEPTH, Modality.THERMAL, Modality.IMU
_OOXML = "application/vnd.openxmlformats-officedocument"
_OURS = "application/vnd.mmrag"
_DEPTHS, _HEATS, _MOTIONS = (
    ".depth.png .depth.npy .depth.npz",
    ".thermal.png .thermal.npy .thermal.npz",
    ".imu.csv .imu.npy .imu.npz",
)

FILE_KINDS: dict[str, FileKind] = dict(
    (
        _kind("pdf", _T, "application/pdf", ".pdf", "pdf:PdfReader"),
        _kind("docx", _T, f"{_OOXML}.wordprocessingml.document", ".docx", "docx:DocxReader"),
        _kind("pptx", _T, f"{_OOXML}.presentationml.presentation", ".pptx", "pptx:PptxReader"),
        _kind("xlsx", _T, f"{_OOXML}.spreadsheetml.sheet", ".xlsx", "xlsx:XlsxReader"),
        _kind("csv", _T, "text/csv", ".csv .tsv", "csv:CsvReader"),
        _kind("html", _T, "text/html", ".html .htm .xhtml", "html:HtmlReader"),
        _kind("markdown", _T, "text/markdown", ".md .markdown", "markdown:MarkdownReader"),
        _kind("json", _T, "application/json", ".json .jsonl", "json:JsonReader"),
        _kind("epub", _T, "application/epub+zip", ".epub", "epub:EpubReader"),
        _kind("text", _T, "text/plain", ".txt .text .log .rst", "text:PlainTextReader"),
        _kind("png", _I, "image/png", ".png", "image:ImageReader"),
        _kind("jpeg", _I, "image/jpeg", ".jpg .jpeg", "image:ImageReader"),
        _kind("webp", _I, "image/webp", ".webp", "image:ImageReader"),
        _kind("avif", _I, "image/avif", ".avif", "image:ImageReader"),
        _kind("gif", _I, "image/gif", ".gif", "image:ImageReader"),
        _kind("tiff", _I, "image/tiff", ".tif .tiff", "image:ImageReader"),
        _kind("bmp", _I, "image/bmp", ".bmp", "image:ImageReader"),
        _kind("wav", _A, "audio/wav", ".wav", "audio:AudioReader"),
        _kind("flac", _A, "audio/flac", ".flac", "audio:AudioReader"),
        _kind("mp3", _A, "audio/mpeg", ".mp3", "audio:AudioReader"),
        _kind("ogg", _A, "audio/ogg", ".ogg .oga .opus", "audio:AudioReader"),
        _kind("m4a", _A, "audio/mp4", ".m4a .aac", "audio:AudioReader"),
        _kind("mka", _A, "audio/x-matroska", ".mka .weba", "audio:AudioReader"),
        _kind("mp4", _V, "video/mp4", ".mp4 .m4v", "video:VideoReader"),
        _kind("mov", _V, "video/quicktime", ".mov", "video:VideoReader"),
        _kind("mkv", _V, "video/x-matroska", ".mkv", "video:VideoReader"),
        _kind("webm", _V, "video/webm", ".webm", "video:VideoReader"),
        _kind("avi", _V, "video/x-msvideo", ".avi", "video:VideoReader"),
        # which files these are is told in loaders/sensors/naming.py; no registered type says it
        _kind("depth", _D, f"{_OURS}.depth", _DEPTHS, "sensors.readers:DepthReader"),
        _kind("thermal", _H, f"{_OURS}.thermal", _HEATS, "sensors.readers:ThermalReader"),
        _kind("imu", _M, f"{_OURS}.imu", _MOTIONS, "sensors.readers:MotionReader"),
    )
)

FILMS = tuple(kind.mimetype for kind in FILE_KINDS.values() if kind.modality is Modality.VIDEO)
"""MIME types of films. What is heard in one is of the modality audio and has its film's type."""
_SENSED = {kind.mimetype: kind.modality for kind in FILE_KINDS.values() if kind.modality in SENSORS}
