"""What an audit by group says, whatever was audited; as JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from mmrag.evaluation.fairness.gaps import ALPHA, Finding, Row, called, count_tested
from mmrag.evaluation.intervals import Interval


@dataclass(frozen=True)
class Column:
    """A figure by group that is told and not tested.

    Attributes:
        definition: in a line, with its source.
        values: by group; None where it is not defined.
        signed: it may be below 0.
    """

    name: str
    definition: str
    values: Mapping[str, Interval | None]
    signed: bool = False


@dataclass(frozen=True)
class Figure:
    """A figure of all groups together, told and not tested; as `Column` otherwise."""

    name: str
    definition: str
    value: Interval | None
    signed: bool = False


@dataclass(frozen=True)
class Audit:
    """Figures by group with their gaps.

    Attributes:
        attribute: what the groups are of.
        units: what was counted: how many "questions" or "items".
        groups: by group, counts of what it holds.
        findings: measures whose gaps were tested, as one family.
        notes: what a reader should know before the figures.
    """

    attribute: str
    units: Mapping[str, int]
    groups: Mapping[str, Mapping[str, int]]
    findings: tuple[Finding, ...]
    columns: tuple[Column, ...] = ()
    figures: tuple[Figure, ...] = ()
    notes: tuple[str, ...] = ()
    desired: Mapping[str, float] = field(default_factory=dict)

    @property
    def verdict(self) -> str:
        """How many gaps were looked at, and how many of them are called."""
        count, found = count_tested(self.findings), len(called(self.findings))
        if not count:
            return "no gap was tested: every group, or the rest, is too small"
        return (
            f"{count} gaps were tested; some {count * ALPHA:.1f} would look real by chance alone. "
            f"{found or 'none'} of them can be told: Holm's p is below {ALPHA:g}, and the interval "
            "leaves out that there is no gap"
        )

    def noted(self, *notes: str) -> Audit:
        """The same with more notes."""
        return replace(self, notes=(*self.notes, *notes))

    def as_dict(self) -> dict[str, Any]:
        """As JSON; null where a figure is not defined or infinite."""
        return {
            "attribute": self.attribute,
            **self.units,
            "groups": {
                group: {**counts, "desired": number(self.desired.get(group))}
                for group, counts in self.groups.items()
            },
            "measures": {one.measure.name: _finding(one) for one in self.findings},
            "by_group": {
                column.name: {group: interval(value) for group, value in column.values.items()}
                for column in self.columns
            },
            "figures": {figure.name: interval(figure.value) for figure in self.figures},
            "tested": count_tested(self.findings),
            "called": [
                {"measure": measure.name, "group": row.group}
                for measure, row in called(self.findings)
            ],
            "notes": list(self.notes),
        }


def number(value: float | None) -> float | None:
    """Rounded for JSON, which knows no infinity."""
    return None if value is None or not math.isfinite(value) else round(value, 6)


def interval(found: Interval | None) -> dict[str, float | None] | None:
    """An interval as JSON."""
    if found is None:
        return None
    return {"mean": number(found.mean), "low": number(found.low), "high": number(found.high)}


def _finding(found: Finding) -> dict[str, Any]:
    spread = found.spread
    return {
        "against": found.measure.kind,
        "groups": {row.group: _row(row) for row in found.rows},
        "spread": spread
        and {
            "highest": spread.highest,
            "lowest": spread.lowest,
            "pairs": spread.pairs,
            **(interval(spread.found) or {}),
        },
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "units": row.units,
        "value": interval(row.value),
        "gap": interval(row.gap),
        "p": number(row.adjusted),
        "small": row.small,
        "called": row.called,
    }
