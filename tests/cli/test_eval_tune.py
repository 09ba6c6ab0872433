"""`mmrag eval tune`: what is learnt, what is printed, what is written, and bad input."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml
from command import Said
from typer.testing import CliRunner

from mmrag import MMRagIndex, load_settings
from mmrag.cli.app import app

PARTS = [f"KX-{4100 + 37 * n}" for n in range(30)]


run = partial(Said, "eval", "tune")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, one_thread: None) -> Path:
    """An index of parts that only their numbers tell apart: words find them, meaning does not."""
    folder, place = tmp_path_factory.mktemp("parts"), tmp_path_factory.mktemp("tuned") / "index"
    for part in PARTS:
        (folder / f"{part}.md").write_text(f"Part {part} is kept on a shelf in the store room.")
    settings = load_settings(changes={"ingest.ocr": False, "ingest.asr": False})
    with MMRagIndex(place, profile="offline", settings=settings) as index:
        index.index(folder)
    return place


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    """20 to learn from, 10 for the test."""
    rows = [
        {
            "question": f"Where is part {part} kept?",
            "gold": [{"source": f"{part}.md"}],
            "split": "dev" if n < 20 else "test",
        }
        for n, part in enumerate(PARTS)
    ]
    return written(tmp_path / "q.jsonl", *rows)


@pytest.fixture
def by_meaning(tmp_path: Path) -> Path:
    """Settings that hardly listen to words."""
    path = tmp_path / "meaning.yaml"
    path.write_text("rerank: off\nretrieval: {weights: {text: 4.0, bm25: 0.04}, rrf_k: 60}\n")
    return path


def written(path: Path, *rows: Mapping[str, Any]) -> Path:
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


def test_weights_that_help_are_written_and_the_test_split_tells_the_same(
    made: Path, questions: Path, by_meaning: Path
) -> None:
    arguments = ("--questions", questions, "--split", "dev", "--index", made, "--folds", "4")
    said = run(
        *arguments, "--test-split", "test", "--config", by_meaning, "--write", by_meaning, "--json"
    )
    assert said.code == 0, said.err
    found = said.json
    assert (found["fusion"], found["split"], found["test_split"]) == ("dbsf", "dev", "test")
    assert found["in_use"] == {"text": 4.0, "bm25": 0.04}
    assert found["changed"]
    assert found["held_out"]["questions"] == found["learnt_from"]["questions"] == 20
    assert found["held_out"]["verdict"] == "helps"
    assert found["test"]["questions"] == 10
    assert found["test"]["difference"]["mean"] == pytest.approx(
        found["test"]["after"] - found["test"]["before"], abs=1e-5
    )
    assert len(found["by_fold"]) == 4
    assert found["by_source"]
    assert found["unranked"] == {}
    assert found["written"] == str(by_meaning)
    assert yaml.safe_load(by_meaning.read_text()) == {
        "rerank": False,
        "retrieval": {"weights": found["weights"], "rrf_k": 60},
    }
    # what was told of the learnt weights is what a search by them measures
    result = CliRunner().invoke(
        app,
        [
            *("eval", "retrieval", "--questions", str(questions), "--split", "test", "--json"),
            *("--index", str(made), "--config", str(by_meaning)),
        ],
    )
    measured = json.loads(result.stdout)["measures"]["ndcg@10"]["mean"]
    assert measured == pytest.approx(found["test"]["after"], abs=1e-6)
    # once they are in use, there is nothing left to learn
    again = run(*arguments, "--config", by_meaning, "--write", by_meaning, "--json").json
    assert (again["changed"], again["written"], again["test"]) == (False, None, None)
    assert again["weights"] == again["in_use"] == found["weights"]


def test_for_people(made: Path, questions: Path, by_meaning: Path, tmp_path: Path) -> None:
    asked = ("--questions", questions, "--split", "dev", "--index", made)
    said = run(*asked, "--config", by_meaning)
    assert said.code == 0, said.err
    lines = said.out.splitlines()
    assert lines[0] == "20 questions, dbsf, 9 weightings, 5 folds"
    assert any(line.split()[:3] == ["bm25", "0.04", "1"] for line in lines)
    assert any(line.startswith("held out (20)") for line in lines)
    assert "held out: the learnt weights help" in lines
    pasted = yaml.safe_load(said.out[said.out.index("\nretrieval:") :])
    assert pasted == {"retrieval": {"weights": {"text": 1.0, "bm25": 1.0}}}
    assert max(map(len, lines)) <= 90

    said = run(*asked, "--write", "new.yaml")
    assert "held out: no difference that these 20 questions could show" in said.out
    assert "the weights in use stay" in said.out
    assert "new.yaml stays as it is: nothing was learnt that helps" in said.out
    assert not (tmp_path / "new.yaml").exists()


def test_another_fusion_is_written_with_its_weights(
    made: Path, questions: Path, by_meaning: Path, tmp_path: Path
) -> None:
    said = run(
        *("--questions", questions, "--split", "dev", "--index", made, "--config", by_meaning),
        *("--fusion", "weighted_sum", "--write", "new.yaml"),
    )
    assert said.code == 0, said.err
    assert "written: new.yaml" in said.out
    section = yaml.safe_load((tmp_path / "new.yaml").read_text())["retrieval"]
    assert section == {"fusion": "weighted_sum", "weights": {"text": 1.0, "bm25": 1.0}}


@pytest.mark.parametrize(
    ("arguments", "fragments"),
    [
        (("--questions", "gone.jsonl"), ["cannot read the questions in gone.jsonl"]),
        (("--questions", "q.jsonl", "--split", "x"), ["split 'x'; there is: dev, test"]),
        (("--questions", "q.jsonl", "--split", "dev", "--test-split", "x"), ["split 'x'"]),
        (("--questions", "q.jsonl", "--split", "test"), ["10 labelled questions teach nothing"]),
        (("--questions", "silent.jsonl"), ["0 labelled questions teach nothing"]),
        (
            ("--questions", "silent.jsonl", "--split", "dev", "--test-split", "test"),
            ["no question of the split 'test' has an answer"],
        ),
        (("--questions", "lost.jsonl"), ["no labelled place is among the first ten hits"]),
        (("--questions", "q.jsonl", "--folds", "31"), ["31 folds of 30 questions"]),
        (("--questions", "q.jsonl", "--fusion", "best"), ["retrieval.fusion", "found 'best'"]),
        (("--questions", "q.jsonl", "--write", "told.yaml"), ["told.yaml has a comment in line 2"]),
        (("--questions", "q.jsonl", "--write", "no/new.yaml"), ["cannot write no/new.yaml"]),
        (
            ("--questions", "q.jsonl", "--config", "typo.yaml"),
            ["retrieval.weights names 'txt'", "the spaces are: bm25, ngram, text"],
        ),
    ],
)
def test_errors_are_one_line(
    made: Path, questions: Path, tmp_path: Path, arguments: tuple[str, ...], fragments: list[str]
) -> None:
    written(
        tmp_path / "silent.jsonl",
        *({"question": "?", "answerable": False, "split": split} for split in ("dev", "test")),
    )
    row = {"question": "Where is it kept?", "gold": [{"source": "/home/me/lost.md"}]}
    written(tmp_path / "lost.jsonl", *([row] * 20))
    (tmp_path / "told.yaml").write_text("profile: offline\nrerank: off  # too slow\n")
    (tmp_path / "typo.yaml").write_text("retrieval: {weights: {txt: 2.0}}\n")
    last = run(*arguments, "--index", made).refusal
    assert all(fragment in last for fragment in fragments), last


@pytest.mark.parametrize(
    ("arguments", "fragment"),
    [
        ((), "--questions"),
        (("--questions", "q", "--folds", "1"), "greater than or equal to 2"),
        (("--questions", "q", "--test-split", "test"), "wants another --split"),
        (("--questions", "q", "--split", "a", "--test-split", "a"), "wants another --split"),
    ],
)
def test_usage(arguments: tuple[str, ...], fragment: str) -> None:
    said = run(*arguments)
    assert said.code == 2
    assert fragment in " ".join(said.err.replace("│", " ").split())
