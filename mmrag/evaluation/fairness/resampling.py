"""Measures by group as ratios of sums over units, and their bootstrap.

All units (questions, classified items) are resampled together, so that a question with answers in
two groups stays in both (cluster bootstrap; Davison and Hinkley 1997, section 3.8), and so that two
measures of the same units are paired.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mmrag.evaluation.intervals import RESAMPLES, Interval

Floats = NDArray[np.float64]
_DRAWN_AT_ONCE = 4_000_000


@dataclass(frozen=True)
class Sums:
    """A measure of each group as a ratio of sums over units: recall is found over wanted.

    Attributes:
        groups: names of the columns.
        above, below: (units, groups), what is summed in the numerator and in the denominator.
    """

    groups: tuple[str, ...]
    above: Floats
    below: Floats

    @property
    def units(self) -> tuple[int, ...]:
        """By group, how many units have something in the denominator."""
        return tuple(int(count) for count in (self.below != 0).sum(axis=0))


def resampled(columns: Floats, *, resamples: int = RESAMPLES, seed: int = 0) -> Floats:
    """Sums of the columns over the units as they are, and over as many drawn with replacement.

    Args:
        columns: (units, n); with as many units, the same ones are drawn each time.

    Returns:
        (1 + resamples, n); the first row is of the units as they are.
    """
    units, rng = len(columns), np.random.default_rng(seed)
    block = max(1, _DRAWN_AT_ONCE // units)  # the whole would fill the memory
    sums = [columns.sum(axis=0, keepdims=True)]
    for start in range(0, resamples, block):
        size = min(block, resamples - start)
        rows = rng.integers(0, units, (size, units)) + np.arange(size)[:, None] * units
        weights = np.bincount(rows.ravel(), minlength=size * units).reshape(size, units)
        sums.append(weights @ columns)
    return np.concatenate(sums)


def resampled_all(rows: Sequence[Sums]) -> list[tuple[Floats, Floats]]:
    """Numerators and denominators of measures of the same units, each (1 + resamples, groups)."""
    table = resampled(np.hstack([side for row in rows for side in (row.above, row.below)]))
    ends = np.cumsum([len(row.groups) for row in rows for _ in range(2)])[:-1]
    sides = np.split(table, ends, axis=1)
    return list(zip(sides[::2], sides[1::2], strict=True))


def ratio(above: Floats, below: Floats) -> Floats:
    """above / below; nan where nothing is below."""
    defined = below != 0
    return np.where(defined, above / np.where(defined, below, 1), np.nan)


def ends(values: Floats, *, level: float = 0.95) -> Interval | None:
    """The percentile interval of a figure; None where it is not defined.

    Args:
        values: (1 + resamples,), the figure and its draws; draws that are nan are left out.
    """
    draws = values[1:][~np.isnan(values[1:])]
    if np.isnan(values[0]) or not draws.size:
        return None
    tails = [(1 - level) / 2, (1 + level) / 2]
    low, high = np.quantile(draws, tails, method="inverted_cdf")  # a draw may be infinite
    return Interval(float(values[0]), float(low), float(high))
