"""How far two sides of documents are apart: in their vectors, and in scores.

Every function takes the pooled items, the old ones first, and gives a statistic of each deal of
`Permutations`, the truth first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mmrag.evaluation.drift.permuting import Floats, Permutations
from mmrag.evaluation.embeddings.geometry import skewness
from mmrag.evaluation.embeddings.neighbours import (
    IntArray,
    nearest,
    neighbours_for,
    occurrences,
)
from mmrag.extras import require
from mmrag.store.spec import FloatArray

BINS = 10
EDGE = 0.05
"""Share of the old items that count as far off."""
HUBS = 300
"""Items a side at most that hubness is measured with: they are counted anew for each deal."""


def discrepancy(vectors: FloatArray, deals: Permutations) -> Floats:
    """Squared maximum mean discrepancy, about 0 where nothing has changed (Gretton et al. 2012).

    The kernel is exp(-|x - y|² / (2 s²)), s the median distance of items. The estimate is unbiased
    for documents as the units: pairs within a document are left out.
    """
    apart = np.maximum(0.0, 2 - 2 * (vectors @ vectors.T))
    others = deals.documents[:, None] != deals.documents
    middle = float(np.median(apart[others])) or 1.0
    kernel = np.exp(apart / (-2 * middle)) * others
    old, new, across = deals.within_and_across(deals.block_sums(kernel))
    olds, news, both = deals.pairs()
    return old / olds + new / news - 2 * across / both


def centroid_shift(vectors: FloatArray, deals: Permutations) -> Floats:
    """Cosine distance of the mean vectors of both sides, 0..2."""
    groups = deals.dealt.shape[1]
    sums = np.zeros((groups, vectors.shape[1]))
    np.add.at(sums, deals.documents, vectors.astype(np.float64))
    new = deals.dealt @ sums
    old = sums.sum(axis=0) - new
    lengths = np.linalg.norm(new, axis=1) * np.linalg.norm(old, axis=1)
    shifts: Floats = 1 - np.einsum("pd,pd->p", new, old) / np.maximum(lengths, 1e-12)
    return shifts


def mean_cosines(vectors: FloatArray, deals: Permutations) -> tuple[Floats, Floats]:
    """Mean cosine of random items of the old side, and of the new one (Ethayarajh 2019)."""
    return _pair_means(vectors @ vectors.T, deals)


def uniformities(vectors: FloatArray, deals: Permutations) -> tuple[Floats, Floats]:
    """Uniformity of both sides (Wang and Isola 2020, t = 2): 0 in one place, -4 all over."""
    old, new = _pair_means(np.exp(4 * (vectors @ vectors.T) - 4), deals)
    return np.log(old), np.log(new)


def hubnesses(vectors: FloatArray, deals: Permutations) -> tuple[Floats, Floats]:
    """Skewness of the k-occurrences of both sides (Radovanović et al. 2010), old and new.

    It grows with the number of items, so that as many are taken of both sides, `HUBS` at most.
    """
    order = np.random.default_rng(0).permutation(len(vectors))
    rows = []
    for dealt in deals.dealt:
        new = dealt[deals.documents[order]]
        size = min(HUBS, int(new.sum()), int((~new).sum()))
        k = neighbours_for(size)
        rows.append(
            [skewness(occurrences(nearest(vectors[order[side][:size]], k))) for side in (~new, new)]
        )
    old, new = np.array(rows).T
    return old, new


@dataclass(frozen=True)
class ScoreShift:
    """How the scores of two sides differ, a value for each deal.

    Attributes:
        stability: population stability index over tenths of the old scores (Siddiqi 2006).
        distance: the largest difference of the distribution functions (Kolmogorov-Smirnov).
        old_below, new_below: share of the items of each side that score no more than the lowest
            `EDGE` of the old ones.
    """

    stability: Floats
    distance: Floats
    old_below: Floats
    new_below: Floats


def score_shift(scores: FloatArray, deals: Permutations) -> ScoreShift:
    """Compare (n,) scores. Bins are those of the old scores of each deal, so that all are alike."""
    counts = np.unique(scores, return_counts=True)[1]
    order, ends = np.argsort(scores, kind="stable"), np.cumsum(counts)
    blocks = [_shift(old, new) for old, new in deals.standing(order, ends)]
    return ScoreShift(*(np.concatenate(column) for column in zip(*blocks, strict=True)))


def _shift(old: Floats, new: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """The four columns of `ScoreShift` from (b, m) numbers of items up to each score."""
    rows, items = np.arange(len(old)), (old[:, -1], new[:, -1])
    old, new = old / items[0][:, None], new / items[1][:, None]
    # the first score up to which so many of the old stand: equal scores are never parted
    cuts = [(old >= step / BINS - 1e-9).argmax(axis=1) for step in range(1, BINS)]
    expected, found = (
        np.diff([0 * rows, *(side[rows, cut] for cut in cuts), 0 * rows + 1], axis=0)
        for side in (old, new)
    )
    some = (expected > 0) | (found > 0)  # of equal scores some bins are empty on both sides
    # half an item in a bin that one side lacks, so that it is not infinitely far off
    expected, found = (
        np.maximum(side, 0.5 / count) for side, count in zip((expected, found), items, strict=True)
    )
    stability = ((found - expected) * np.log(found / expected) * some).sum(axis=0)
    edge = (old >= EDGE - 1e-9).argmax(axis=1)
    return stability, np.abs(old - new).max(axis=1), old[rows, edge], new[rows, edge]


def classifier_areas(
    vectors: FloatArray, old: IntArray, new: IntArray, count: int, *, seed: int = 0
) -> Floats:
    """Area under the ROC curve of a classifier that tells old items from new ones.

    A logistic regression learns it on half of the documents and is judged on the others, whose
    sides are dealt anew (Lopez-Paz and Oquab 2017; Rabanser et al. 2019). 0.5: they cannot be
    told apart; 1: always.

    Args:
        vectors: (n, d) pooled items, the old ones first.
        old, new: documents of the items of each side.

    Returns:
        (1 + count,) areas.
    """
    linear = require("sklearn.linear_model", extra="eval", purpose="tell old items from new ones")
    rng = np.random.default_rng(seed)
    learnt = [np.isin(side, _half(side, rng)) for side in (old, new)]
    train, labels = np.concatenate(learnt), np.arange(len(vectors)) >= len(old)
    scale = np.sqrt(vectors.shape[1])  # unit vectors to features of about unit variance
    model = linear.LogisticRegression(C=0.1, class_weight="balanced", max_iter=300)
    model.fit(vectors[train] * scale, labels[train])
    scores = model.decision_function(vectors[~train] * scale)
    deals = Permutations.of(old[~learnt[0]], new[~learnt[1]], count, seed=seed)
    ranks = _ranks(scores)
    others, items = deals.items()
    summed = deals.dealt @ np.bincount(deals.documents, weights=ranks)
    areas: Floats = (summed - items * (items + 1) / 2) / (items * others)
    return areas


def halves(documents: IntArray, *, seed: int = 0) -> NDArray[np.bool_]:
    """(n,) mask: items of a random half of the documents."""
    return np.isin(documents, _half(documents, np.random.default_rng(seed)))


def _half(documents: IntArray, rng: np.random.Generator) -> IntArray:
    different = rng.permutation(np.unique(documents))
    return different[: len(different) // 2]


def _pair_means(pairs: FloatArray, deals: Permutations) -> tuple[Floats, Floats]:
    pairs = pairs.astype(np.float64)
    np.fill_diagonal(pairs, 0.0)
    old, new, _ = deals.within_and_across(deals.block_sums(pairs))
    others, items = deals.items()
    return old / (others * (others - 1)), new / (items * (items - 1))


def _ranks(scores: Floats) -> Floats:
    """Ranks from 1, equal scores sharing the mean of theirs."""
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks: Floats = (ends - (counts - 1) / 2)[place]
    return ranks
