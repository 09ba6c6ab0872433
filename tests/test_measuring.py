"""Measures and weights by the index's own methods: what they are told, and what they refuse."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mmrag import MMRagIndex
from mmrag.errors import InputError


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    rows = [
        {"question": "Who kept goats behind the hut?", "gold": [{"source": "notes.md"}]},
        {"question": "mean temperature in July", "gold": [{"source": "tables/climate.csv"}]},
        {"question": "Who won the cup in 2050?", "answerable": False},
    ]
    path = tmp_path / "q.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return path


def test_each_question_that_has_an_answer_is_asked(index: MMRagIndex, questions: Path) -> None:
    steps: list[str] = []

    @contextmanager
    def progress(what: str, total: int) -> Iterator[Callable[[], None]]:
        steps.append(f"{what} {total}")
        yield lambda: steps.append(".")

    judged = index.evaluate(str(questions), progress=progress)
    assert steps == ["asking 2", ".", "."]
    assert (len(judged.questions), judged.unanswerable) == (2, 1)
    assert judged.overall.measures["recall@10"].mean == 1.0
    assert set(judged.modalities) == {"text"}


def test_what_cannot_be_measured_is_refused(index: MMRagIndex, questions: Path) -> None:
    with pytest.raises(InputError, match="look at 10 hits; found k = 5"):
        index.evaluate(questions, k=5)
    with pytest.raises(InputError, match="2 labelled questions teach nothing about weights"):
        index.tune_weights(questions)
    with pytest.raises(InputError, match="'test' would be learnt from"):
        index.tune_weights(questions, test_split="test")
