"""Measures of rankings, by question: nDCG@10, recall@1/5/10 and MRR, as ir-measures has them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from mmrag.evaluation.intervals import Interval, interval, paired
from mmrag.extras import require

__all__ = ["MEASURES", "Group", "Interval", "group", "interval", "ndcg", "paired", "per_question"]

MEASURES: Mapping[str, str] = {
    "ndcg@10": "nDCG@10",
    "recall@1": "R@1",
    "recall@5": "R@5",
    "recall@10": "R@10",
    "mrr": "RR",
}
"""By our name, that of ir-measures. nDCG counts grades, the others any grade above 0."""


@dataclass(frozen=True)
class Group:
    """Measures of some questions, with their intervals."""

    questions: int
    measures: Mapping[str, Interval]

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        rows = {name: asdict(found) for name, found in self.measures.items()}
        return {
            "questions": self.questions,
            "measures": {
                name: {key: round(value, 6) for key, value in row.items()}
                for name, row in rows.items()
            },
        }


def group(
    values: Mapping[str, Mapping[str, float]], ids: Sequence[str], measures: Iterable[str]
) -> Group:
    """The means of these measures over these questions.

    Args:
        values: by measure and question, as `per_question` gives them.

    Raises:
        InputError: no questions.
    """
    means = {name: interval([values[name][question] for question in ids]) for name in measures}
    return Group(len(ids), means)


def per_question(
    rankings: Mapping[str, Sequence[str]], relevant: Mapping[str, Mapping[str, int]]
) -> dict[str, dict[str, float]]:
    """Each measure of each question; 0 where nothing was found.

    Args:
        rankings: by question, labels from best to worst; a label counts where it stands first.
        relevant: by question, labels with their grade above 0. Only these questions are measured.

    Returns:
        By measure and question, a value in 0..1.
    """
    library = require("ir_measures", extra="eval", purpose="measure rankings")
    names: dict[Any, str] = {library.parse_measure(known): ours for ours, known in MEASURES.items()}
    # falling scores keep the order; the library breaks ties by id
    run = {
        question: {
            label: -float(place)
            for place, label in enumerate(dict.fromkeys(rankings.get(question, ())))
        }
        for question in relevant
    }
    values: dict[str, dict[str, float]] = {ours: dict.fromkeys(relevant, 0.0) for ours in MEASURES}
    judged = {question: dict(grades) for question, grades in relevant.items()}
    for found in library.iter_calc(list(names), judged, run):
        values[names[found.measure]][found.query_id] = float(found.value)
    return values


def ndcg(ranking: Sequence[str], relevant: Mapping[str, int], *, depth: int = 10) -> float:
    """nDCG of one question as `per_question` has it, for loops in which a library is too slow.

    Grades are gains and count less by the logarithm of the rank (Järvelin and Kekäläinen 2002).

    Args:
        ranking: labels from best to worst, each once.
    """
    gains = [relevant.get(label, 0) for label in ranking[:depth]]
    best = sorted(relevant.values(), reverse=True)[:depth]
    ideal = _discounted(best)
    return _discounted(gains) / ideal if ideal else 0.0


def _discounted(gains: Sequence[int]) -> float:
    return float(np.sum(np.asarray(gains, float) / np.log2(np.arange(2, len(gains) + 2))))
