"""`mmrag eval drift` on real indexes of pictures: exit codes, JSON, report, bad input."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from command import Said
from PIL import ImageFilter

from mmrag import MMRagIndex, Settings
from mmrag.evaluation.drift.measures import Limits
from mmrag.evaluation.drift.snapshot import load, save
from mmrag.training.pictures import draw
from mmrag.training.shapes import CONCEPTS, Concept, gallery

QUIET = Settings().with_changes({"ingest.ocr": False, "ingest.asr": False})
WARM = [concept for concept in CONCEPTS if concept.colour in ("red", "orange", "yellow", "green")]
SOME = random.Random(1).choices(WARM, k=64)
"""Drawn with replacement: were each concept there once, nothing old would have its like."""
OLD_TIME, NEW_TIME = 1_700_000_000, 1_760_000_000
"""In November 2023 and October 2025."""


def paint(folder: Path, seed: int, concepts: Iterable[Concept], *, blurred: bool = False) -> Path:
    folder.mkdir()
    for n, item in enumerate(gallery(seed, list(concepts))):
        picture = draw(item, 96)
        if blurred:
            picture = picture.filter(ImageFilter.GaussianBlur(9))
        picture.save(folder / f"{folder.name}-{n}.png")
    return folder


class World:
    """Indexes and folders of pictures, in one place."""

    def __init__(self, root: Path) -> None:
        self.config = root / "mmrag.yaml"
        self.config.write_text("ingest: {ocr: false, asr: false, workers: 0}\n")
        self.old = paint(root / "old", 1, SOME[:40])
        self.same = paint(root / "same", 2, SOME[40:56])
        (self.same / "cut.png").write_bytes(b"\x89PNG\r\n\x1a\n")
        self.blurred = paint(root / "blurred", 3, SOME[48:], blurred=True)
        self.index = root / "index"
        for n, path in enumerate(sorted(self.old.iterdir())):
            time = NEW_TIME if n % 3 == 0 else OLD_TIME
            os.utime(path, (time, time))
        with MMRagIndex(self.index, profile="tiny", settings=QUIET) as index:
            index.index(self.old)
        self.reference = root / "reference.npz"
        self.asked = root / "asked.jsonl"
        self.asked.write_text(
            "".join(json.dumps({"question": str(concept)}) + "\n" for concept in SOME[20:50])
        )

    def drift(self, *arguments: str | Path) -> Said:
        return Said("eval", "drift", "--config", self.config, "--space", "tiny", *arguments)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, one_thread: None) -> World:
    made = World(tmp_path_factory.mktemp("world"))
    saved = made.drift(
        "--index", made.index, "--save-reference", made.reference, "--questions", made.asked
    )
    assert saved.code == 0, saved.err
    return made


def test_more_of_the_same_is_stable_with_a_reference_alone(world: World) -> None:
    done = world.drift(world.same, "--reference", world.reference, "--json")
    assert (done.json["drift"], done.json["alarms"]) == (False, [])
    (pictures,) = done.json["compared"]
    assert (pictures["space"], pictures["kind"]) == ("tiny", "image")
    assert pictures["old"] == {"items": 40, "documents": 40, "of": 40}
    assert pictures["new"] == {"items": 16, "documents": 16, "of": 16}
    # stable, but not all of it was looked at
    assert [row["source"] for row in done.json["failed"]] == ["cut.png"]
    assert "cut.png could not be read" in done.err
    assert done.code == 3


def test_blurred_pictures_are_drift_and_a_report_says_where(world: World, tmp_path: Path) -> None:
    done = world.drift(world.blurred, "--index", world.index, "--report", tmp_path / "out")
    assert done.code == 4, done.err
    assert "drift: tiny, image: discrepancy" in done.out
    assert (tmp_path / "out" / "drift.png").stat().st_size > 10_000
    report = (tmp_path / "out" / "drift.md").read_text()
    assert report.startswith("# Drift\n\n**Drift: ")
    assert "| discrepancy |" in report
    assert "sparse spaces are left out: bm25, ngram" in report


def test_what_an_index_holds_is_parted_by_the_time_of_its_files(world: World) -> None:
    done = world.drift("--index", world.index, "--since", "2025-01-01", "--json", "--max-auc", "1")
    assert done.code == 0, done.err
    assert "changed since 2025-01-01 00:00" in done.json["now"]
    assert done.json["limits"] == {**asdict(Limits()), "auc": 1.0}
    (pictures,) = done.json["compared"]
    assert (pictures["old"]["documents"], pictures["new"]["documents"]) == (26, 14)


def test_questions_are_compared_with_those_of_the_reference(world: World, tmp_path: Path) -> None:
    same, other = tmp_path / "same.jsonl", tmp_path / "other.jsonl"
    same.write_text("".join(json.dumps({"question": str(c)}) + "\n" for c in SOME[:20]))
    other.write_text(
        "".join(json.dumps({"question": f"invoice {n} of the plumber"}) + "\n" for n in range(20))
    )
    assert world.drift("--reference", world.reference, "--questions", same).code == 0
    done = world.drift("--reference", world.reference, "--questions", other, "--json")
    assert done.code == 4
    assert all(line.startswith("tiny, questions: ") for line in done.json["alarms"])


def test_bad_input_is_one_line_that_says_what_to_do(world: World, tmp_path: Path) -> None:
    few = paint(tmp_path / "few", 9, WARM[:4])
    for arguments, words in (
        ((few, "--index", world.index), "4 new documents, and it takes 10"),
        ((few, "--reference", world.asked), "is damaged or no reference"),
        ((few, "--reference", tmp_path / "none.npz"), "No such file"),
        ((few, "--reference", world.reference, "--space", "clap"), "'clap' is not there"),
        (("--new", world.index, "--reference", world.reference), "40 of 40 documents were stored"),
        (("--index", world.index, "--questions", world.asked), "keeps no earlier questions"),
        (("--index", world.index, "--since", "2030-01-01"), "none was changed since"),
        (("--index", world.index, "--since", "2000-01-01"), "none was changed before"),
        (("--index", tmp_path / "none", "--new", world.index), "no index at"),
    ):
        assert words in world.drift(*arguments).refusal
    for arguments in (
        (),
        (few, "--new", world.index),
        (few, "--save-reference", tmp_path / "out.npz"),
        ("--since", "yesterday"),
    ):
        assert world.drift(*arguments).code == 2
    assert not (tmp_path / "out.npz").exists()


def test_a_reference_of_another_revision_is_refused(world: World, tmp_path: Path) -> None:
    held = load(world.reference)
    rows = [replace(row, revision="before") for row in held.models]
    save(replace(held, models=tuple(rows)), tmp_path / "before.npz")
    said = world.drift("--new", world.index, "--reference", tmp_path / "before.npz").refusal
    assert "another model is a change of its own" in said
