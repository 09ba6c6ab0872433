"""XMP packets, in a picture or beside a file: Dublin Core, Photoshop, EXIF and IPTC properties.

Source: ISO 16684-1 (XMP, parts 7 and 8) and the IPTC Photo Metadata Standard 2024.1. Pillow's own
`getxmp` gives the tree as dicts whose shape follows the writer's spelling; here are properties.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from mmrag.errors import CorruptFile, LimitExceeded
from mmrag.loaders.metadata.findings import Pair

LONGEST = 4 << 20
"""Bytes of a packet; history and thumbnails that some programs keep in it can be large."""

_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_DC = "{http://purl.org/dc/elements/1.1/}"
_XMP = "{http://ns.adobe.com/xap/1.0/}"
_PHOTOSHOP = "{http://ns.adobe.com/photoshop/1.0/}"
_EXIF = "{http://ns.adobe.com/exif/1.0/}"
_TIFF = "{http://ns.adobe.com/tiff/1.0/}"
_IPTC = "{http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/}"
_IPTC_EXT = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}"
_DYNAMIC = "{http://ns.adobe.com/xmp/1.0/DynamicMedia/}"

# Field, and the property that says it; the better one first.
_FIELDS = (
    ("document_title", f"{_DC}title"),
    ("document_title", f"{_PHOTOSHOP}Headline"),
    ("description", f"{_DC}description"),
    ("author", f"{_DC}creator"),
    ("people", f"{_IPTC_EXT}PersonInImage"),
    ("keywords", f"{_DC}subject"),
    ("album", f"{_DYNAMIC}album"),
    ("genre", f"{_DYNAMIC}genre"),
    ("taken", f"{_EXIF}DateTimeOriginal"),
    ("taken", f"{_PHOTOSHOP}DateCreated"),
    ("taken", f"{_XMP}CreateDate"),
    ("modified", f"{_XMP}ModifyDate"),
)
_PLACE = (f"{_IPTC}Location", *(f"{_PHOTOSHOP}{name}" for name in ("City", "State", "Country")))
_DEGREES = re.compile(r"(\d{1,3}),(\d{1,2}(?:\.\d+)?)(?:,(\d{1,2}(?:\.\d+)?))?([NSEW])")


def xmp_pairs(path: Path, packet: bytes) -> Iterator[Pair]:
    """The fields of a packet.

    Args:
        path: only names the file in an error.

    Raises:
        LimitExceeded: more than `LONGEST` bytes.
        CorruptFile: no XML, or with entities of its own.
    """
    if len(packet) > LONGEST:
        raise LimitExceeded(path, f"has {len(packet)} bytes of XMP; the limit is {LONGEST}")
    try:
        root: Element = fromstring(packet.strip(b"\0 \t\r\n"), forbid_dtd=True)
    except DefusedXmlException as exc:
        raise CorruptFile(path, "holds XMP with a DTD, which XMP never has") from exc
    said = _properties(root)
    for name, found in _FIELDS:
        if value := said.get(found):
            yield name, value if len(value) > 1 else value[0]
    if place := ", ".join(said[found][0] for found in _PLACE if said.get(found)):
        yield "place", place
    camera = [said[f"{_TIFF}{name}"][0] for name in ("Make", "Model") if f"{_TIFF}{name}" in said]
    yield "camera", camera_name(*camera)
    if (stars := said.get(f"{_XMP}Rating", [""])[0]).isdecimal():
        yield "rating", int(stars)
    for name in ("Latitude", "Longitude"):
        if value := said.get(f"{_EXIF}GPS{name}"):
            yield name.lower(), _degrees(value[0])


def camera_name(make: str = "", model: str = "") -> str:
    """Make and model, the make once: ("Canon", "Canon EOS 5D") -> "Canon EOS 5D"."""
    make, model = make.strip("\0 "), model.strip("\0 ")
    brand = make.split(" ")[0].casefold()
    return model if brand and model.casefold().startswith(brand) else f"{make} {model}".strip()


def _properties(root: Element) -> dict[str, list[str]]:
    """The texts of each simple, list or language-alternative property, by its qualified name."""
    found: dict[str, list[str]] = {}
    for description in root.iter(f"{_RDF}Description"):
        for name, value in description.attrib.items():
            if value.strip():
                found.setdefault(name, [value])
        for child in description:
            if texts := _texts(child):
                found.setdefault(child.tag, texts)
    return found


def _texts(element: Element) -> list[str]:
    items = list(element.iter(f"{_RDF}li"))
    if not items:
        return [element.text] if element.text and element.text.strip() else []
    spoken = [item for item in items if item.get(_LANG) == "x-default"]
    if not spoken and element.find(f"{_RDF}Alt") is not None:
        spoken = items[:1]
    return [item.text for item in spoken or items if item.text and item.text.strip()]


def _degrees(written: str) -> float | None:
    """ "59,19.8N" or "59,19,48N" as degrees; south and west are negative."""
    found = _DEGREES.fullmatch(written.strip())
    if found is None:
        return None
    value = int(found[1]) + float(found[2]) / 60 + float(found[3] or 0) / 3600
    return -value if found[4] in "SW" else value
