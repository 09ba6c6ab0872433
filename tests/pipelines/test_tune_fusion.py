"""pipelines/tune_fusion.py: weights are learnt on one split, and written if they help on others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from script import run

from mmrag import MMRagIndex, load_settings

PARTS = [f"KX-{4100 + 37 * n}" for n in range(30)]
MEANING = "index: {{directory: {index}}}\nretrieval: {{weights: {{text: 4.0, bm25: 0.04}}}}\n"


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory, one_thread: None) -> Path:
    """An index of parts that only their numbers tell apart: words find them, meaning does not."""
    folder, place = tmp_path_factory.mktemp("parts"), tmp_path_factory.mktemp("tuned") / "index"
    for part in PARTS:
        (folder / f"{part}.md").write_text(f"Part {part} is kept on a shelf in the store room.")
    settings = load_settings(changes={"ingest.workers": 0})
    with MMRagIndex(place, profile="offline", settings=settings) as index:
        index.index(folder)
    return place


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    rows = [
        {
            "question": f"Where is part {part} kept?",
            "gold": [{"source": f"{part}.md"}],
            "split": "dev" if n < 20 else "test",
        }
        for n, part in enumerate(PARTS)
    ]
    path = tmp_path / "q.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return path


def test_weights_that_help_are_written(parts: Path, questions: Path, tmp_path: Path) -> None:
    config = tmp_path / "by_meaning.yaml"
    config.write_text(MEANING.format(index=parts) + "tune_fusion: {out: out/weights.yaml}\n")
    ran = run("tune_fusion", "--questions", questions, config=config)
    assert (ran.code, ran.err) == (0, "")
    learnt = yaml.safe_load((tmp_path / "out" / "weights.yaml").read_text())
    weights = learnt["retrieval"]["weights"]
    assert weights["bm25"] >= weights["text"]
    assert "written to out/weights.yaml" in ran.out
    rows = {line.split("  ")[0]: line for line in ran.out.splitlines()}
    assert rows["left out"].endswith("helps")
    assert "1.000" in rows["test"]
    # they are settings of mmrag, and there is nothing left to gain under them
    again = run("tune_fusion", "--questions", questions, "--index", parts, "--out", "more.yaml")
    assert again.out.endswith("more.yaml is not written: nothing was learnt that helps\n")
    assert not (tmp_path / "more.yaml").exists()
    assert load_settings(tmp_path / "out" / "weights.yaml").retrieval.weights == weights


def test_what_is_learnt_from_is_no_test(parts: Path, questions: Path) -> None:
    options = ("--questions", questions, "--index", parts)
    ran = run("tune_fusion", *options, "--test-split", "dev")
    assert "the test split 'dev' would be learnt from" in ran.refusal
    ran = run("tune_fusion", *options, "--test-split", "exam")
    assert "exam" in ran.refusal
