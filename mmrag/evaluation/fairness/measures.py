"""Measures of whom one ranking shows, of the groups of its items from best to worst."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Desired = Mapping[str, float]
"""By group, the share that it should have: above 0, with a sum of 1."""


def skew(groups: Sequence[str], desired: Desired, group: str, k: int) -> float:
    """Skew@k: ln(share of the group among the first k / its desired share).

    Geyik et al. 2019, definition 2. 0 is as desired, above 0 too much; minus infinity where the
    group is not among them, and 0 for an empty ranking, which shows nobody too much.
    """
    shown = groups[:k]
    if not shown:
        return 0.0
    count = sum(found == group for found in shown)
    return math.log(count / len(shown) / desired[group]) if count else -math.inf


def min_skew(groups: Sequence[str], desired: Desired, k: int) -> float:
    """MinSkew@k: the skew of the group that is shown least against what is desired (ibid.)."""
    return min(skew(groups, desired, group, k) for group in desired)


def max_skew(groups: Sequence[str], desired: Desired, k: int) -> float:
    """MaxSkew@k: the skew of the group that is shown most against what is desired (ibid.)."""
    return max(skew(groups, desired, group, k) for group in desired)


def ndkl(groups: Sequence[str], desired: Desired) -> float:
    """Normalised discounted cumulative KL divergence of a ranking; 0 is as desired at each prefix.

    Geyik et al. 2019, definition 4, after Yang and Stoyanovich 2017: the Kullback-Leibler
    divergence of each prefix i from the desired shares, weighted by 1/log2(i + 1). Nats.
    """
    counts = dict.fromkeys(desired, 0)
    total = 0.0
    weights = position_bias(len(groups))
    for i, (group, weight) in enumerate(zip(groups, weights, strict=True), 1):
        counts[group] += 1
        total += weight * sum(
            count / i * math.log(count / i / desired[other])
            for other, count in counts.items()
            if count
        )
    return float(total / weights.sum()) if len(groups) else 0.0


def position_bias(k: int) -> NDArray[np.float64]:
    """The attention that each of k places gets: 1/log2(place + 1), the discount of DCG.

    Singh and Joachims 2018, "Fairness of Exposure in Rankings" (KDD), section 4.
    """
    return 1 / np.log2(np.arange(2, k + 2))


def exposure(groups: Sequence[str | None]) -> dict[str | None, float]:
    """The attention that each group gets in one ranking: the sum over the places of its items."""
    total: dict[str | None, float] = {}
    for group, weight in zip(groups, position_bias(len(groups)), strict=True):
        total[group] = total.get(group, 0.0) + float(weight)
    return total
