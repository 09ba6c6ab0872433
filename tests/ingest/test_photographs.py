"""Photographs found by when, where and with what they were taken, and by what was written there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from mmrag import MMRagIndex
from mmrag.config import load_settings

PHOTOS = {
    # name, time, north and east, camera, description
    "a.jpg": ("2024:04:30 23:59:59", (59, 18), "Canon EOS 5D", "Anna waxes the skis"),
    "b.jpg": ("2024:05:01 00:00:00", (59, 18), "FUJIFILM X100", "Erik mends the mast"),
    "c.jpg": ("2024:08:31 23:59:59", (63, 13), "FUJIFILM X100", ""),
}


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    for name, (taken, (north, east), camera, description) in PHOTOS.items():
        exif = Image.Exif()
        exif[0x0110], exif[0x010E] = camera, description
        # by the clock in Greenwich it was still April when the second was taken
        exif.get_ifd(0x8769).update({0x9003: taken, 0x9011: "+02:00"})
        degrees = {2: (north, 0, 0), 4: (east, 0, 0)}
        gps = {tag: tuple(map(IFDRational, value)) for tag, value in degrees.items()}
        exif.get_ifd(0x8825).update({1: "N", 3: "E", **gps})
        Image.new("RGB", (32, 32), ord(name[0])).save(folder / name, exif=exif)
    (folder / "notes.md").write_text("# Mast\nThe mast was mended by somebody in May.\n")
    return folder


@pytest.fixture(scope="module")
def index(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MMRagIndex]:
    settings = load_settings(None, {"ingest.ocr": False, "ingest.workers": 0})
    place = tmp_path_factory.mktemp("made") / "index"
    with MMRagIndex(place, profile="offline", settings=settings) as made:
        assert made.index(photos).counts == {"indexed": 4}
        yield made


def found(index: MMRagIndex, **narrowed: object) -> set[str]:
    return {hit.source for hit in index.search("mast", **narrowed).hits}  # type: ignore[arg-type]


def test_by_time_on_the_wall_where_it_was(index: MMRagIndex) -> None:
    assert found(index, taken=("2024-05", "2024-08")) == {"b.jpg", "c.jpg"}
    assert found(index, taken=("2024-04-30", "2024-04-30")) == {"a.jpg"}
    assert found(index, taken=("2023", "2023")) == set()


def test_by_place(index: MMRagIndex) -> None:
    assert found(index, near=(59.1, 18.0, 25.0)) == {"a.jpg", "b.jpg"}
    assert found(index, near=(63.0, 13.0, 0.1), taken=("2024", "2024")) == {"c.jpg"}


def test_by_camera(index: MMRagIndex) -> None:
    assert found(index, where={"camera": "FUJIFILM X100"}) == {"b.jpg", "c.jpg"}


def test_by_what_was_written_and_cited_as_that(index: MMRagIndex) -> None:
    best = index.search("who waxes skis").hits[0]
    assert (best.source, best.modality) == ("a.jpg", "image")
    assert best.text == "Description: Anna waxes the skis\nTaken: 2024-04-30 23:59:59+02:00"
    assert best.as_dict()["metadata"] == {
        "camera": "Canon EOS 5D",
        "description": "Anna waxes the skis",
        "latitude": 59.0,
        "longitude": 18.0,
        "taken": "2024-04-30T23:59:59+02:00",
    }
    answer = index.ask("Who waxes the skis?")
    assert [(c.source, c.kind) for c in answer.citations] == [("a.jpg", "metadata")]


def test_answers_can_be_narrowed_too(index: MMRagIndex) -> None:
    asked = "Who mends the mast?"
    assert "Erik" in index.ask(asked, taken=("2024-05", "2024-05")).text
    assert index.ask(asked, near=(63.0, 13.0, 1.0)).abstained
