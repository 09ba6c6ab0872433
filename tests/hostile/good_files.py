"""One small good file of every kind that mmrag reads, the same bytes each time."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Mapping
from functools import cache

import av
import docx
import numpy as np
import openpyxl
import pptx
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

TEXT = "The aneroid barometer hangs in the hall. It was bought in 1934 for 12 pounds."
_DATE = (1980, 1, 1, 0, 0, 0)
_SECONDS = 0.6
_EXACT = {"fflags": "+bitexact"}  # no dates, no random ids


def packed(members: Mapping[str, bytes | str], *, stored: frozenset[str] = frozenset()) -> bytes:
    """A zip file without the time of day in it; names in `stored` are not compressed."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members.items():
            entry = zipfile.ZipInfo(name, _DATE)
            entry.compress_type = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return out.getvalue()


def unpacked(data: bytes) -> dict[str, bytes]:
    """The members of a zip file."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _office(document: object) -> bytes:
    out = io.BytesIO()
    document.save(out)  # type: ignore[attr-defined]
    members = unpacked(out.getvalue())
    core = "docProps/core.xml"
    members[core] = re.sub(rb"(?<=Z\">)|\d{4}-\d\d-\d\dT[\d:]+Z", b"", members[core])
    members[core] = re.sub(rb"<dcterms:\w+[^>]*></dcterms:\w+>", b"", members[core])
    return packed(members)


def _docx() -> bytes:
    document = docx.Document()
    document.add_heading("Instruments", 1)
    document.add_paragraph(TEXT)
    table = document.add_table(2, 2)
    for cell, text in zip(table._cells, ("month", "snow", "May", "12"), strict=True):
        cell.text = text
    return _office(document)


def _pptx() -> bytes:
    slides = pptx.Presentation()
    slide = slides.slides.add_slide(slides.slide_layouts[1])
    slide.shapes.title.text = "Instruments"
    slide.placeholders[1].text = TEXT
    return _office(slides)


def _xlsx() -> bytes:
    workbook = openpyxl.Workbook()
    for row in (("month", "snow"), ("May", 12), ("June", 3)):
        workbook.active.append(row)
    return _office(workbook)


def _pdf(**options: object) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(400, 600), invariant=1, **options)
    for _ in range(2):
        canvas.drawString(40, 500, TEXT)
        canvas.grid([40, 140, 240], [300, 330, 360, 390])
        canvas.drawString(50, 370, "May")
        canvas.drawInlineImage(_picture().resize((40, 30)), 40, 40, 200, 150)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def encrypted_pdf() -> bytes:
    """The PDF with the password "secret"."""
    return _pdf(encrypt="secret")


def epub_members(page: bytes | str | None = None) -> dict[str, bytes | str]:
    """The parts of a book of one page."""
    return {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": '<container><rootfiles><rootfile full-path="book.opf"/>'
        "</rootfiles></container>",
        "book.opf": "<package><metadata><title>Hall</title></metadata><manifest>"
        '<item id="p" href="p.xhtml" media-type="application/xhtml+xml"/></manifest>'
        '<spine><itemref idref="p"/></spine></package>',
        "p.xhtml": page or f"<html><body><h1>Instruments</h1><p>{TEXT}</p></body></html>",
    }


def _picture() -> Image.Image:
    values = np.random.default_rng(7).integers(0, 256, (30, 40, 3), dtype=np.uint8)
    return Image.fromarray(values).resize((80, 60))


def saved(kind: str, image: Image.Image | None = None, **options: object) -> bytes:
    """A picture as Pillow writes it."""
    out = io.BytesIO()
    (image or _picture()).save(out, kind, **options)  # type: ignore[arg-type]
    return out.getvalue()


def sound(form: str, codec: str, *, rate: int = 48_000, layout: str = "mono") -> bytes:
    """A short tone, encoded by FFmpeg."""
    out = io.BytesIO()
    wave = 0.5 * np.sin(2 * np.pi * 440 * np.arange(round(rate * _SECONDS)) / rate)
    with av.open(out, "w", format=form, options=_EXACT) as container:
        stream = container.add_stream(codec, rate=rate, layout=layout)
        stream.codec_context.options = {"strict": "experimental"}
        channels = np.tile(wave.astype(np.float32), (2 if layout == "stereo" else 1, 1))
        frame = av.AudioFrame.from_ndarray(channels, format="fltp", layout=layout)
        frame.sample_rate = rate
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    return out.getvalue()


def film(form: str, codec: str) -> bytes:
    """Some frames and no sound, encoded by FFmpeg."""
    out = io.BytesIO()
    picture = np.asarray(_picture().resize((96, 64)))
    with av.open(out, "w", format=form, options=_EXACT) as container:
        stream = container.add_stream(codec, rate=10)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        stream.thread_count = 1
        for number in range(12):
            shown = np.roll(picture, number * 4, axis=1)
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(shown), format="rgb24")
            for packet in stream.encode(frame):
                container.mux(packet)
        for packet in stream.encode(None):
            container.mux(packet)
    return out.getvalue()


BUILDERS: dict[str, Callable[[], bytes]] = {
    "pdf": _pdf,
    "docx": _docx,
    "pptx": _pptx,
    "xlsx": _xlsx,
    "epub": lambda: packed(epub_members(), stored=frozenset({"mimetype"})),
    "csv": lambda: b"month;snow\n" + b"".join(b"May %d;%d\n" % (n, 3 * n) for n in range(40)),
    "html": lambda: f"<html><body><h1>Instruments</h1><p>{TEXT}</p></body></html>".encode(),
    "md": lambda: f"# Instruments\n\n{TEXT}\n\n| a | b |\n|---|---|\n| 1 | 2 |\n".encode(),
    "json": lambda: f'{{"hall": {{"text": "{TEXT}", "years": [1934, 1947]}}}}'.encode(),
    "jsonl": lambda: f'{{"text": "{TEXT}"}}\n{{"text": "In the hut."}}\n'.encode(),
    "txt": lambda: f"{TEXT}\n\nAnna Lind lived där från 1931.\n".encode(),
    "png": lambda: saved("PNG"),
    "jpg": lambda: saved("JPEG"),
    "webp": lambda: saved("WEBP"),
    "avif": lambda: saved("AVIF", max_threads=1),
    "gif": lambda: saved("GIF"),
    "tiff": lambda: saved("TIFF", save_all=True, append_images=[_picture().rotate(180)]),
    "bmp": lambda: saved("BMP"),
    "wav": lambda: sound("wav", "pcm_s16le", rate=8000),
    "flac": lambda: sound("flac", "flac"),
    "mp3": lambda: sound("mp3", "libmp3lame"),
    "ogg": lambda: sound("ogg", "vorbis", layout="stereo"),
    "opus": lambda: sound("ogg", "libopus"),
    "m4a": lambda: sound("ipod", "aac"),
    "mp4": lambda: film("mp4", "mpeg4"),
    "mkv": lambda: film("matroska", "mpeg4"),
    "webm": lambda: film("webm", "libvpx"),
}
"""By suffix."""


@cache
def good(suffix: str) -> bytes:
    """The good file of a kind."""
    return BUILDERS[suffix]()
