"""pipelines/evaluate.py: measures as JSON, a report, and an exit code for CI."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from script import run


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    """Two that are found, one whose file is not in the index, one of another split."""
    rows = [
        {"question": "Who kept goats behind the hut?", "gold": [{"source": "notes.md"}]},
        {"question": "A poster", "gold": [{"source": "poster.png"}]},
        {"question": "Who was Miss Oakley?", "gold": [{"source": "lost.md"}]},
        {"question": "Who?", "gold": [{"source": "notes.md"}], "split": "dev"},
    ]
    path = tmp_path / "q.jsonl"
    path.write_text("".join(json.dumps({"split": "test", **row}) + "\n" for row in rows))
    return path


def test_measures_and_report(made: Path, questions: Path, tmp_path: Path) -> None:
    options = ("--questions", questions, "--report", "report", "--index", made)
    ran = run("evaluate", *options, "--least", "0.6")
    assert ran.code == 0
    assert ran.err == "the index holds no lost.md, which counts as not found\n"
    told = json.loads(ran.out)
    assert (told["split"], told["questions"], told["fusion"]) == ("test", 3, "dbsf")
    assert told["measures"]["recall@10"]["mean"] == pytest.approx(2 / 3)
    assert told["measures"]["mrr"]["mean"] == pytest.approx(2 / 3)
    report = (tmp_path / "report" / "retrieval.md").read_text()
    assert "Who was Miss Oakley?" in report
    assert (tmp_path / "report" / "retrieval.png").stat().st_size > 10_000


def test_what_is_to_be_reached(made: Path, questions: Path) -> None:
    ran = run("evaluate", "--questions", questions, "--index", made, "--least", "0.9")
    assert ran.code == 4
    assert ran.err.endswith("ndcg@10 is 0.667, below 0.9\n")
    assert json.loads(ran.out)["questions"] == 3


def test_a_split_that_is_not_there(made: Path, questions: Path) -> None:
    ran = run("evaluate", "--questions", questions, "--index", made, "--split", "tset")
    assert "holds no questions of the split 'tset'; there is: dev, test" in ran.refusal
