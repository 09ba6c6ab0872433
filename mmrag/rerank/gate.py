"""Whether a reranker helps on one's own questions: the same hits with and without it.

Rerankers lower the quality of some collections, and nothing but labelled questions tells which.
Järvelin and Kekäläinen 2002 (nDCG); Sakai 2006 (paired bootstrap over questions).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import log2
from typing import Any, Literal

import numpy as np
from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.schema import BaseNode, NodeWithScore

from mmrag.errors import InputError

Metric = Literal["ndcg@10", "mrr"]
Verdict = Literal["helps", "hurts", "undecided"]
Relevance = Mapping[str, float]
"""By label, a gain above 0; what is not in it is irrelevant."""

DEPTH = 10
LEAST = 10
"""Fewer questions than these decide nothing: the interval of so few is too narrow to be trusted."""
_BLOCK = 1000


@dataclass(frozen=True)
class Question:
    """A labelled question: which labels are relevant, and how much."""

    text: str
    relevant: Relevance


@dataclass(frozen=True)
class Gate:
    """What reranking does to a set of questions, as the manifest keeps it.

    Attributes:
        metric: what is compared, the mean over questions.
        questions: how many.
        plain, reranked: the metric without and with the reranker, 0..1.
        low, high: 95 % interval of their difference, reranked - plain.
        verdict: "helps" or "hurts" if the interval lies on one side of 0.
        resamples, seed: of the bootstrap.
    """

    metric: Metric
    questions: int
    plain: float
    reranked: float
    low: float
    high: float
    verdict: Verdict
    resamples: int
    seed: int

    @property
    def difference(self) -> float:
        """By how much reranking lifts the metric."""
        return self.reranked - self.plain

    def as_dict(self) -> dict[str, Any]:
        """As JSON; `Gate(**row)` reads it back."""
        return asdict(self)


def ndcg_at_10(ranking: Sequence[str], relevant: Relevance) -> float:
    """Discounted cumulative gain of the first ten labels over that of the best order, 0..1."""
    gains = [relevant.get(label, 0.0) for label in _first(ranking)[:DEPTH]]
    best = _discounted(sorted(relevant.values(), reverse=True)[:DEPTH])
    return _discounted(gains) / best if best else 0.0


def reciprocal_rank(ranking: Sequence[str], relevant: Relevance) -> float:
    """1 / rank of the first relevant label; 0 if there is none."""
    ranks = (n for n, label in enumerate(_first(ranking), 1) if relevant.get(label, 0.0) > 0)
    return 1 / next(ranks, float("inf"))


METRICS: dict[Metric, Callable[[Sequence[str], Relevance], float]] = {
    "ndcg@10": ndcg_at_10,
    "mrr": reciprocal_rank,
}


def compare(
    plain: Sequence[Sequence[str]],
    reranked: Sequence[Sequence[str]],
    relevant: Sequence[Relevance],
    *,
    metric: Metric = "ndcg@10",
    resamples: int = 10_000,
    seed: int = 0,
) -> Gate:
    """Compare two rankings of each question.

    Args:
        plain, reranked: by question, labels from best to worst; a label counts where it stands
            first.
        relevant: by question, what should be found.

    Raises:
        InputError: no questions, one without anything relevant, or lists of different lengths.
    """
    if not relevant or not len(plain) == len(reranked) == len(relevant):
        raise InputError(
            f"nothing to compare: {len(plain)} plain and {len(reranked)} reranked rankings of "
            f"{len(relevant)} questions"
        )
    unlabelled = [
        row for row, gains in enumerate(relevant) if not any(g > 0 for g in gains.values())
    ]
    if unlabelled:
        raise InputError(f"question {unlabelled[0] + 1} has nothing relevant and decides nothing")
    measure = METRICS[metric]
    before = np.array([measure(r, g) for r, g in zip(plain, relevant, strict=True)])
    after = np.array([measure(r, g) for r, g in zip(reranked, relevant, strict=True)])
    low, high = bootstrap_interval(after - before, resamples=resamples, seed=seed)
    return Gate(
        metric=metric,
        questions=len(relevant),
        plain=float(before.mean()),
        reranked=float(after.mean()),
        low=low,
        high=high,
        verdict=_verdict(low, high, len(relevant)),
        resamples=resamples,
        seed=seed,
    )


def bootstrap_interval(
    differences: Any,  # noqa: ANN401  (array-like of floats)
    *,
    resamples: int = 10_000,
    seed: int = 0,
) -> tuple[float, float]:
    """95 % percentile interval of the mean of paired differences, resampled over questions."""
    values = np.asarray(differences, dtype=np.float64)
    rng = np.random.default_rng(seed)
    means = np.concatenate(list(_resampled_means(values, rng, resamples)))
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def run_gate(
    retrieve: Callable[[str], Sequence[NodeWithScore]],
    reranker: BaseNodePostprocessor,
    questions: Sequence[Question],
    *,
    label: Callable[[BaseNode], str] = lambda node: node.node_id,
    metric: Metric = "ndcg@10",
    resamples: int = 10_000,
    seed: int = 0,
) -> Gate:
    """Retrieve for each question once, rerank, and compare.

    Args:
        retrieve: hits of a question, best first; as many as the reranker is to see.
        label: what of a node the questions' labels name, such as its source.
    """
    plain, reranked = [], []
    for question in questions:
        hits = list(retrieve(question.text))
        after = reranker.postprocess_nodes(hits, query_str=question.text)
        reranked.append([label(hit.node) for hit in after])
        # a reranker that returns its best five stands against the five best without it
        plain.append([label(hit.node) for hit in hits[: len(after)]])
    relevant = [question.relevant for question in questions]
    return compare(plain, reranked, relevant, metric=metric, resamples=resamples, seed=seed)


def _verdict(low: float, high: float, questions: int) -> Verdict:
    if questions >= LEAST and low > 0:
        return "helps"
    if questions >= LEAST and high < 0:
        return "hurts"
    return "undecided"


def _discounted(gains: Sequence[float]) -> float:
    return sum(gain / log2(rank + 1) for rank, gain in enumerate(gains, 1))


def _first(ranking: Sequence[str]) -> list[str]:
    """Each label once: ten passages of a relevant document are one find."""
    return list(dict.fromkeys(ranking))


def _resampled_means(
    values: np.ndarray[Any, np.dtype[np.float64]], rng: np.random.Generator, resamples: int
) -> Iterator[np.ndarray[Any, np.dtype[np.float64]]]:
    for start in range(0, resamples, _BLOCK):  # in blocks, for the whole would fill the memory
        drawn = rng.integers(0, len(values), (min(_BLOCK, resamples - start), len(values)))
        yield values[drawn].mean(axis=1)
