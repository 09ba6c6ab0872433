"""`mmrag eval retrieval`: JSON, files, comparison, and one clear line an error."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import ir_measures
import pytest
from command import Said

from mmrag import MMRagIndex, load_settings

QUESTIONS: list[dict[str, Any]] = [
    {
        "id": "goats",
        "question": "Who kept goats behind the hut?",
        "gold": [{"source": "notes.md"}],
        "kind": "fact",
        "split": "dev",
    },
    {
        "id": "the lecture",
        "question": "a poster",
        "gold": [{"source": "poster.png", "page": 1}],
        "kind": "poster",
        "split": "test",
    },
    {
        "id": "lost",
        "question": "mean temperature in July",
        "gold": [{"source": "tables/lost.csv"}],
        "kind": "fact",
        "split": "test",
    },
    {"id": "cup", "question": "Who won the cup in 2050?", "answerable": False, "split": "test"},
]


run = partial(Said, "eval", "retrieval")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def made(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of the small folder, closed, for commands to open; its poster by name alone."""
    place = tmp_path_factory.mktemp("evaluated") / "index"
    settings = load_settings(changes={"ingest.ocr": False})
    with MMRagIndex(place, profile="offline", settings=settings) as index:
        index.index(folder)
    return place


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    return written(tmp_path / "questions.jsonl", *QUESTIONS)


def written(path: Path, *rows: Mapping[str, Any]) -> Path:
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


