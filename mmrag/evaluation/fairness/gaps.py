"""Gaps between groups: their intervals, and which of them are called after Holm's correction."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from mmrag.evaluation.fairness.resampling import (
    Floats,
    Sums,
    ends,
    ratio,
    resampled_all,
)
from mmrag.evaluation.fairness.testing import bootstrap_p, holm, pooled_p, unseen_p
from mmrag.evaluation.intervals import Interval

UNLABELLED = "(no label)"
"""The column of what has no label: shown with its figures, and no part of any gap."""
LEAST = 10
"""Units that a group must have for a gap to be called; with fewer the bootstrap is too narrow."""
ALPHA = 0.05

Kind = Literal["rest", "desired", "treatment"]


@dataclass(frozen=True)
class Measure:
    """A measure by group, and what a group's figure is held against.

    Attributes:
        kind: "rest" takes the difference from all other labelled groups together, "desired" that
            from the desired share, "treatment" the ratio to the rest.
        definition: in a line, with its source.
        desired: by labelled group, for the kind "desired".
    """

    name: str
    kind: Kind
    definition: str
    sums: Sums
    desired: Mapping[str, float] | None = None

    @property
    def labelled(self) -> list[int]:
        """The columns that have a label."""
        return [row for row, group in enumerate(self.sums.groups) if group != UNLABELLED]

    @property
    def null(self) -> float:
        """The gap that is none."""
        return 1.0 if self.kind == "treatment" else 0.0

    def gaps(self, above: Floats, below: Floats) -> Floats:
        """The gap of each labelled group.

        Args:
            above, below: (1 + resamples, groups).

        Returns:
            (1 + resamples, labelled groups).
        """
        above, below = above[:, self.labelled], below[:, self.labelled]
        own = ratio(above, below)
        if self.kind == "desired":
            wanted = self.desired or {}
            shares: Floats = np.array([wanted[self.sums.groups[row]] for row in self.labelled])
            return own - shares
        every = (side.sum(axis=1, keepdims=True) for side in (above, below))
        rest = ratio(*(total - side for total, side in zip(every, (above, below), strict=True)))
        return own - rest if self.kind == "rest" else ratio(own, rest)

    def p(self, at: int, gaps: Floats) -> float:
        """How likely the gap of a labelled group is by chance, two-sided, before any correction.

        Args:
            at: which of the labelled groups.
            gaps: as `gaps` has them.
        """
        column = self.labelled[at]
        p = bootstrap_p(gaps[:, at], self.null)
        if self.kind == "rest":
            above, below = (side[:, self.labelled] for side in (self.sums.above, self.sums.below))
            return max(p, pooled_p(above, below, at))
        if self.kind == "desired" and self.desired:
            share = self.desired[self.sums.groups[column]]
            return max(p, unseen_p(gaps[0, at] + share, share, self.sums.units[column]))
        return p

    def distance(self, gaps: Floats) -> Floats:
        """How far gaps are from none, either way; ratios by their logarithm."""
        with np.errstate(divide="ignore"):
            away: Floats = np.log(gaps) if self.kind == "treatment" else gaps
        return np.abs(away)


@dataclass(frozen=True)
class Row:
    """One group's figure.

    Attributes:
        units: questions or items that it rests on.
        gap: against the rest, or against what is desired; None where it is not defined.
        adjusted: the p-value of the gap after Holm's correction; None where it was not tested.
        small: too few units to say anything.
        called: the gap is told as one: its interval excludes none, after the correction.
    """

    group: str
    units: int
    value: Interval | None
    gap: Interval | None = None
    adjusted: float | None = None
    small: bool = False
    called: bool = False


@dataclass(frozen=True)
class Spread:
    """The largest minus the smallest figure of groups that are not too small.

    The interval is that of this pair at the level 1 - 0.05 / pairs, since it was picked from so
    many (Bonferroni). A plain interval of a maximum would never reach 0.
    """

    highest: str
    lowest: str
    found: Interval
    pairs: int


@dataclass(frozen=True)
class Finding:
    """What a measure says of the groups; no spread where fewer than two are large enough."""

    measure: Measure
    rows: tuple[Row, ...]
    spread: Spread | None


def find(measures: Sequence[Measure], *, least: int = LEAST) -> list[Finding]:
    """Figures and gaps of measures of the same units, tested as one family.

    Args:
        least: units that a group, and the rest, must have.
    """
    tables = resampled_all([measure.sums for measure in measures])
    found = [
        _finding(measure, *sides, least) for measure, sides in zip(measures, tables, strict=True)
    ]
    families = [_unmirrored(p) for _, p in found]
    adjusted = iter(holm([p for family in families for p in family.values()]))
    return [
        _called(finding, dict(zip(family, adjusted, strict=False)))
        for (finding, _), family in zip(found, families, strict=True)
    ]


def count_tested(findings: Sequence[Finding]) -> int:
    """How many gaps were tested; of two groups, whose gaps are the same mirrored, it is one."""
    rows = [[row for row in one.rows if row.adjusted is not None] for one in findings]
    return sum(1 if len(one) == 2 else len(one) for one in rows)


def called(findings: Sequence[Finding]) -> list[tuple[Measure, Row]]:
    """The gaps that are called."""
    return [(one.measure, row) for one in findings for row in one.rows if row.called]


def _finding(
    measure: Measure, above: Floats, below: Floats, least: int
) -> tuple[Finding, dict[str, float]]:
    """The finding, and by group the p-values of what is tested."""
    values, gaps = ratio(above, below), measure.gaps(above, below)
    units = measure.sums.units
    counts = [units[row] for row in measure.labelled]
    all_units = int((measure.sums.below[:, measure.labelled] != 0).any(axis=1).sum())
    rows, family = [], {}
    for column, group in enumerate(measure.sums.groups):
        row = Row(group, units[column], ends(values[:, column]))
        if group != UNLABELLED:
            at = measure.labelled.index(column)
            rest = sum(counts) - counts[at] if measure.kind != "desired" else all_units
            row = replace(row, gap=ends(gaps[:, at]), small=min(row.units, rest) < least)
            if row.gap is not None and not row.small:
                family[group] = measure.p(at, gaps)
        rows.append(row)
    finding = Finding(measure, tuple(rows), _spread(measure, values, least))
    return finding, family


def _unmirrored(p: Mapping[str, float]) -> dict[str, float]:
    """What is tested: of two groups, whose gaps are the same mirrored, only the first."""
    return dict(list(p.items())[: 1 if len(p) == 2 else None])


def _called(finding: Finding, adjusted: Mapping[str, float]) -> Finding:
    """The finding with its p-values; that of the first of two groups holds for both."""
    shared = next(iter(adjusted.values())) if len(adjusted) == 1 else None
    rows = []
    for row in finding.rows:
        p = adjusted.get(row.group, shared)
        if row.gap is not None and not row.small and p is not None:
            # the bootstrap's own p-value is no larger, so the interval excludes none as well
            row = replace(row, adjusted=p, called=p < ALPHA)
        rows.append(row)
    return replace(finding, rows=tuple(rows))


def _spread(measure: Measure, values: Floats, least: int) -> Spread | None:
    units = measure.sums.units
    large = [
        row for row in measure.labelled if units[row] >= least and not np.isnan(values[0, row])
    ]
    if measure.kind != "rest" or len(large) < 2:
        return None
    lowest, highest = (pick(large, key=lambda row: values[0, row]) for pick in (min, max))
    if lowest == highest:  # all the same
        lowest, highest = large[:2]
    pairs = math.comb(len(large), 2)
    found = ends(values[:, highest] - values[:, lowest], level=1 - ALPHA / pairs)
    names = measure.sums.groups
    return Spread(names[highest], names[lowest], found, pairs) if found else None
