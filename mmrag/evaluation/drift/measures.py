"""The measures of drift of one kind of item in one space, each with its p-value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from mmrag.evaluation.drift.permuting import Floats, Permutations, p_value
from mmrag.evaluation.drift.snapshot import Cloud
from mmrag.evaluation.drift.statistics import (
    BINS,
    EDGE,
    centroid_shift,
    classifier_areas,
    discrepancy,
    halves,
    hubnesses,
    mean_cosines,
    score_shift,
    uniformities,
)
from mmrag.store.spec import FloatArray

FEWEST = 10
"""Documents a side below which nothing is tested: chance alone could explain any difference."""
CLASSIFIED = 20
"""Documents a side from which on a classifier can learn and be judged."""
DESCRIBED = 99
"""Deals for what only describes."""
COPY = 1 - 1e-4
"""Cosine from which on two items are copies."""


@dataclass(frozen=True)
class Limits:
    """From where on a difference is an alarm: when it is above its limit, and not by chance.

    Attributes:
        alpha: chance, at most, that a comparison without any drift alarms, over all its tests.
        psi: population stability index. Below 0.1 stable, above 0.25 shifted, is a rule of thumb
            of credit scoring (Siddiqi 2006).
        ks: distance of distribution functions, 0..1.
        auc: area under the curve of the classifier, 0.5..1.
        mmd: squared maximum mean discrepancy. Texts of one genre and those of all the others,
            embedded by MiniLM, have 0.01 to 0.1.
    """

    alpha: float = 0.01
    psi: float = 0.25
    ks: float = 0.2
    auc: float = 0.7
    mmd: float = 0.005


@dataclass(frozen=True)
class Measure:
    """What a measure is called, how to read it, where it comes from.

    `limit` names the limit above which it alarms; None for what only describes.
    """

    name: str
    reading: str
    source: str = ""
    limit: str | None = None


MMD = Measure(
    "discrepancy",
    "squared MMD of the vectors: 0 = the same distribution",
    "Gretton et al. 2012",
    "mmd",
)
AUC = Measure(
    "classifier",
    "how well old and new items can be told apart: 0.5 = not at all, 1 = always",
    "Rabanser et al. 2019",
    "auc",
)
SHIFT = Measure("centroid shift", "cosine distance of the mean vectors")
_PSI = f"PSI over {BINS} bins: below 0.1 stable, above 0.25 shifted (rule of thumb)"
_KS = "largest difference of the distribution functions (Kolmogorov-Smirnov): 0..1"
BACK_PSI = Measure("background, PSI", f"score against an average stored item; {_PSI}", "", "psi")
BACK_KS = Measure("background, KS", f"score against an average stored item; {_KS}", "", "ks")
NEAR_PSI = Measure("nearest, PSI", f"score with the nearest stored item; {_PSI}", "", "psi")
NEAR_KS = Measure("nearest, KS", f"score with the nearest stored item; {_KS}", "", "ks")
NEAR = Measure("nearest, mean", "mean score with the nearest stored item: lower = less covered")
FAR = Measure("far off", f"share with a nearest score as low as the lowest {EDGE:.0%} of the old")
WEAK = Measure("weak", "share that is nearer to the background than to a match")
COPIES = Measure("copies", "share that is the same as an item of another stored document")
COSINE = Measure("anisotropy", "mean cosine of random items", "Ethayarajh 2019")
UNIFORMITY = Measure("uniformity", "0 = all in one place, -4 = all over", "Wang and Isola 2020")
HUBNESS = Measure(
    "hubness", "skewness of how often an item is a neighbour", "Radovanović et al. 2010"
)
TESTS = (MMD, AUC, BACK_PSI, BACK_KS, NEAR_PSI, NEAR_KS)
"""Those that can alarm."""
MEASURES = (*TESTS, SHIFT, NEAR, FAR, WEAK, COPIES, COSINE, UNIFORMITY, HUBNESS)


@dataclass(frozen=True)
class Finding:
    """A measure of one kind in one space.

    Attributes:
        value: how far old and new are apart.
        chance: its mean over random deals of the documents: what it is without any drift.
        p: share of the deals that are as far apart.
        old, new: the figures of both sides, where it is a difference of two.
        adjusted: `p` for being one of many tests (Holm 1979); None for what only describes.
        alarm: whether `adjusted` and `value` are beyond their limits.
    """

    measure: Measure
    value: float
    chance: float
    p: float
    old: float | None = None
    new: float | None = None
    adjusted: float | None = None
    alarm: bool = False


@dataclass(frozen=True, eq=False)
class Scores:
    """Scores of old and new items, (n,) each: with the nearest stored item, and with an average
    one."""

    nearest: tuple[FloatArray, FloatArray]
    background: tuple[FloatArray, FloatArray]


def of_vectors(old: Cloud, new: Cloud, deals: int) -> Iterator[Finding]:
    """Compare where the vectors lie."""
    pooled = np.concatenate([old.vectors, new.vectors])
    dealt = Permutations.of(old.documents, new.documents, deals)
    yield _found(MMD, discrepancy(pooled, dealt))
    if min(old.size, new.size) >= CLASSIFIED:
        areas = classifier_areas(pooled, old.documents, new.documents, deals)
        yield _found(AUC, areas)
    few = dealt.first(DESCRIBED)
    yield _found(SHIFT, centroid_shift(pooled, few))
    yield _sides(COSINE, *mean_cosines(pooled, few))
    yield _sides(UNIFORMITY, *uniformities(pooled, few))
    yield _sides(HUBNESS, *hubnesses(pooled, few))


def of_scores(
    old: Cloud,
    new: Cloud,
    deals: int,
    *,
    stored: FloatArray | None = None,
    match: float | None = None,
) -> tuple[Scores, list[Finding]]:
    """Compare what items score with stored ones.

    Args:
        stored: (n, d) what both sides are scored with. None is for items of the index themselves:
            a random half of the old documents is kept to score with, and the other half is
            compared, for an item is near to its own document.
        match: what a match of these scores; None leaves out how many are far from one.
    """
    rest, documents = old.vectors, old.documents
    if stored is None:
        kept = halves(old.documents)
        stored, rest, documents = rest[kept], rest[~kept], documents[~kept]
    pooled = np.concatenate([rest, new.vectors])
    dealt = Permutations.of(documents, new.documents, deals)
    background = pooled @ stored.mean(axis=0)
    nearest = (pooled @ stored.T).max(axis=1)
    shift = score_shift(background, dealt)
    found = [_found(BACK_PSI, shift.stability), _found(BACK_KS, shift.distance)]
    shift = score_shift(nearest, dealt)
    found += [_found(NEAR_PSI, shift.stability), _found(NEAR_KS, shift.distance)]
    found += [
        _sides(NEAR, *dealt.means(nearest)),
        _sides(FAR, shift.old_below, shift.new_below),
        _sides(COPIES, *dealt.means((nearest >= COPY).astype(np.float64))),
    ]
    if match is not None:
        weak = (nearest < (match + background) / 2).astype(np.float64)
        found.append(_sides(WEAK, *dealt.means(weak)))
    cut = len(rest)
    return Scores((nearest[:cut], nearest[cut:]), (background[:cut], background[cut:])), found


def tests_in(old: Cloud, new: Cloud, *, scores_only: bool) -> int:
    """How many findings there will be that can alarm."""
    if scores_only:
        return 4
    return 5 + (min(old.size, new.size) >= CLASSIFIED)


def _found(
    measure: Measure, values: Floats, old: float | None = None, new: float | None = None
) -> Finding:
    return Finding(measure, float(values[0]), float(values[1:].mean()), p_value(values), old, new)


def _sides(measure: Measure, old: Floats, new: Floats) -> Finding:
    """A figure of both sides; either may be the larger."""
    return _found(measure, np.abs(new - old), float(old[0]), float(new[0]))
