"""`mmrag classify` as a user has it: files, folders, labels that are known, an index, bad input."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest
from command import Said
from PIL import Image

from mmrag.training.pool import write_items
from mmrag.training.shapes import CONCEPTS, gallery

TINY = Path(__file__).parents[1] / "data" / "tiny"
NAMES = ("red circle", "blue cross", "green ring")


@pytest.fixture(scope="module", autouse=True)
def _one_thread(one_thread: None) -> None:
    """The model is tiny."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder a label with two pictures and two sounds each, and a picture that is broken."""
    raw, folder = tmp_path_factory.mktemp("raw"), tmp_path_factory.mktemp("world")
    concepts = [c for c in CONCEPTS if f"{c.colour} {c.shape}" in NAMES]
    for item in write_items(gallery(5, concepts), raw, side=64):
        place = folder / f"{item.item.concept.colour} {item.item.concept.shape}"
        place.mkdir(exist_ok=True)
        shutil.copy(item.picture, place)
        shutil.copy(item.sound, place)
    (folder / "red circle" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    return folder


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("config") / "mmrag.yaml"
    path.write_text("ingest: {workers: 0, ocr: false, asr: false}\n")
    return path


def classify(config: Path, *arguments: str | Path) -> Said:
    return Said("classify", *arguments, "--config", config)


def test_a_labelled_folder_is_compared_and_a_bad_file_costs_itself(
    world: Path, config: Path, tmp_path: Path
) -> None:
    (tmp_path / "labels.txt").write_text("\n".join(NAMES))
    outputs = ("--csv", tmp_path / "o.csv", "--sheet", tmp_path / "s.png", "--report", tmp_path)
    given = (world, "--labels-file", tmp_path / "labels.txt", "--model", TINY)
    done = classify(config, *given, "--evaluate", *outputs, "--json", "--top", "2")
    assert done.code == 3
    assert [Path(row["path"]).name for row in done.json["failed"]] == ["broken.png"]
    assert "not a picture" in done.json["failed"][0]["reason"]
    found = done.json["evaluation"]
    assert found["items"] == len(done.json["files"]) == 12
    assert found["accuracy"]["mean"] >= 0.9
    assert found["modalities"].keys() == {"audio", "image"}
    assert json.loads((tmp_path / "evaluation.json").read_text())["accuracy"] == found["accuracy"]
    assert Image.open(tmp_path / "confusion.png").width > 300
    rows = list(csv.DictReader((tmp_path / "o.csv").open(encoding="utf-8")))
    assert len(rows) == 13
    assert [row["path"] for row in rows] == sorted(row["path"] for row in rows)
    for row in rows:
        if row["error"]:
            assert (row["label_1"], row["modality"]) == ("", "")
        else:
            assert row["label_1"] == Path(row["path"]).parent.name
            assert float(row["probability_1"]) > float(row["probability_2"])
    sheet = Image.open(tmp_path / "s.png").convert("RGB")
    assert sheet.size == (6 * 192 + 16, 2 * 254 + 16)  # twelve tiles in two rows
    shown = classify(config, *given, "--evaluate")
    assert shown.code == 3
    assert "accuracy" in shown.out and "among the first 2" in shown.out
    assert "broken.png" in shown.out


def test_texts_are_told_by_what_they_say_and_not_by_their_names(
    config: Path, tmp_path: Path
) -> None:
    for folder, words in (("weather", "The goat ate hay."), ("animals", "A gale and snow.")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"{folder}.txt").write_text(words)
    done = classify(config, tmp_path, "--labels", "weather, animals", "--json")
    assert done.code == 0
    best = {Path(row["path"]).name: row["labels"][0]["label"] for row in done.json["files"]}
    assert best == {"weather.txt": "animals", "animals.txt": "weather"}


def test_labels_that_stand_alone_say_whether_they_were_fitted(
    world: Path, config: Path, tmp_path: Path
) -> None:
    given = ("--labels", ",".join(NAMES), "--model", TINY, "--multi-label")
    bare = classify(config, world, *given, "--json")
    assert bare.json["calibrated"] is False
    assert "not calibrated" in classify(config, world / "green ring", *given).out
    (tmp_path / "truth.csv").write_text(
        "path,label\n" + "".join(f"{p},{p.parent.name}\n" for p in world.rglob("*.*"))
    )
    kept = tmp_path / "fitted.json"
    fitted = classify(config, world, *given, "--calibrate", kept, "--truth", tmp_path / "truth.csv")
    assert fitted.code == 3 and str(kept) in "".join(fitted.out.split("\n"))
    assert {row["modality"] for row in json.loads(kept.read_text())["calibrations"]} == {
        "image",
        "audio",
    }
    done = classify(config, world, *given, "--calibration", kept, "--json")
    assert done.json["calibrated"] is True
    for row in done.json["files"]:
        chances = {one["label"]: one["probability"] for one in row["labels"]}
        assert chances[Path(row["path"]).parent.name] > 0.5
        assert sum(chance > 0.5 for chance in chances.values()) == 1


def test_an_index_is_labelled_and_its_labels_narrow_a_search(
    world: Path, config: Path, tmp_path: Path
) -> None:
    place = ("--index", tmp_path / "index", "--config", config)
    assert Said("index", world, "--profile", "tiny", *place).code == 3
    done = Said("classify", "--labels", "red,blue,green", *place, "--json")
    assert (done.code, done.json["looked_at"], done.json["changed"]) == (0, 12, 12)
    assert Said("classify", "--labels", "red,blue,green", *place, "--json").json["changed"] == 0
    found = Said(
        "search", "a shape", "--where", "predicted_labels=red", "-k", "20", *place, "--json"
    )
    assert {hit["source"].split("/")[0] for hit in found.json["hits"]} == {"red circle"}
    assert all(hit["metadata"]["predicted_labels"] == ["red"] for hit in found.json["hits"])
    assert "no labels to choose from" in Said("classify", *place).refusal
    assert (
        "there is: text, tiny"
        in Said("classify", "--labels", "a,b", "--space", "clip", *place).refusal
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--labels", "red"), "one label, 'red', is no choice"),
        (("--labels", "red,Red"), "there twice"),
        (("--labels", "red,,blue"), "a label is empty"),
        (("--labels", "a,b", "--template", "none"), "must have {} once"),
        (("--labels", "a,b", "--space", "clip"), "no space 'clip'"),
        (("--labels", "a,b"), "no model in use takes"),
        ((), "no labels to choose from"),
        (("--labels", "a,b", "--evaluate"), "3 classes of the files are not among the labels"),
        (("--labels", "a,b", "--evaluate", "--multi-label"), "leave --multi-label away"),
        (("--labels", "a,b", "--calibrate", "c.json"), "add --multi-label"),
        (("--labels", "a,b", "--csv", "none/x.csv"), "there is no folder none"),
    ],
)
def test_bad_input_is_one_line(
    world: Path, config: Path, arguments: tuple[str, ...], told: str
) -> None:
    assert told in classify(config, world, *arguments).refusal


def test_bad_places(world: Path, config: Path, tmp_path: Path) -> None:
    labels = ("--labels", "a,b")
    assert "nothing to classify" in classify(config, tmp_path, *labels).refusal
    assert "no such file or folder" in classify(config, tmp_path / "none", *labels).refusal
    assert "is not on this machine" in classify(config, "https://example.org/a", *labels).refusal
    bad = tmp_path / "labels.yaml"
    bad.write_text("red: x\nRED: y\n")
    assert "line 2" in classify(config, world, "--labels-file", bad).refusal


@pytest.mark.parametrize(
    "arguments",
    [
        ("--labels", "a,b"),
        ("x", "--labels", "a,b", "--labels-file", "f"),
        ("x", "--labels", "a,b", "--index", "i"),
        ("x", "--labels", "a,b", "--truth", "t.csv"),
        ("x", "--labels", "a,b", "--min-probability", "0.5"),
        ("x", "--labels", "a,b", "--model", "m", "--profile", "tiny"),
        ("--index", "i", "--labels", "a,b", "--csv", "x.csv"),
    ],
)
def test_options_that_do_not_go_together(arguments: tuple[str, ...]) -> None:
    assert Said("classify", *arguments).code == 2
