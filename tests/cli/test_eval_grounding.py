"""`mmrag eval grounding`: what is measured, proposed and written, and bad input."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml
from command import Said
from PIL import Image

from mmrag import MMRagIndex, load_settings

run = partial(Said, "eval", "grounding")

ASKED: tuple[tuple[str, str, str | None, list[str]], ...] = (
    ("When was the aneroid barometer bought?", "fact", "notes.md", ["1934"]),
    ("How high does the hut stand?", "fact", "notes.md", ["1204"]),
    ("Who lived at the station from 1931 until 1947?", "fact", "notes.md", ["Anna Lind"]),
    ("What was the mean temperature in January?", "table", "tables/climate.csv", ["-12.4"]),
    ("How deep was the snow in January?", "table", "tables/climate.csv", []),
    ("How do I change the toner of an office printer?", "off", None, []),
    ("Which vaccines does a puppy need?", "off", None, []),
    ("Who painted the ceiling of the Sistine Chapel?", "off", None, []),
)


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def made(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("grounded") / "index"
    settings = load_settings(changes={"ingest.ocr": False, "ingest.asr": False})
    with MMRagIndex(place, profile="offline", settings=settings) as index:
        index.index(folder)
    return place


def written(path: Path, *rows: Mapping[str, Any]) -> Path:
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    rows = (
        {
            "question": words,
            "kind": kind,
            "answerable": source is not None,
            "gold": [{"source": source}] if source else [],
            "answer": answer,
        }
        for words, kind, source, answer in ASKED
    )
    return written(tmp_path / "q.jsonl", *rows)


def test_measured_proposed_written_and_reported(made: Path, questions: Path) -> None:
    Path("mine.yaml").write_text("answer: {abstain_below: 0.999, sources: 6}\n")
    arguments = ("--questions", questions, "--index", made, "--folds", "4")
    said = run(
        *(*arguments, "--config", "mine.yaml", "--write", "mine.yaml"),
        *("--report", "told", "--json"),
    )
    assert said.code == 0, said.err
    found = said.json
    assert (found["questions"], found["answerable"], found["threshold"]) == (8, 5, 0.999)
    assert found["measures"]["over_refusal"]["mean"] == 1.0  # nothing is as sure as that
    assert found["measures"]["abstain_precision"]["mean"] == pytest.approx(3 / 8)
    assert found["kinds"]["off"] == {"questions": 3, "refused": 3, "correct": 0}
    proposed = found["proposal"]
    assert proposed["in_use"]["coverage"] == 0.0
    assert proposed["chosen_on"]["balanced"] > 0.85
    assert proposed["helps"]
    assert found["written"] == "mine.yaml"
    threshold = proposed["abstain_below"]
    assert yaml.safe_load(Path("mine.yaml").read_text())["answer"] == {
        "abstain_below": threshold,
        "sources": 6,
    }
    coverages = [row["coverage"] for row in found["curve"]]
    assert coverages == sorted(coverages, reverse=True)
    assert coverages[-1] == 0.0

    text = Path("told/grounding.md").read_text(encoding="utf-8")
    assert "## By kind of question" in text
    assert f"abstain_below: {threshold:g}" in text
    with Image.open("told/grounding.png") as picture:
        assert picture.width > 1000

    # what was proposed is what it measures once it is set
    again = run(*arguments, "--config", "mine.yaml", "--json").json
    assert again["threshold"] == pytest.approx(threshold, abs=1e-6)
    refused = 1 - again["measures"]["abstain_recall"]["mean"]
    answered = 1 - again["measures"]["over_refusal"]["mean"]
    assert (answered + 1 - refused) / 2 == pytest.approx(proposed["chosen_on"]["balanced"])


def test_for_people(made: Path, questions: Path) -> None:
    said = run("--questions", questions, "--index", made, "--max-error", "0.5", "--folds", "2")
    assert said.code == 0, said.err
    lines = said.out.splitlines()
    assert lines[0] == "8 questions, 5 of them answerable; threshold in use: 0.5"
    assert any(line.split()[:2] == ["off", "(3*)"] for line in lines)
    assert '1 questions name no "answer"' in said.err
    pasted = yaml.safe_load(said.out[said.out.index("\nanswer:") :])
    assert 0 <= pasted["answer"]["abstain_below"] < 1
    assert max(map(len, lines)) <= 90
    assert list(Path().glob("*.yaml")) == []


def test_a_bound_that_nothing_keeps(made: Path, tmp_path: Path) -> None:
    wrong = {"question": "How high does the hut stand?", "gold": [{"source": "poster.png"}]}
    rows = [{**wrong, "answer": "9 m"}, {"question": "And in 2050?", "answerable": False}]
    file = written(tmp_path / "wrong.jsonl", *rows)
    options = ("--index", made, "--folds", "2", "--max-error", "0")
    said = run("--questions", file, *options, "--write", "new.yaml")
    assert said.code == 0, said.err
    assert "no threshold keeps the error within 0" in said.out
    assert "new.yaml stays as it is" in said.out
    assert not Path("new.yaml").exists()


@pytest.mark.parametrize(
    ("arguments", "fragment"),
    [
        (("--questions", "gone.jsonl"), "cannot read the questions in gone.jsonl"),
        (("--questions", "sure.jsonl"), "all 1 questions have an answer"),
        (("--questions", "silent.jsonl"), "none of the 1 questions has an answer"),
        (("--questions", "half.jsonl"), "half.jsonl, line 2: it has no label"),
        (("--questions", "odd.jsonl"), '"answer" must be a text or a list of texts'),
        (("--questions", "q.jsonl", "--folds", "9"), "9 folds of 8 questions"),
        (("--questions", "q.jsonl", "--write", "told.yaml"), "has a comment in line 1"),
        (("--questions", "q.jsonl", "--index", "nowhere"), "nowhere"),
    ],
)
def test_errors_are_one_line(
    made: Path, questions: Path, tmp_path: Path, arguments: tuple[str, ...], fragment: str
) -> None:
    right = {"question": "How high?", "gold": [{"source": "notes.md"}]}
    silent = {"question": "How low?", "answerable": False}
    written(tmp_path / "sure.jsonl", right)
    written(tmp_path / "silent.jsonl", silent)
    written(tmp_path / "half.jsonl", right, {"question": "How low?"})
    written(tmp_path / "odd.jsonl", {**right, "answer": {"text": "1204 m"}}, silent)
    (tmp_path / "told.yaml").write_text("rerank: off  # too slow\n")
    place = () if "--index" in arguments else ("--index", made)
    assert fragment in run(*arguments, *place).refusal


def test_usage() -> None:
    said = run("--questions", "q", "--max-error", "1.5")
    assert said.code == 2
    assert "--max-error" in said.err
