"""Depth, heat and motion from file to search result, by the command line; true vectors."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from command import Said
from PIL import Image

from mmrag import MMRagIndex, Settings
from mmrag.training.pool import Sensed, Written, write_items, write_sensed
from mmrag.training.shapes import CONCEPTS, gallery

QUIET = Settings().with_changes({"ingest.ocr": False, "ingest.asr": False})
ITEMS = gallery(41, [concept for concept in CONCEPTS if concept.seen][::25])
KINDS = {"text", "image", "audio", "depth", "thermal", "imu"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Written], list[Sensed], Path]:
    """Four items in six modalities; every name but the number is gone from the files."""
    folder = tmp_path_factory.mktemp("world")
    return write_items(ITEMS, folder), write_sensed(ITEMS, folder), folder


@pytest.fixture(scope="module")
def place(
    world: tuple[list[Written], list[Sensed], Path], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    path = tmp_path_factory.mktemp("made") / "index"
    with MMRagIndex(path, profile="tiny", settings=QUIET) as index:
        report = index.index(world[2])
        assert not report.failed
    return path


def hits(place: Path, *arguments: str | Path) -> list[dict[str, object]]:
    said = Said("search", *arguments, "--index", place, "--json")
    assert said.code == 0, said.err
    found: list[dict[str, object]] = said.json["hits"]
    return found


def number(hit: dict[str, object]) -> str:
    return Path(str(hit["source"])).name.partition(".")[0]


def test_any_file_finds_its_own_in_all_six(
    world: tuple[list[Written], list[Sensed], Path], place: Path
) -> None:
    written, sensed, _ = world
    for row in (0, 3):
        files = [
            *(written[row].picture, written[row].sound),
            *(sensed[row].depth, sensed[row].thermal, sensed[row].imu),
        ]
        for file in files:
            best = hits(place, "--like", file, "-k", "6")
            assert {number(hit) for hit in best} == {f"{row + 1:04d}"}, file.name
            assert {hit["modality"] for hit in best} == KINDS


def test_words_find_sensors_by_meaning_and_by_what_was_measured(place: Path) -> None:
    for modality in ("depth", "thermal", "imu"):
        best, *_ = hits(place, str(ITEMS[3].concept), "--modality", modality)
        assert (number(best), best["modality"]) == ("0004", modality)
    measured = hits(place, "motion recording shaking", "--modality", "imu,text")
    assert {hit["modality"] for hit in measured[:3]} == {"imu"}
    assert (measured[0]["start_ms"], measured[0]["end_ms"]) == (0, 5000)


def test_what_cannot_be_searched_by_is_told(
    world: tuple[list[Written], list[Sensed], Path], place: Path, tmp_path: Path
) -> None:
    refused = Said("search", "--like", world[0][0].note, "--index", place).refusal
    assert "is a file of text; search by some words of it" in refused
    assert "no such file" in Said("search", "--like", "gone.npy", "--index", place).refusal
    np.save(tmp_path / "a.npy", np.ones((4, 4)))
    refused = Said("search", "--like", tmp_path / "a.npy", "--index", place).refusal
    assert "nothing says of what" in refused
    with MMRagIndex(tmp_path / "words", profile="offline", settings=QUIET) as index:
        index.index(world[2] / "notes")
    refused = Said("search", "--like", world[1][0].imu, "--index", tmp_path / "words").refusal
    assert "no space to search by imu; add one with: mmrag index --add-space" in refused


def test_a_sidecar_that_changes_the_unit_is_read_anew(
    world: tuple[list[Written], list[Sensed], Path], tmp_path: Path
) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    shutil.copy(world[1][0].depth, folder / "room.depth.png")
    with MMRagIndex(tmp_path / "index", profile="offline", settings=QUIET) as index:
        index.index(folder)
        before = index.search("depth map").hits[0].text
        (folder / "room.depth.png.json").write_text(json.dumps({"unit": "cm"}))
        report = index.index(folder)
        after = index.search("depth map").hits[0].text
    assert not report.failed
    assert before != after
    far = [float(text.split(" to ")[1].split(" m")[0]) for text in (before, after)]
    assert far[1] == pytest.approx(10 * far[0], rel=0.1)


def test_in_an_archive_the_name_tells_the_sensor(
    world: tuple[list[Written], list[Sensed], Path], tmp_path: Path
) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    Image.new("L", (9, 9)).save(folder / "dot.png")
    with zipfile.ZipFile(folder / "all.zip", "w") as archive:
        archive.write(world[1][0].depth, "in/room.depth.png")
        archive.write(folder / "dot.png", "in/dot.png")
    with MMRagIndex(tmp_path / "index", profile="offline", settings=QUIET) as index:
        assert not index.index(folder).failed
        (found,) = index.search("depth map", modalities=["depth"]).hits
    assert found.source.endswith("in/room.depth.png")
