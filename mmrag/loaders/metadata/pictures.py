"""What cameras and picture programs write into pictures: XMP, IPTC, EXIF, comments.

Source: Exif 3.0 (CIPA DC-008) and IPTC-IIM 4.2, through Pillow.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from PIL import ExifTags, Image, ImageFile, IptcImagePlugin, TiffImagePlugin

from mmrag.loaders.limits import DEFAULT, Limits
from mmrag.loaders.metadata.findings import Findings, Pair
from mmrag.loaders.metadata.xmp import camera_name, xmp_pairs
from mmrag.loaders.pixels import opened

_BASE, _GPS = ExifTags.Base, ExifTags.GPS
_XMP_TAG = 700  # of TIFF
_UTF8 = b"\x1b%G"  # in IPTC's record of character sets
# XMP packet of PNG; elsewhere Pillow has it under "xmp".
_PNG_XMP = "XML:com.adobe.xmp"
_TEXTS = {"Title": "document_title", "Description": "description", "Author": "author"}
_TEXTS |= {"Creation Time": "created", "Comment": "description", "comment": "description"}


def read_picture(path: Path, found: Findings, limits: Limits = DEFAULT) -> None:
    """The fields of a picture; only its header is decoded."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow tells of damage in EXIF by warnings
        with found.part(path, "picture header"), opened(path, limits) as image:
            _read_blocks(path, image, found)


def _read_blocks(path: Path, image: Image.Image, found: Findings) -> None:
    with found.part(path, "XMP block"):
        if packet := _packet(image):
            found.add(xmp_pairs(path, packet))
    with found.part(path, "IPTC block"):
        found.add(_iptc_pairs(image))
    with found.part(path, "EXIF block"):
        found.add(_exif_pairs(image.getexif()))
    with found.part(path, "comment"):
        texts = [(field, image.info.get(key)) for key, field in _TEXTS.items()]
        found.add((field, _text(value)) for field, value in texts if value)


def _packet(image: Image.Image) -> bytes:
    packet = image.info.get("xmp") or image.info.get(_PNG_XMP)
    if packet is None and isinstance(image, TiffImagePlugin.TiffImageFile):
        packet = image.tag_v2.get(_XMP_TAG)
    return packet.encode() if isinstance(packet, str) else bytes(packet or b"")


def _exif_pairs(exif: Image.Exif) -> Iterator[Pair]:
    inner = exif.get_ifd(ExifTags.IFD.Exif)
    for field, tag in (
        ("description", _BASE.ImageDescription),
        ("document_title", _BASE.XPTitle),
        ("description", _BASE.XPComment),
        ("description", _BASE.XPSubject),
        ("author", _BASE.Artist),
        ("author", _BASE.XPAuthor),
        ("keywords", _BASE.XPKeywords),
    ):
        if value := exif.get(tag):
            wide = isinstance(value, bytes) and tag.name.startswith("XP")
            yield field, value.decode("utf-16-le", "replace") if wide else _text(value)
    if comment := inner.get(_BASE.UserComment):
        yield "description", _comment(comment)
    yield "camera", camera_name(*(_text(exif.get(tag)) for tag in (_BASE.Make, _BASE.Model)))
    for field, of, stamp, offset in (
        ("taken", inner, _BASE.DateTimeOriginal, _BASE.OffsetTimeOriginal),
        ("taken", inner, _BASE.DateTimeDigitized, _BASE.OffsetTimeDigitized),
        ("modified", exif, _BASE.DateTime, _BASE.OffsetTime),
    ):
        if written := _text(of.get(stamp)):
            yield field, f"{written}{_text(inner.get(offset))}"
            yield field, written  # an offset that is none must not cost the time
    yield from _position(exif.get_ifd(ExifTags.IFD.GPSInfo))


def _position(gps: Mapping[int, Any]) -> Iterator[Pair]:
    for field, value, side, negative in (
        ("latitude", _GPS.GPSLatitude, _GPS.GPSLatitudeRef, "S"),
        ("longitude", _GPS.GPSLongitude, _GPS.GPSLongitudeRef, "W"),
    ):
        if isinstance(parts := gps.get(value), tuple) and len(parts) == 3:
            degrees, minutes, seconds = map(float, parts)
            at = degrees + minutes / 60 + seconds / 3600
            yield field, -at if _text(gps.get(side)).upper().startswith(negative) else at


def _iptc_pairs(image: Image.Image) -> Iterator[Pair]:
    said = IptcImagePlugin.getiptcinfo(image) if isinstance(image, ImageFile.ImageFile) else None
    if said is None:
        return
    utf8 = said.get((1, 90)) == _UTF8

    def texts(number: int) -> list[str]:
        held = said.get((2, number), [])
        parts = held if isinstance(held, list) else [held]
        return [part.decode("utf-8", "replace") if utf8 else _text(part) for part in parts]

    for field, number in (
        ("document_title", 5),
        ("document_title", 105),  # the headline
        ("description", 120),
        ("author", 80),
        ("keywords", 25),
    ):
        if found := texts(number):
            yield field, found
    if place := ", ".join(part for number in (92, 90, 95, 101) for part in texts(number)):
        yield "place", place
    if day := texts(55):
        yield "taken", f"{day[0]}{''.join(texts(60)[:1])}"
        yield "taken", day[0]


def _comment(raw: object) -> str:
    """EXIF's UserComment: eight bytes that name the characters, then the text."""
    if not isinstance(raw, bytes):
        return _text(raw)
    code, text = raw[:8], raw[8:]
    if code.startswith(b"UNICODE"):
        # the byte order is the file's, which is not known here: ASCII letters tell
        big = text[:2].startswith(b"\0") or text.startswith(b"\xfe\xff")
        return text.decode("utf-16-be" if big else "utf-16-le", "replace").strip("\0\ufeff ")
    return _text(text if code in (b"ASCII\0\0\0", b"\0" * 8, b"JIS\0\0\0\0\0") else raw)


def _text(raw: object) -> str:
    """A text of EXIF or IPTC, which are ASCII by the standard and mostly UTF-8 in practice."""
    if isinstance(raw, tuple):
        raw = raw[0] if raw else ""
    if isinstance(raw, bytes):
        raw = raw.decode("latin-1")
    if not isinstance(raw, str):
        return ""
    try:
        return raw.encode("latin-1").decode().strip("\0 ")
    except UnicodeError:
        return raw.strip("\0 ")
