"""Weights of channels learnt from labelled questions, and what they are worth on others.

With few questions the best of many weightings is best by luck. So of those that the questions
cannot tell from the best, the most even one is taken: the rule of one standard error (Breiman,
Friedman, Olshen and Stone 1984, "Classification and Regression Trees", 3.4.3), here with the
standard error of the difference paired by question. What that is worth is told by cross-validation
(Stone 1974): every question is scored under weights that were learnt without it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mmrag.errors import InputError
from mmrag.evaluation.folds import Folds, folds_of
from mmrag.evaluation.intervals import Interval, paired
from mmrag.evaluation.questions import LabelledQuestion
from mmrag.evaluation.tables import FEW
from mmrag.evaluation.weightings import Case, grid, scores, unevenness
from mmrag.retrieval.fusion import Weights

Verdict = Literal["helps", "hurts", "undecided"]

LEAST = 20
"""Fewer questions than these teach nothing: a fold of them would be four or less."""


@dataclass(frozen=True)
class Contrast:
    """Learnt weights against those in use, on the same questions.

    Attributes:
        before, after: mean nDCG@10 of the weights in use and of the learnt ones.
        difference: after - before, paired by question.
    """

    questions: int
    before: float
    after: float
    difference: Interval

    @property
    def verdict(self) -> Verdict:
        """ "helps" or "hurts" if the interval lies on one side of 0; so few decide nothing."""
        if self.questions >= FEW and self.difference.low > 0:
            return "helps"
        if self.questions >= FEW and self.difference.high < 0:
            return "hurts"
        return "undecided"

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "questions": self.questions,
            "before": round(self.before, 6),
            "after": round(self.after, 6),
            "difference": {k: round(v, 6) for k, v in asdict(self.difference).items()},
            "verdict": self.verdict,
        }


@dataclass(frozen=True)
class Tuning:
    """What was learnt.

    Attributes:
        weights, in_use: by space, the learnt weights and those before; of spaces that propose
            nothing, as they were.
        changed: whether the two rank differently at all; they do not if they are proportional.
        tried: how many weightings were compared.
        learnt_from: on the very questions that were learnt from, which flatters.
        held_out: each question under weights that were learnt without its fold.
        by_fold: the weights learnt without each fold; where they differ much, the questions are
            too few.
        by_source: as of `mmrag.evaluation.folds.Folds`.
    """

    weights: Mapping[str, float]
    in_use: Mapping[str, float]
    changed: bool
    tried: int
    learnt_from: Contrast
    held_out: Contrast
    by_fold: tuple[Mapping[str, float], ...]
    by_source: bool

    @property
    def helps(self) -> bool:
        """Whether there is something new to set, and it helps on questions left out."""
        return self.changed and self.held_out.verdict == "helps"

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "weights": dict(self.weights),
            "in_use": dict(self.in_use),
            "changed": self.changed,
            "tried": self.tried,
            "learnt_from": self.learnt_from.as_dict(),
            "held_out": self.held_out.as_dict(),
            "by_fold": [dict(weights) for weights in self.by_fold],
            "by_source": self.by_source,
        }


def parts_of(questions: Sequence[LabelledQuestion], folds: int) -> Folds:
    """The parts of the questions that are left out in turn.

    Raises:
        InputError: fewer than 20 questions, or a number of folds that does not fit.
    """
    if len(questions) < LEAST:
        raise InputError(
            f"{len(questions)} labelled questions teach nothing about weights; give {LEAST} or more"
        )
    return folds_of(questions, folds)


def tune(
    cases: Sequence[Case],
    parts: Folds,
    *,
    in_use: Weights,
    anchor: str,
    done: Callable[[], None] = lambda: None,
) -> Tuning:
    """Learn weights from labelled questions.

    Args:
        parts: of the cases' questions, in their order.
        in_use: by space, 1 where none is given.
        anchor: the space whose weight stays 1, if it proposes anything.
        done: called after each case.

    Raises:
        InputError: fewer than two spaces answer the questions, or no labelled place is found by any
            weights.
    """
    spaces = sorted(set[str]().union(*(case.spaces for case in cases)))
    if len(spaces) < 2:
        raise InputError(
            f"there is nothing to weigh: only {', '.join(spaces) or 'no space'} answers these "
            f"questions"
        )
    weightings = grid(spaces, anchor if anchor in spaces else spaces[0])
    current = dict.fromkeys(spaces, 1.0) | dict(in_use)
    found = scores(cases, [current, *weightings], done=done)
    before, found = found[0], found[1:]
    if not found.any():
        raise InputError(
            f"no labelled place is among the first ten hits of any of the {len(cases)} questions, "
            f"whatever the weights; are sources named as `mmrag search --json` names them?"
        )
    evenness = [unevenness(weights) for weights in weightings]
    best = chosen(found, evenness)
    held_out = np.zeros(len(cases))
    by_fold = []
    for number in range(parts.count):
        left_out = parts.numbers == number
        without = chosen(found[:, ~left_out], evenness)
        held_out[left_out] = found[without, left_out]
        by_fold.append(weightings[without])
    changed = not proportional(weightings[best], {space: current[space] for space in spaces})
    return Tuning(
        weights=current | weightings[best] if changed else current,
        in_use=current,
        changed=changed,
        tried=len(weightings),
        learnt_from=contrast(before, found[best]),
        held_out=contrast(before, held_out),
        by_fold=tuple(by_fold),
        by_source=parts.by_source,
    )


def check_on(cases: Sequence[Case], tuning: Tuning) -> Contrast:
    """What learnt weights are worth on questions that nothing was learnt from."""
    return contrast(*scores(cases, [tuning.in_use, tuning.weights]))


def chosen(found: NDArray[np.float64], evenness: Sequence[float]) -> int:
    """The row of the most even weights within one standard error of the best.

    Args:
        found: (weightings, questions).
        evenness: (weightings,) 0 where all weights are the same. Of equal ones the better is taken,
            then the first.
    """
    means = found.mean(axis=1)
    behind = found[means.argmax()] - found
    errors = behind.std(axis=1, ddof=1) / np.sqrt(found.shape[1])
    near = np.flatnonzero(behind.mean(axis=1) <= errors + 1e-12)
    return min(near.tolist(), key=lambda n: (round(evenness[n], 9), -round(means[n], 9), n))


def proportional(one: Mapping[str, float], other: Mapping[str, float]) -> bool:
    """Whether weights of the same spaces rank alike, for they differ by a factor at most."""
    if min(*one.values(), *other.values()) <= 0:
        return dict(one) == dict(other)
    return unevenness({space: one[space] / other[space] for space in one}) < 1e-9


def contrast(before: NDArray[np.float64], after: NDArray[np.float64]) -> Contrast:
    """Compare what the same questions score."""
    difference = paired(after.tolist(), before.tolist())
    return Contrast(len(before), float(before.mean()), float(after.mean()), difference)
