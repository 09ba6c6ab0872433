"""Metadata sidecars: JSON of all kinds, XMP, and what cannot be used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mmrag.errors import LoadError
from mmrag.loaders.metadata.fields import Fields, collected
from mmrag.loaders.metadata.json_fields import VALUES, json_pairs
from mmrag.loaders.metadata.reading import LARGEST, metadata_of, read_metadata
from mmrag.loaders.sidecars import find_sidecars
from mmrag.loaders.sniff import sniff

TAKEOUT = {
    "title": "hut.jpg",
    "description": "Anna at the hut",
    "imageViews": "12",
    "creationTime": {"timestamp": "1717000000", "formatted": "29 May 2024"},
    "photoTakenTime": {"timestamp": "1715947402", "formatted": "17 May 2024"},
    "geoData": {"latitude": 0.0, "longitude": 0.0, "altitude": 0.0},
    "geoDataExif": {"latitude": 63.4, "longitude": 13.1, "altitude": 900.0},
    "people": [{"name": "Anna Lind"}, {"name": "Erik Berg"}],
    "url": "https://photos.google.com/photo/x",
}


def said(tree: object) -> Fields:
    return collected(json_pairs(Path("hut.jpg.json"), json.dumps(tree).encode(), of="hut.jpg"))


def test_google_takeout() -> None:
    assert said(TAKEOUT) == {
        "description": "Anna at the hut",
        "people": ["Anna Lind", "Erik Berg"],
        "taken": "2024-05-17T12:03:22+00:00",
    } | {"latitude": 63.4, "longitude": 13.1}


@pytest.mark.parametrize(
    ("tree", "fields"),
    [
        ({"title": "The hut"}, {"document_title": "The hut"}),
        ({"tags": "snow, hut"}, {"keywords": ["snow", "hut"]}),
        ({"date": "2024-05"}, {"taken": "2024-05"}),
        ({"date": 2024}, {"taken": "2024"}),
        ({"date": 20240517}, {"taken": "2024-05-17"}),
        ({"timestamp": 1715947402}, {"taken": "2024-05-17T12:03:22+00:00"}),
        ({"gps": {"lat": 59.33, "lng": 18.06}}, {"latitude": 59.33, "longitude": 18.06}),
        ({"geo": "59.33, 18.06"}, {"latitude": 59.33, "longitude": 18.06}),
        ({"geo": [59.33, 18.06]}, {"latitude": 59.33, "longitude": 18.06}),
        ({"location": "Åre"}, {"place": "Åre"}),
        ({"DateTimeOriginal": "2024:05:17 14:03:22"}, {"taken": "2024-05-17T14:03:22"}),
        ({"project": {"name": "Ridge", "id": 7}}, {"project.name": "Ridge", "project.id": 7}),
        ({"a": {"b": {"c": {"d": 1, "e": {"f": 2}}}}}, {"a.b.c.d": 1}),
        ({"source": "x", "tenant": "x", "fields": ["a"], "_node_id": 1, "ok": True}, {"ok": True}),
        ({"n": None, "x": [], "y": [{}], "z": [[1]]}, {}),
    ],
)  # fmt: skip
def test_flat_and_nested(tree: dict[str, Any], fields: Fields) -> None:
    assert said(tree) == fields


@pytest.mark.parametrize(
    "data",
    [
        *(b"[1, 2]", b'"a"', b"{", b"\xff\xfe{", b"[" * 100_000, b'{"a":' * 100_000),
        json.dumps({str(n): n for n in range(VALUES + 1)}).encode(),
        b'{"a": ' + b"9" * 5000 + b"}",
    ],
)
def test_what_cannot_be_used_leaves_a_note_and_the_picture(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "hut.jpg"
    Image.new("RGB", (8, 8)).save(path, comment="Of the hut")
    (tmp_path / "hut.jpg.json").write_bytes(data)
    sidecars = find_sidecars(path, ["hut.jpg.json"])
    read = read_metadata(path, sniff(path), sidecars)
    assert read.fields == {"description": "Of the hut"}
    (note,) = read.notes
    assert note.startswith("hut.jpg.json is not used: ") and str(tmp_path) not in note


@pytest.mark.parametrize(
    ("size", "reason"), [(0, "is empty"), (LARGEST + 1, f"has more than {LARGEST} bytes")]
)
def test_there_is_a_limit(tmp_path: Path, size: int, reason: str) -> None:
    path = tmp_path / "hut.jpg"
    Image.new("RGB", (8, 8)).save(path)
    (tmp_path / "hut.jpg.xmp").write_bytes(b" " * size)
    read = read_metadata(path, sniff(path), find_sidecars(path, ["hut.jpg.xmp"]))
    assert read.notes == (f"hut.jpg.xmp is not used: {reason}",)


def test_a_sidecar_is_trusted_before_the_file(tmp_path: Path) -> None:
    path = tmp_path / "hut.jpg"
    Image.new("RGB", (8, 8)).save(path, comment="from a program")
    (tmp_path / "hut.jpg.json").write_text('{"description": "by hand", "camera": "X100"}')
    (tmp_path / "hut.xmp").write_text(
        "<r:RDF xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><r:Description "
        "xmlns:p='http://ns.adobe.com/photoshop/1.0/' p:City='Åre' p:Headline='Snow'/></r:RDF>",
        encoding="utf-8",
    )
    sidecars = find_sidecars(path, ["hut.jpg.json", "hut.xmp"])
    assert metadata_of(path, sidecars) == {
        "description": "by hand",
        "camera": "X100",
        "place": "Åre",
        "document_title": "Snow",
    }
    assert "place" not in metadata_of(path, sidecars, keep="no-place")
    assert metadata_of(path, sidecars, keep="none") == {}


@given(st.recursive(st.none() | st.floats() | st.text() | st.integers(),
                    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))  # fmt: skip
def test_any_json_gives_fields_or_a_reason(tree: object) -> None:
    try:
        said(tree)
    except LoadError as exc:
        assert "\n" not in exc.reason
