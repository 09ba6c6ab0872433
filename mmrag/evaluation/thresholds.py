"""The threshold below which nothing is answered: coverage against error, and which one to take.

The curve is that of selective prediction (El-Yaniv and Wiener 2010): coverage is the share of
questions that are answered, error the share of answers that are wrong, be it that they say
something else or that the files do not answer at all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from mmrag.evaluation.folds import folds_of
from mmrag.evaluation.grounding import Asked


@dataclass(frozen=True)
class Point:
    """What a threshold does.

    Attributes:
        coverage: share of all questions that are answered.
        error: share of the answers that are wrong; 0 where there are none.
        balanced: mean of the share of answerable questions that are answered and of the share of
            others that are refused.
    """

    threshold: float
    coverage: float
    error: float
    balanced: float

    def as_dict(self) -> dict[str, float]:
        """As JSON."""
        return {key: round(value, 6) for key, value in asdict(self).items()}


@dataclass(frozen=True)
class Proposal:
    """A threshold to take.

    Attributes:
        point: what it does on the questions that it was chosen on, which flatters.
        held_out: the same with each question under a threshold that was chosen without its fold.
        in_use: what the threshold of the settings does.
        by_fold: the thresholds chosen without each fold; where they differ much, the questions are
            too few.
        max_error: the bound that was to be kept, None for the best balanced accuracy.
    """

    point: Point
    held_out: Point
    in_use: Point
    by_fold: tuple[float, ...]
    max_error: float | None

    @property
    def helps(self) -> bool:
        """Whether it is worth setting.

        With a bound, if the bound is kept on questions left out, or more nearly than now; else if
        the balanced accuracy is higher there.
        """
        if self.max_error is not None:
            return self.held_out.error <= max(self.max_error, self.in_use.error)
        return self.held_out.balanced > self.in_use.balanced

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "abstain_below": self.point.threshold,
            "max_error": self.max_error,
            "chosen_on": self.point.as_dict(),
            "held_out": self.held_out.as_dict(),
            "in_use": self.in_use.as_dict(),
            "by_fold": list(self.by_fold),
            "helps": self.helps,
        }


def curve(rows: Sequence[Asked]) -> list[Point]:
    """What every threshold that makes a difference does, the lowest first.

    Each lies half-way between two confidences; the last one refuses all.
    """
    found = sorted({row.confidence for row in rows if row.confidence >= 0})
    between = [_between(low, high) for low, high in pairwise(found)]
    highest = [min(1.0, np.nextafter(found[-1], 2.0).item())] if found else []
    return [point(rows, threshold) for threshold in (0.0, *between, *highest)]


def _between(low: float, high: float) -> float:
    """Half-way, with few digits where these tell the two apart."""
    middle = (low + high) / 2
    return short if low < (short := round(middle, 3)) <= high else middle


def point(rows: Sequence[Asked], threshold: float) -> Point:
    """What one threshold does."""
    return _pooled(rows, [row.answered(threshold) for row in rows], threshold)


def choose(points: Sequence[Point], max_error: float | None) -> Point | None:
    """The threshold of the highest coverage within a bound, or of the best balanced accuracy.

    Of equal ones, that with the lower error, then the lower one. None where no threshold that
    answers anything keeps the bound.
    """
    if max_error is None:
        return max(points, key=lambda p: (p.balanced, -p.error, -p.threshold), default=None)
    within = [p for p in points if p.error <= max_error and p.coverage > 0]
    return max(within, key=lambda p: (p.coverage, -p.error, -p.threshold), default=None)


def propose(
    rows: Sequence[Asked], *, in_use: float, folds: int, max_error: float | None = None
) -> Proposal | None:
    """Choose a threshold and tell what it is worth on questions left out.

    Args:
        folds: parts that are left out in turn; what one source answers stays together.
        max_error: share of wrong answers that is borne; None takes the best balanced accuracy.

    Returns:
        None where no threshold keeps the bound.

    Raises:
        InputError: fewer than two folds, or more than questions.
    """
    parts = folds_of([row.question for row in rows], folds)
    best = choose(curve(rows), max_error)
    if best is None:
        return None
    answered = np.zeros(len(rows), dtype=bool)
    by_fold = []
    for number in range(parts.count):
        left_out = np.flatnonzero(parts.numbers == number).tolist()
        others = [row for n, row in enumerate(rows) if parts.numbers[n] != number]
        without = choose(curve(others), max_error)
        threshold = 1.0 if without is None else without.threshold
        by_fold.append(threshold)
        answered[left_out] = [rows[n].answered(threshold) for n in left_out]
    held_out = _pooled(rows, answered.tolist(), best.threshold)
    return Proposal(best, held_out, point(rows, in_use), tuple(by_fold), max_error)


def _pooled(rows: Sequence[Asked], answered: Sequence[bool], threshold: float) -> Point:
    right = [row.correct for row, given in zip(rows, answered, strict=True) if given]

    def share(wanted: Callable[[Asked, bool], bool], *, answerable: bool) -> float:
        these = [(r, a) for r, a in zip(rows, answered, strict=True) if r.answerable == answerable]
        return sum(wanted(row, given) for row, given in these) / len(these) if these else 0.0

    answers = share(lambda _, given: given, answerable=True)
    refusals = share(lambda _, given: not given, answerable=False)
    return Point(
        threshold,
        coverage=len(right) / len(rows) if rows else 0.0,
        error=1 - sum(right) / len(right) if right else 0.0,
        balanced=(answers + refusals) / 2,
    )
