"""Bootstrap intervals over questions, and intervals of shares.

Percentile bootstrap of a mean (Efron 1979), paired by question where two systems are compared
(Sakai 2006). Shares of counts have Wilson's score interval (1927), which holds for few items and
near 0 and 1, where the bootstrap gives none (Brown, Cai and DasGupta 2001).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mmrag.errors import InputError

RESAMPLES = 5_000
_DRAWN_AT_ONCE = 4_000_000


@dataclass(frozen=True)
class Interval:
    """A mean and the ends of its 95 % interval."""

    mean: float
    low: float
    high: float


def interval(
    values: Sequence[float] | NDArray[np.float64], *, resamples: int = RESAMPLES, seed: int = 0
) -> Interval:
    """The mean of one value a question, with its interval.

    Raises:
        InputError: there are no values, or one is no finite number.
    """
    given = np.asarray(values, dtype=np.float64)
    if not given.size:
        raise InputError("no questions, so there is nothing to take the mean of")
    if not np.isfinite(given).all():
        raise InputError(
            f"{int((~np.isfinite(given)).sum())} of {given.size} values are no numbers"
        )
    means = np.concatenate(list(_means(given, np.random.default_rng(seed), resamples)))
    low, high = np.quantile(means, [0.025, 0.975])
    return Interval(float(given.mean()), float(low), float(high))


def paired(
    ours: Sequence[float], theirs: Sequence[float], *, resamples: int = RESAMPLES, seed: int = 0
) -> Interval:
    """The mean of ours - theirs, each pair of one question.

    Raises:
        InputError: there are no values, or not the same number of both.
    """
    if len(ours) != len(theirs):
        raise InputError(f"{len(ours)} values cannot be paired with {len(theirs)}")
    return interval(np.subtract(ours, theirs), resamples=resamples, seed=seed)


def share(hits: int, items: int) -> Interval | None:
    """`hits` of `items` with Wilson's 95 % score interval; None of no items."""
    if not items:
        return None
    z, p = 1.959964, hits / items
    scale = 1 + z * z / items
    centre = (p + z * z / (2 * items)) / scale
    half = z / scale * math.sqrt(p * (1 - p) / items + z * z / (4 * items * items))
    return Interval(p, max(0.0, centre - half), min(1.0, centre + half))


def _means(
    values: NDArray[np.float64], rng: np.random.Generator, resamples: int
) -> Iterator[NDArray[np.float64]]:
    block = max(1, _DRAWN_AT_ONCE // len(values))  # the whole would fill the memory
    for start in range(0, resamples, block):
        drawn = rng.integers(0, len(values), (min(block, resamples - start), len(values)))
        yield values[drawn].mean(axis=1)
