"""How likely a gap is by chance, with guards where the bootstrap is too sure of itself.

A group that was right ten times out of ten has no variance for the bootstrap to see, so a second
test stands beside it, and the larger p-value counts.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from mmrag.evaluation.fairness.resampling import Floats, ratio


def bootstrap_p(values: Floats, null: float) -> float:
    """Two-sided: twice the share of draws on the far side of `null`, one of them at least.

    Where none is there, it is as far out as a normal distribution of their spread has it: else no
    gap could be told among some hundred.

    Args:
        values: (1 + resamples,), a figure and its draws.
    """
    draws = values[1:][~np.isnan(values[1:])]
    tail = min(int((draws <= null).sum()), int((draws >= null).sum()))
    p = min(1.0, 2 * (tail + 1) / (draws.size + 1))
    spread = float(draws.std()) if np.isfinite(draws).all() else 0.0
    if tail or not spread:
        return p
    return min(p, _two_sided((float(values[0]) - null) / spread))


def pooled_p(above: Floats, below: Floats, at: int) -> float:
    """Two-sided: a group's figure minus that of the rest, if labels had been dealt out by chance.

    The permutation test by its normal limit: the variance of both sides is that of all units
    together (Hoeffding 1951, "A combinatorial central limit theorem").

    Args:
        above, below: (units, groups), as of `Sums`.
        at: the group.
    """
    cells = below != 0
    overall = above[cells].sum() / below[cells].sum()
    strays = (above - overall * below)[cells]
    counts, totals = cells.sum(axis=0), below.sum(axis=0)
    own, rest = float(totals[at]), float(totals.sum() - totals[at])
    others = int(counts.sum() - counts[at])
    spread = float((strays**2).sum()) / max(1, len(strays) - 1)
    error = math.sqrt(spread * (int(counts[at]) / own**2 + others / rest**2))
    sums = np.stack([above.sum(axis=0), totals])
    own_sums, all_sums = sums[:, at : at + 1], sums.sum(axis=1, keepdims=True)
    gap = float((ratio(*own_sums) - ratio(*(all_sums - own_sums)))[0])
    return _two_sided(gap / error) if error else 1.0


def unseen_p(share: float, desired: float, units: int) -> float:
    """How likely a group is never shown, or nobody else is, if each unit showed one item by chance.

    0 for any other share, of which the bootstrap tells.
    """
    if 0 < share < 1:
        return 0.0
    return float((1 - desired if share <= 0 else desired) ** units)


def holm(p: Sequence[float]) -> list[float]:
    """p-values adjusted for their number, step by step (Holm 1979), in the order given."""
    adjusted, highest = [0.0] * len(p), 0.0
    for step, row in enumerate(sorted(range(len(p)), key=p.__getitem__)):
        highest = max(highest, min(1.0, p[row] * (len(p) - step)))
        adjusted[row] = highest
    return adjusted


def _two_sided(z: float) -> float:
    return math.erfc(abs(z) / math.sqrt(2))
