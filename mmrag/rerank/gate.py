"""Whether a reranker helps on one's own questions: two rankings of each, compared.

Rerankers lower the quality of some collections, and nothing but labelled questions tells which.
The differences are paired by question and their mean has a bootstrap interval.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from mmrag.errors import InputError
from mmrag.evaluation.intervals import paired
from mmrag.evaluation.measures import MEASURES, per_question

Verdict = Literal["helps", "hurts", "undecided"]

LEAST = 10
"""Fewer questions than these decide nothing: the interval of so few is too narrow to be trusted."""


@dataclass(frozen=True)
class Gate:
    """What reranking does to a set of questions.

    Attributes:
        metric: what is compared, the mean over questions.
        questions: how many.
        plain, reranked: the metric without and with the reranker, 0..1.
        low, high: 95 % interval of their difference, reranked - plain.
        verdict: "helps" or "hurts" if the interval lies on one side of 0.
    """

    metric: str
    questions: int
    plain: float
    reranked: float
    low: float
    high: float
    verdict: Verdict

    @property
    def difference(self) -> float:
        """By how much reranking lifts the metric."""
        return self.reranked - self.plain


def compare(
    plain: Sequence[Sequence[str]],
    reranked: Sequence[Sequence[str]],
    relevant: Sequence[Mapping[str, int]],
    *,
    metric: str = "ndcg@10",
) -> Gate:
    """Compare two rankings of each question.

    Args:
        plain, reranked: by question, labels from best to worst; a label counts where it stands
            first.
        relevant: by question, what should be found, with its grade above 0.
        metric: a key of `mmrag.evaluation.measures.MEASURES`.

    Raises:
        InputError: no questions, one without anything relevant, lists of different lengths, or no
            such metric.
        MissingExtra: ir-measures is not installed.
    """
    if metric not in MEASURES:
        raise InputError(f"no measure {metric!r}; there are: {', '.join(MEASURES)}")
    if not relevant or not len(plain) == len(reranked) == len(relevant):
        raise InputError(
            f"nothing to compare: {len(plain)} plain and {len(reranked)} reranked rankings of "
            f"{len(relevant)} questions"
        )
    unlabelled = [
        row for row, grades in enumerate(relevant) if not any(g > 0 for g in grades.values())
    ]
    if unlabelled:
        raise InputError(f"question {unlabelled[0] + 1} has nothing relevant and decides nothing")
    before, after = (_values(rankings, relevant, metric) for rankings in (plain, reranked))
    found = paired(after, before)
    return Gate(
        metric=metric,
        questions=len(relevant),
        plain=sum(before) / len(before),
        reranked=sum(after) / len(after),
        low=found.low,
        high=found.high,
        verdict=_verdict(found.low, found.high, len(relevant)),
    )


def _values(
    rankings: Sequence[Sequence[str]], relevant: Sequence[Mapping[str, int]], metric: str
) -> list[float]:
    """The metric of each question, in their order."""
    names = [str(row) for row in range(len(relevant))]
    found = per_question(
        dict(zip(names, rankings, strict=True)), dict(zip(names, relevant, strict=True))
    )
    return [found[metric][name] for name in names]


def _verdict(low: float, high: float, questions: int) -> Verdict:
    if questions >= LEAST and low > 0:
        return "helps"
    if questions >= LEAST and high < 0:
        return "hurts"
    return "undecided"
