"""EXIF, IPTC, XMP and comments of real picture files."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin
from PIL.TiffImagePlugin import IFDRational

from mmrag.loaders.metadata.fields import Fields
from mmrag.loaders.metadata.reading import metadata_of
from mmrag.loaders.metadata.xmp import LONGEST, camera_name

XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
 xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" xmlns:exif="http://ns.adobe.com/exif/1.0/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 photoshop:City="Åre" exif:GPSLatitude="63,23.94N" exif:GPSLongitude="13,4,30W" xmp:Rating="4">
<dc:title><rdf:Alt><rdf:li xml:lang="sv">Stugan</rdf:li>
<rdf:li xml:lang="x-default">The hut</rdf:li></rdf:Alt></dc:title>
<dc:subject><rdf:Bag><rdf:li>snow</rdf:li><rdf:li>hut</rdf:li></rdf:Bag></dc:subject>
<photoshop:Country>Sweden</photoshop:Country>
<photoshop:DateCreated>1962-05</photoshop:DateCreated>
</rdf:Description></rdf:RDF></x:xmpmeta>"""


@pytest.fixture
def fields(tmp_path: Path) -> Callable[..., Fields]:
    def save(suffix: str = "jpg", **options: object) -> Fields:
        path = tmp_path / f"p.{suffix}"
        Image.new("RGB", (8, 8), "navy").save(path, **options)
        return metadata_of(path)

    return save


def exif(**tags: object) -> Image.Exif:
    found = Image.Exif()
    found[0x010F], found[0x0110] = "FUJIFILM", "X100"
    inner, gps = found.get_ifd(0x8769), found.get_ifd(0x8825)
    inner[0x9003], inner[0x9011] = "2024:05:17 14:03:22", "+02:00"
    gps.update({1: "S", 2: tuple(map(IFDRational, (59, 19, 48)))})
    gps.update({3: "E", 4: tuple(map(IFDRational, (18, 3, 36)))})
    for name, value in tags.items():
        found[getattr(Image.ExifTags.Base, name)] = value
    return found


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "avif"])
def test_a_camera_tells_when_where_and_what(fields: Callable[..., Fields], suffix: str) -> None:
    assert fields(suffix, exif=exif()) == {
        "taken": "2024-05-17T14:03:22+02:00",
        "camera": "FUJIFILM X100",
        "latitude": -59.33,
        "longitude": 18.06,
    }


def test_texts_of_exif_are_read_as_they_were_meant(fields: Callable[..., Fields]) -> None:
    tags = {"ImageDescription": "Åre i maj".encode(), "Artist": "Anna Lind;Erik Berg"}
    found = fields(exif=exif(**tags, XPKeywords="snö;hydda".encode("utf-16-le")))
    assert found["description"] == "Åre i maj"
    assert found["author"] == ["Anna Lind", "Erik Berg"]
    assert found["keywords"] == ["snö", "hydda"]
    latin = fields(exif=exif(ImageDescription="Åre".encode("latin-1")))
    assert latin["description"] == "Åre"


@pytest.mark.parametrize(
    "raw",
    [
        b"ASCII\0\0\0Behind the hut",
        b"UNICODE\0" + "Behind the hut".encode("utf-16-le"),
        b"UNICODE\0" + "Behind the hut".encode("utf-16-be"),
        b"\0" * 8 + b"Behind the hut\0\0\0",
    ],
)
def test_user_comments(fields: Callable[..., Fields], raw: bytes) -> None:
    held = exif()
    held.get_ifd(0x8769)[0x9286] = raw
    assert fields(exif=held)["description"] == "Behind the hut"


def test_clocks_and_receivers_that_were_never_set(fields: Callable[..., Fields]) -> None:
    held = exif()
    held.get_ifd(0x8769).update({0x9003: "0000:00:00 00:00:00", 0x9011: "   :  "})
    gps = held.get_ifd(0x8825)
    gps[2] = (IFDRational(0, 0), IFDRational(0, 0), IFDRational(0, 0))
    assert fields(exif=held) == {"camera": "FUJIFILM X100"}
    held.get_ifd(0x8769)[0x9003] = "2024:05:17 14:03:22"
    assert fields(exif=held)["taken"] == "2024-05-17T14:03:22"  # its offset is none


