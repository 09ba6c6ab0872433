"""TREC run and qrels files, so that trec_eval, ir-measures or ranx can check what we measure.

A run has the lines "question Q0 place rank score tag", the labels (qrels) "question 0 place grade".
Both are divided by blanks, so ids of questions are percent-encoded where they hold some, as the
labels of places are already (`Gold.label`): "my%20notes.md#3". Outside tools take them as they are.

ir-measures reads such files as well, but says neither which line is wrong nor that a place stands
twice in a ranking; hence the readers here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote

import numpy as np

from mmrag.errors import InputError
from mmrag.evaluation.questions import one_word

Grades = Mapping[str, Mapping[str, int]]
"""By question, grades by label."""


def write_run(path: Path, labels: Mapping[str, Sequence[str]], *, tag: str = "mmrag") -> None:
    """Write rankings. A question that found nothing has no line.

    Scores are falling whole numbers, for outside tools sort by score, whatever the rank says, and
    the scores of a fused search may tie.

    Args:
        labels: by question, from best to worst, each once.

    Raises:
        InputError: a label or id is not one word, or the file cannot be written.
    """
    rows = [
        (one_word(question), "Q0", label, str(rank), str(len(found) - rank + 1), one_word(tag))
        for question, found in labels.items()
        for rank, label in enumerate(found, 1)
    ]
    _write(path, rows)


def write_qrels(path: Path, grades: Grades) -> None:
    """Write labels.

    Raises:
        InputError: a label or id is not one word, or the file cannot be written.
    """
    rows = [
        (one_word(question), "0", label, str(grade))
        for question, own in grades.items()
        for label, grade in own.items()
    ]
    _write(path, rows)


def read_run(path: Path) -> dict[str, list[str]]:
    """Read rankings in the order that trec_eval gives them: by score, ties by the later label.

    Raises:
        InputError: the file is missing or empty, or a line has not six columns, no finite score,
            or a place that the question has already; the message names the line.
    """
    scores: dict[str, dict[str, float]] = {}
    for number, (question, _, label, _, score, _) in _rows(
        path, "question Q0 place rank score tag"
    ):
        value = _float32(score)
        if not math.isfinite(value):
            raise _fault(path, number, f"the score must be a finite number, found {score!r}")
        own = scores.setdefault(unquote(question), {})
        if label in own:
            raise _fault(path, number, f"{label} is in the ranking of {question} already")
        own[label] = value
    return {
        question: sorted(own, key=lambda label: (own[label], label.encode()), reverse=True)
        for question, own in scores.items()
    }


def read_qrels(path: Path) -> dict[str, dict[str, int]]:
    """Read labels; those of grade 0 or less are left out.

    Raises:
        InputError: the file is missing or empty, or a line has not four columns, no whole grade, or
            a place that the question has already; the message names the line.
    """
    grades: dict[str, dict[str, int]] = {}
    for number, (question, _, label, grade) in _rows(path, "question 0 place grade"):
        try:
            value = int(grade)
        except ValueError:
            raise _fault(path, number, f"the grade must be whole, found {grade!r}") from None
        own = grades.setdefault(unquote(question), {})
        if label in own:
            raise _fault(path, number, f"{label} is labelled for {question} already")
        own[label] = value
    return {
        question: {label: grade for label, grade in own.items() if grade > 0}
        for question, own in grades.items()
    }


def _rows(path: Path, columns: str) -> Iterator[tuple[int, list[str]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as exc:
        raise InputError(f"cannot read {path}: {exc.strerror}") from exc
    except UnicodeDecodeError as exc:
        raise InputError(f"{path} is not UTF-8: {exc}") from exc
    if not text.strip():
        raise InputError(f"{path} is empty; it should have lines of: {columns}")
    expected = len(columns.split())
    for number, line in enumerate(text.split("\n"), 1):
        found = line.split()
        if found and len(found) != expected:
            raise _fault(
                path, number, f"expected {expected} columns ({columns}), found {len(found)}"
            )
        if found:
            yield number, found


def _float32(score: str) -> float:
    """A score as trec_eval keeps it, so that what ties there ties here; nan if it is none."""
    try:
        with np.errstate(over="ignore"):
            return float(np.float32(score))
    except ValueError:
        return math.nan


def _write(path: Path, rows: Sequence[Sequence[str]]) -> None:
    text = "".join(" ".join(map(_unbroken, row)) + "\n" for row in rows)
    try:
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as exc:
        raise InputError(f"cannot write {path}: {exc.strerror}") from exc


def _unbroken(word: str) -> str:
    if word.split() != [word]:
        raise InputError(f"{word!r} is not one word and would break its line")
    return word


def _fault(path: Path, number: int, what: str) -> InputError:
    return InputError(f"{path}, line {number}: {what}")
