"""How well each method ranks a pool: nDCG@10, recall, MRR, gains and the share of each modality."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mmrag.evaluation.measures import MEASURES, Interval, interval, paired, per_question
from pipelines.benchmarks.pool_asking import Ranking
from pipelines.benchmarks.pool_baselines import APART, RIVALS
from pipelines.benchmarks.world import Question

MINE = "calibrated"
NDCG = "ndcg@10"
LABELS = {
    NDCG: "ndcg",
    "recall@1": "r_at_1",
    "recall@5": "r_at_5",
    "recall@10": "r_at_10",
    "mrr": "rr",
}
"""What a measure is called in the name of a metric."""

Values = dict[str, dict[str, dict[str, float]]]
"""By method, measure and question, its value."""


@dataclass(frozen=True)
class Judged:
    """One pool's rankings, judged.

    Attributes:
        metrics: as published.
        values: by method, measure and question.
        by_measure: by method and measure, over all questions.
        by_kind: by method and kind of question ("all" too), nDCG@10.
    """

    metrics: dict[str, float]
    values: Values
    by_measure: Mapping[str, Mapping[str, Interval]]
    by_kind: Mapping[str, Mapping[str, Interval]]


def judged(questions: Sequence[Question], rankings: Mapping[str, Mapping[str, Ranking]]) -> Judged:
    """Every measure of every method; a question counts 0 where nothing relevant was found.

    Args:
        rankings: by method and question, sources from best to worst.
    """
    relevant = {question.id: question.relevant for question in questions}
    values = {name: per_question(found, relevant) for name, found in rankings.items()}
    by_measure = {
        name: {measure: interval(list(rows[measure].values())) for measure in MEASURES}
        for name, rows in values.items()
    }
    kinds = {"all": list(relevant)}
    for question in questions:
        kinds.setdefault(question.kind, []).append(question.id)
    by_kind = {
        name: {kind: interval([rows[NDCG][i] for i in ids]) for kind, ids in kinds.items()}
        for name, rows in values.items()
    }
    out: dict[str, float] = {"questions": len(questions)}
    for name, row in by_measure.items():
        for measure, found in row.items():
            out |= spread(f"{LABELS[measure]}_{name}", found)
        out |= {f"ndcg_{name}_{k}": found.mean for k, found in by_kind[name].items() if k != "all"}
    return Judged(out, values, by_measure, by_kind)


def against_baselines(
    questions: Sequence[Question], rankings: Mapping[str, Mapping[str, Ranking]]
) -> Judged:
    """The same with what calibrated fusion gains over each baseline, and what it exposes.

    Args:
        rankings: also of every baseline.
    """
    found = judged(questions, rankings)
    values, out = found.values, found.metrics
    best = max(RIVALS, key=lambda name: found.by_measure[name][NDCG].mean)
    out["ndcg_best_baseline"] = found.by_measure[best][NDCG].mean
    out |= spread("gain", difference(values, best))
    best_apart = max(APART, key=lambda name: found.by_measure[name][NDCG].mean)
    out["ndcg_best_apart"] = found.by_measure[best_apart][NDCG].mean
    out |= spread("gain_over_apart", difference(values, best_apart))
    for measure in list(MEASURES)[1:]:
        out |= spread(f"gain_{LABELS[measure]}", difference(values, best, measure))
    for name in RIVALS:
        gain = difference(values, name)
        out |= {f"gain_over_{name}": gain.mean, f"gain_over_{name}_lo": gain.low}
    exposure = exposures(questions, rankings[MINE])
    out |= {f"exposure_{kind}": share for kind, share in exposure.items()}
    out["min_exposure"] = min(exposure.values())
    return found


def difference(
    values: Values, other: str, measure: str = NDCG, *, of: Sequence[str] | None = None
) -> Interval:
    """Calibrated fusion minus another method, paired by question.

    Args:
        of: only these questions.
    """
    mine, theirs = values[MINE][measure], values[other][measure]
    ids = list(mine) if of is None else of
    return paired([mine[i] for i in ids], [theirs[i] for i in ids])


def spread(name: str, found: Interval) -> dict[str, float]:
    """A metric with the ends of its interval."""
    return {name: found.mean, f"{name}_lo": found.low, f"{name}_hi": found.high}


def exposures(questions: Sequence[Question], found: Mapping[str, Ranking]) -> dict[str, float]:
    """By kind of file (its folder), its mean share of the first ten of questions in words that it
    is relevant to.
    """
    shares: dict[str, list[float]] = {}
    for question in questions:
        if question.kind != "words":
            continue
        hits = [kind_of(source) for source in found[question.id]]
        for kind in {kind_of(source) for source in question.relevant}:
            shares.setdefault(kind, []).append(hits.count(kind) / max(1, len(hits)))
    return {kind: float(np.mean(shares[kind])) for kind in sorted(shares)}


def kind_of(source: str) -> str:
    """What a file of the pool is: its folder says it."""
    return source.partition("/")[0]
