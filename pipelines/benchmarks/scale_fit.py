"""How a cost grows with the number of points: the exponent of a power law, and per-point costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Growth:
    """cost = c * points ** exponent, by least squares in logarithms.

    Attributes:
        first, last: the range that it was fitted on, which says nothing of others by itself.
        misfit: the largest factor by which a cost lies off the line; 1 is on it.
    """

    exponent: float
    first: int
    last: int
    misfit: float


def growth(costs: Mapping[int, float], *, first: int) -> Growth:
    """Fit costs by number of points.

    Args:
        first: sizes below it are left out, for there what is fixed hides what grows.

    Raises:
        ValueError: fewer than two sizes are left, or a cost is not above 0.
    """
    sizes = sorted(size for size in costs if size >= first)
    if len(sizes) < 2:
        raise ValueError(f"a fit from {first} points needs two sizes, found {sizes}")
    if min(costs[size] for size in sizes) <= 0:
        raise ValueError("costs that are fitted in logarithms must be above 0")
    x, y = np.log(sizes), np.log([costs[size] for size in sizes])
    slope, level = np.polyfit(x, y, 1)
    off = np.abs(y - (slope * x + level)).max()
    return Growth(float(slope), sizes[0], sizes[-1], float(np.exp(off)))


def marginal(costs: Mapping[int, float]) -> float:
    """What one more point costs, between the two largest sizes; fixed costs fall out.

    Raises:
        ValueError: there is one size alone.
    """
    if len(costs) < 2:
        raise ValueError(f"the cost of one more point needs two sizes, found {sorted(costs)}")
    less, more = sorted(costs)[-2:]
    return (costs[more] - costs[less]) / (more - less)