def test_xmp_is_trusted_before_exif(fields: Callable[..., Fields]) -> None:
    assert fields(exif=exif(ImageDescription="older"), xmp=XMP.encode()) == {
        "document_title": "The hut",
        "description": "older",
        "keywords": ["snow", "hut"],
        "place": "Åre, Sweden",
        "taken": "1962-05",
        "camera": "FUJIFILM X100",
        "latitude": 63.399,
        "longitude": -13.075,
        "rating": 4,
    }


def test_xmp_and_texts_of_png(fields: Callable[..., Fields]) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_itxt("XML:com.adobe.xmp", XMP)
    info.add_itxt("Author", "Karin Nybergå")
    info.add_text("Description", "Of the hut")
    found = fields("png", pnginfo=info)
    assert found["document_title"] == "The hut"
    assert (found["author"], found["description"]) == (["Karin Nybergå"], "Of the hut")


def test_xmp_of_tiff(fields: Callable[..., Fields]) -> None:
    assert fields("tif", tiffinfo={700: XMP.encode()})["place"] == "Åre, Sweden"


def iptc(records: list[tuple[int, int, bytes]]) -> bytes:
    """A JPEG application segment 13 with an IPTC block, as Photoshop writes it."""
    block = b"".join(
        struct.pack(">BBBH", 0x1C, record, number, len(data)) + data
        for record, number, data in records
    )
    resource = b"8BIM" + struct.pack(">HHI", 0x0404, 0, len(block)) + block
    body = b"Photoshop 3.0\0" + resource + b"\0" * (len(block) % 2)
    return b"\xff\xed" + struct.pack(">H", len(body) + 2) + body


@pytest.mark.parametrize("utf8", [True, False])
def test_iptc(tmp_path: Path, utf8: bool) -> None:
    code = "utf-8" if utf8 else "latin-1"
    records = [(1, 90, b"\x1b%G")] if utf8 else []
    records += [
        *((2, 105, b"Storm"), (2, 120, "Åskan över Åre".encode(code)), (2, 25, b"storm")),
        *((2, 25, "blåst".encode(code)), (2, 80, b"Anna Lind"), (2, 90, "Åre".encode(code))),
        *((2, 101, b"Sweden"), (2, 55, b"19560211"), (2, 60, b"143000+0100")),
    ]
    path = tmp_path / "p.jpg"
    Image.new("RGB", (8, 8)).save(path)
    plain = path.read_bytes()
    path.write_bytes(plain[:2] + iptc(records) + plain[2:])
    assert metadata_of(path) == {
        "document_title": "Storm",
        "description": "Åskan över Åre",
        "author": ["Anna Lind"],
        "keywords": ["storm", "blåst"],
        "place": "Åre, Sweden",
        "taken": "1956-02-11T14:30:00+01:00",
    }


BOMB = XMP.replace("<x:xmp", '<!DOCTYPE x [<!ENTITY a "a">]><x:xmp', 1)


@pytest.mark.parametrize(
    "packet", [b"<x:xmpmeta", BOMB.encode(), b"\xff" * 90, b" " * (LONGEST + 1)]
)
def test_a_damaged_block_costs_itself(fields: Callable[..., Fields], packet: bytes) -> None:
    found = fields("webp", exif=exif(ImageDescription="kept"), xmp=packet)
    assert found["description"] == "kept"


def test_exif_that_is_cut_off_costs_itself(fields: Callable[..., Fields], tmp_path: Path) -> None:
    fields(exif=exif(ImageDescription="x" * 200), comment=b"Of the hut")
    path = tmp_path / "p.jpg"
    whole = path.read_bytes()
    start = whole.index(b"Exif\0\0") + 6
    for at in range(start, start + 120, 3):
        path.write_bytes(whole[:at] + b"\xff\xfe\x9d" + whole[at + 3 :])
        assert metadata_of(path).get("description") is not None, at


def test_the_make_is_said_once() -> None:
    assert camera_name("Canon", "Canon EOS 5D") == "Canon EOS 5D"
    assert camera_name("NIKON CORPORATION", "NIKON D90") == "NIKON D90"
    assert camera_name("FUJIFILM\0", "X100") == "FUJIFILM X100"
    assert camera_name("", "X100") == "X100"
