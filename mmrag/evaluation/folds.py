"""Folds of questions for cross-validation: what one source answers stays together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mmrag.errors import InputError
from mmrag.evaluation.questions import LabelledQuestion
from mmrag.extras import require


@dataclass(frozen=True, eq=False)
class Folds:
    """Which questions are left out together.

    Attributes:
        numbers: (n,) the fold of each question.
        by_source: whether questions about one source are all in one fold. Where they are not, a
            source helps to judge itself, and held-out figures may be too good.
    """

    numbers: NDArray[np.intp]
    by_source: bool

    @property
    def count(self) -> int:
        """How many there are."""
        return int(self.numbers.max()) + 1


def folds_of(questions: Sequence[LabelledQuestion], count: int) -> Folds:
    """Folds of about equal size, the same each time for the same questions.

    Sources that a question names together count as one. Where too few are left, or one of them
    answers more than half of the questions, the questions are spread one by one.

    Raises:
        InputError: fewer than two folds, or more than questions.
    """
    if not 2 <= count <= len(questions):
        raise InputError(f"{count} folds of {len(questions)} questions; take 2 to {len(questions)}")
    groups = _groups(questions)
    sizes = Counter(groups)
    by_source = len(sizes) >= count and max(sizes.values()) <= len(questions) / 2
    selection = require("sklearn.model_selection", extra="eval", purpose="cross-validate")
    split = selection.GroupKFold(count).split(
        questions, groups=groups if by_source else list(range(len(questions)))
    )
    numbers = np.zeros(len(questions), np.intp)
    for number, (_, left_out) in enumerate(split):
        numbers[left_out] = number
    return Folds(numbers, by_source)


def _groups(questions: Sequence[LabelledQuestion]) -> list[int]:
    """By question, a number that those with a source in common share, directly or by others."""
    numbers = list(range(len(questions)))
    first: dict[str, int] = {}
    for row, question in enumerate(questions):
        for gold in question.gold:
            met = numbers[first.setdefault(gold.source, row)]
            mine = numbers[row]
            if met != mine:
                numbers = [met if number == mine else number for number in numbers]
    return numbers
