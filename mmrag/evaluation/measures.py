"""Measures of rankings, by question: nDCG@10, recall@1/5/10 and MRR, as ir-measures has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mmrag.evaluation.intervals import Interval, interval, paired
from mmrag.extras import require

__all__ = ["MEASURES", "Interval", "interval", "paired", "per_question"]

MEASURES: Mapping[str, str] = {
    "ndcg@10": "nDCG@10",
    "recall@1": "R@1",
    "recall@5": "R@5",
    "recall@10": "R@10",
    "mrr": "RR",
}
"""By our name, that of ir-measures. nDCG counts grades, the others any grade above 0."""


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
