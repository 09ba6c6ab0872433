"""What was logged goes to JSON and back, and knows which evaluation was best."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmrag.errors import InputError
from mmrag.training.history import HISTORY, History, Progress, append_line, write_lines


def entry(step: int, watched: float | None = None) -> Progress:
    evaluation = {} if watched is None else {"recall": watched, "other": -watched}
    return Progress(step, {"a-b": 1.0}, {"a-b": 0.5}, 1e-3, 0.07, evaluation, 12.5)


def test_the_best_is_the_earliest_of_the_highest_first_number() -> None:
    history = History()
    values = [0.2, None, 0.5, 0.4, None, 0.5]
    assert [history.add(entry(n, v)) for n, v in enumerate(values)] == [
        *(True, False, True),
        *(False, False, False),
    ]
    assert history.best_step == 2
    assert history.best is not None
    assert history.best.watched == 0.5
    assert history.waited == 2
    assert [e.step for e in history.evaluated] == [0, 2, 3, 5]


def test_without_evaluations_none_is_best() -> None:
    history = History()
    assert not history.add(entry(1))
    assert (history.best_step, history.best, history.waited) == (None, None, 0)


@given(st.lists(st.none() | st.floats(0, 1), max_size=8))
def test_there_and_back_through_json(values: list[float | None]) -> None:
    history = History(stopped="early")
    for step, value in enumerate(values):
        history.add(entry(step, value))
    again = History.from_dict(json.loads(json.dumps(history.as_dict())))
    assert again == history
    assert again.as_dict() == history.as_dict()


def test_lines_are_written_anew_and_added_to(tmp_path: Path) -> None:
    (tmp_path / HISTORY).write_text('{"step": 9, "lo')  # as a run that was killed leaves it
    write_lines(History([entry(0, 0.1), entry(1)]), tmp_path)
    append_line(entry(2), tmp_path)
    lines = (tmp_path / HISTORY).read_text(encoding="utf-8").splitlines()
    found = [Progress(**json.loads(line)) for line in lines]
    assert found == [entry(0, 0.1), entry(1), entry(2)]
    assert found[0].rows_per_second == 12.5


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot write .*history.jsonl: No such file"):
        append_line(entry(1), tmp_path / "gone")
