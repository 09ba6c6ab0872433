"""The generated archive of the grounding benchmark: splits, siblings, and places that are true."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from mmrag.evaluation.questions import read_questions
from pipelines.benchmarks.grounding_archives import read
from pipelines.benchmarks.grounding_files import letters

SCRIPT = Path(__file__).parents[2] / "pipelines" / "make_grounding_world.py"
World = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Written without the programs that speak."""
    target = tmp_path_factory.mktemp("world")
    command = [sys.executable, str(SCRIPT), "--to", str(target)]
    made = subprocess.run(
        command, env={**os.environ, "PATH": ""}, check=True, capture_output=True, text=True
    )
    assert made.stdout.endswith("no recordings\n")
    return target


@pytest.fixture(scope="module")
def world(folder: Path) -> World:
    return {
        name: list(read(folder / f"{name}.jsonl")) for name in ("questions", "claims", "places")
    }


def test_there_is_enough_of_everything_in_both_splits(folder: Path, world: World) -> None:
    assert len(list((folder / "archive").rglob("*.*"))) >= 30
    classes = Counter((row["split"], row["class"]) for row in world["questions"])
    assert classes["test", "answerable"] >= 50
    assert classes["test", "near_miss"] == classes["test", "answerable"]
    assert classes["dev", "near_miss"] == classes["dev", "answerable"] >= 25
    assert min(classes["test", "off_topic"], classes["dev", "off_topic"]) >= 7
    wordings = Counter(row["paraphrase"] for row in world["questions"] if row["answerable"])
    assert 0.4 < wordings[True] / wordings.total() < 0.6
    kinds = Counter(row["kind"] for row in world["claims"] if row["split"] == "test")
    assert len(kinds) == 8
    assert min(kinds.values()) >= 5


def test_users_can_read_the_questions_too(folder: Path, world: World) -> None:
    assert len(read_questions(folder / "questions.jsonl")) == len(world["questions"])


def test_no_document_is_asked_about_in_both_splits(world: World) -> None:
    homes: dict[str, set[str]] = {}
    for row in world["questions"]:
        for source in row["about"]:
            homes.setdefault(source, set()).add(row["split"])
    for claim in world["claims"]:
        for sentence in claim["sentences"]:
            for place in (*sentence["cites"], *sentence["support"]):
                homes[place["source"]].add(claim["split"])
    assert {source: splits for source, splits in homes.items() if len(splits) > 1} == {}


def test_each_near_miss_has_a_sibling_that_is_answered(world: World) -> None:
    rows = {row["id"]: row for row in world["questions"]}
    for row in rows.values():
        if row["class"] != "near_miss":
            continue
        sibling = rows[row["sibling"]]
        assert sibling["answerable"]
        assert (sibling["split"], sibling["paraphrase"]) == (row["split"], row["paraphrase"])
        assert sibling["question"] != row["question"]
        shared = set(sibling["question"].split()) & set(row["question"].split())
        assert len(shared) >= 3, (sibling["question"], row["question"])


def test_each_answer_stands_where_its_label_says(folder: Path, world: World) -> None:
    passages: dict[tuple[str, int | None], str] = {}
    for place in world["places"]:
        key = place["source"], place["page"]
        passages[key] = passages.get(key, "") + letters(place["text"])
    for row in world["questions"]:
        for gold in row["gold"]:
            there = passages[gold["source"], gold["page"]]
            assert any(letters(answer) in there for answer in row["answer"]), row["question"]
    for path in (folder / "archive").rglob("*.pdf"):
        source = path.relative_to(folder / "archive").as_posix()
        document = pypdfium2.PdfDocument(path)
        for number, page in enumerate(document, 1):
            shown = letters(page.get_textpage().get_text_bounded())
            mine = [p for p in world["places"] if (p["source"], p["page"]) == (source, number)]
            assert mine, f"{source} ran over onto page {number}"
            assert all(letters(place["text"]) in shown for place in mine)
        document.close()