def means(measures: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    return {name: row["mean"] for name, row in measures.items()}


def test_all_at_once(made: Path, questions: Path, tmp_path: Path) -> None:
    said = run(
        "--questions",
        questions,
        "--index",
        made,
        "--compare",
        "rrf",
        "--run-out",
        "our.run",
        "--qrels-out",
        "our.qrels",
        "--report",
        "report",
        "--json",
    )
    assert said.code == 0, said.err
    found = said.json
    assert (found["ranking"], found["k"], found["split"]) == ("dbsf", 10, None)
    assert (found["questions"], found["unanswerable"]) == (3, 1)
    assert found["measures"]["mrr"] == {"mean": pytest.approx(2 / 3, abs=1e-6), "low": 0, "high": 1}
    assert {name: row["questions"] for name, row in found["kinds"].items()} == {
        "fact": 2,
        "poster": 1,
    }
    assert set(found["modalities"]) == {"text", "image"}
    assert found["missing"] == [{"place": "tables/lost.csv", "lines": [3]}]
    assert "not in the index, so never found: tables/lost.csv" in " ".join(said.err.split())
    assert found["compare"]["ranking"] == "rrf"
    assert found["compare"]["better"] + found["compare"]["level"] == 3 - found["compare"]["worse"]
    assert (tmp_path / "report" / "retrieval.png").is_file()
    assert "dbsf minus rrf" in (tmp_path / "report" / "retrieval.md").read_text()

    outside = ir_measures.calc_aggregate(
        [ir_measures.parse_measure("nDCG@10"), ir_measures.parse_measure("RR")],
        ir_measures.read_trec_qrels("our.qrels"),
        ir_measures.read_trec_run("our.run"),
    )
    assert {str(name): value for name, value in outside.items()} == pytest.approx(
        {
            "nDCG@10": found["measures"]["ndcg@10"]["mean"],
            "RR": found["measures"]["mrr"]["mean"],
        },
        abs=1e-6,
    )
    # our own run, judged without the index, says the same
    again = run("--questions", questions, "--run-in", "our.run", "--json").json
    assert again["ranking"] == "our.run"
    assert again["measures"] == found["measures"]


def test_for_people(made: Path, questions: Path) -> None:
    said = run("--questions", questions, "--index", made, "--split", "test", "--fusion", "rrf")
    assert said.code == 0, said.err
    lines = said.out.splitlines()
    assert lines[0] == "2 questions, rrf; 1 without an answer set aside"
    assert "ndcg@10    0.500 (0.000–1.000)" in lines
    assert any(line.startswith("poster (1*)") for line in lines)
    assert any(line.startswith("image (1*)") for line in lines)
    assert max(map(len, lines[:-1])) <= 80


def test_a_foreign_run_beside_another(questions: Path, tmp_path: Path) -> None:
    (tmp_path / "ours.run").write_text(
        "goats Q0 notes.md 1 9 x\nthe%20lecture Q0 poster.png#1 7 0.5 x\nlost Q0 notes.md 1 1 x\n"
    )
    (tmp_path / "theirs.run").write_text("goats Q0 poster.png 1 9 x\ngoats Q0 notes.md 2 8 x\n")
    arguments = ("--questions", questions, "--run-in", "ours.run", "--compare", "theirs.run")
    found = run(*arguments, "--json").json
    assert means(found["measures"])["mrr"] == pytest.approx(2 / 3, abs=1e-6)
    assert means(found["compare"]["measures"])["mrr"] == pytest.approx(1 / 6, abs=1e-6)
    assert found["compare"]["differences"]["mrr"]["mean"] == pytest.approx(0.5)
    assert found["compare"]["unranked"] == {
        "the lecture": "no line in the run",
        "lost": "no line in the run",
    }
    said = run(*arguments)
    assert "2 better, 0 worse, 1 the same by ndcg@10" in said.out
    assert "the lecture, lost (no line in the run)" in " ".join(said.err.split())


def test_a_run_that_names_nothing_that_is_labelled(questions: Path, tmp_path: Path) -> None:
    (tmp_path / "odd.run").write_text("goats Q0 /home/me/notes.md 1 9 x\n")
    said = run("--questions", questions, "--run-in", "odd.run", "--split", "dev")
    assert said.code == 0
    assert "are they named alike? found: /home/me/notes.md" in " ".join(said.err.split())


def test_a_picture_to_ask_with_that_is_none(made: Path, tmp_path: Path) -> None:
    (tmp_path / "fox.jpg").write_bytes(b"not a picture")
    gold = [{"source": "poster.png"}]
    path = written(tmp_path / "q.jsonl", QUESTIONS[0], {"image": "fox.jpg", "gold": gold})
    said = run("--questions", path, "--index", made)
    assert said.code == 1
    assert said.err.startswith("mmrag: line 2 of the questions: ")
    assert "fox.jpg" in said.err
    assert said.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "fragments"),
    [
        (("--questions", "gone.jsonl"), ["cannot read the questions in gone.jsonl"]),
        (("--questions", "bad.jsonl"), ["bad.jsonl, line 2: it has no label"]),
        (("--questions", "q.jsonl", "--split", "x"), ["split 'x'; there is: dev, test"]),
        (
            ("--questions", "silent.jsonl", "--run-in", "r"),
            ["none of the 1 questions has an answer"],
        ),
        (("--questions", "q.jsonl", "--run-in", "gone.run"), ["cannot read gone.run"]),
        (
            ("--questions", "q.jsonl", "--run-in", "bad.run"),
            ["bad.run, line 1: expected 6 columns"],
        ),
        (("--questions", "q.jsonl", "--run-in", "r", "--compare", "r"), ["nothing to compare"]),
        (("--questions", "q.jsonl", "--run-in", "r", "--run-out", "no/r"), ["cannot write no/r"]),
        (("--questions", "q.jsonl", "--run-in", "other"), ["answers none of the 3 questions"]),
        (("--questions", "q.jsonl", "--index", "none"), ["none"]),
        (("--questions", "q.jsonl", "--fusion", "best"), ["retrieval.fusion", "found 'best'"]),
    ],
)
def test_errors_are_one_line(
    tmp_path: Path, arguments: tuple[str, ...], fragments: list[str]
) -> None:
    written(tmp_path / "q.jsonl", *QUESTIONS)
    written(tmp_path / "bad.jsonl", QUESTIONS[0], {"question": "Who?"})
    written(tmp_path / "silent.jsonl", QUESTIONS[3])
    (tmp_path / "bad.run").write_text("goats notes.md\n")
    (tmp_path / "other").write_text("q7 Q0 notes.md 1 9 x\n")
    (tmp_path / "r").write_text("goats Q0 notes.md 1 9 x\n")
    last = run(*arguments).refusal
    assert all(fragment in last for fragment in fragments), last


@pytest.mark.parametrize(
    ("arguments", "fragment"),
    [
        ((), "--questions"),
        (("--questions", "q", "-k", "5"), "greater than or equal to 10"),
        (("--questions", "q", "--compare", "best"), "dbsf"),
        (("--questions", "q", "--run-in", "r", "--fusion", "rrf"), "no place beside it"),
    ],
)
def test_usage(arguments: tuple[str, ...], fragment: str) -> None:
    said = run(*arguments)
    assert said.code == 2
    assert fragment in " ".join(said.err.replace("│", " ").split())
