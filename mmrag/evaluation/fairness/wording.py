"""An audit as tables of words, for the terminal and for reports alike."""

from __future__ import annotations

from collections.abc import Sequence

from mmrag.evaluation.fairness.audit import Audit
from mmrag.evaluation.fairness.gaps import UNLABELLED, Finding, Kind, Row
from mmrag.evaluation.fairness.regression import Change
from mmrag.evaluation.fairness.trial import Trial, exposures
from mmrag.evaluation.intervals import Interval
from mmrag.evaluation.tables import with_ends

Table = tuple[list[str], list[list[str]]]
"""Names of columns, and rows of which the first cell is words."""

LIMITS = (
    "The groups are as somebody labelled them. A gap says that figures differ between groups, not "
    "why: the questions of a group may be harder, or its files worse. Where one group is far off, "
    "the others differ from the rest, which holds it. Where no gap is told, none was shown; there "
    "may be one all the same."
)
_AGAINST: dict[Kind, str] = {
    "rest": "minus the rest",
    "desired": "minus desired",
    "treatment": "over the rest",
}


def finding_table(found: Finding) -> Table:
    """One measure: a row a group."""
    kind = found.measure.kind
    ratio = kind == "treatment"
    rows = [
        [
            f"{row.group} ({row.units})",
            ends_of(row.value),
            ends_of(row.gap, signed=not ratio),
            "" if row.adjusted is None else f"{row.adjusted:.3f}",
            _verdict(row, found.measure.null),
        ]
        for row in found.rows
    ]
    return [found.measure.name, "figure", _AGAINST[kind], "Holm's p", ""], rows


def spread_line(found: Finding) -> str:
    """The largest difference of two groups, in a line; empty where there is nothing to say."""
    spread = found.spread
    if spread is None or len(found.measure.labelled) < 3:
        return ""
    return (
        f"largest difference: {spread.highest} minus {spread.lowest}, "
        f"{with_ends(spread.found, signed=True)}, widened for {spread.pairs} pairs"
    )


def group_table(audit: Audit) -> Table:
    """What each group holds, what it should have, and the figures that are not tested."""
    counts = list(dict.fromkeys(name for row in audit.groups.values() for name in row))
    header = [audit.attribute, *counts, *(["desired share"] if audit.desired else [])]
    header += [column.name for column in audit.columns]
    rows = []
    for group, held in audit.groups.items():
        share = audit.desired.get(group)
        cells = [group, *(str(held.get(name, "")) for name in counts)]
        if audit.desired:
            cells.append("" if share is None else f"{share:.3f}")
        cells += [
            ends_of(column.values[group], signed=column.signed) if group in column.values else ""
            for column in audit.columns
        ]
        rows.append(cells)
    return header, rows


def figure_table(audit: Audit, trial: Trial | None = None) -> Table:
    """Figures of all groups together, and what they were after re-ranking."""
    after = {} if trial is None else {figure.name: figure for figure in trial.after.figures}
    return ["all groups", "figure", *(["re-ranked"] if after else [])], [
        [
            figure.name,
            ends_of(figure.value, signed=figure.signed),
            *([ends_of(after[figure.name].value, signed=figure.signed)] if after else []),
        ]
        for figure in audit.figures
    ]


def exposure_table(audit: Audit, trial: Trial) -> Table:
    """Shares of attention, before and after re-ranking."""
    before, after = exposures(audit), exposures(trial.after)
    return [audit.attribute, "desired", "as found", "re-ranked"], [
        [group, *(_share(side.get(group)) for side in (audit.desired, before, after))]
        for group in audit.desired
    ]


def cost_table(trial: Trial) -> Table:
    """What re-ranking costs."""
    rows = [[name, with_ends(found, signed=True)] for name, found in trial.cost.items()]
    return [f"{trial.method}, slack {trial.slack:g}", "re-ranked minus as found"], rows


def change_table(changes: Sequence[Change]) -> Table:
    """How gaps changed since they were saved."""
    rows = [
        [
            f"{one.measure}: {one.group}",
            ends_of(one.change, signed=True),
            "worse" if one.worse else "too small to say" if one.small else "",
        ]
        for one in changes
    ]
    return ["gap", "grew by", ""], rows


def ends_of(found: Interval | None, *, signed: bool = False) -> str:
    """A figure with its interval; a dash where it is not defined."""
    return "-" if found is None else with_ends(found, signed=signed)


def _verdict(row: Row, null: float) -> str:
    if row.group == UNLABELLED:
        return "not compared"
    if row.small:
        return "too few to say"
    if not row.called or row.gap is None:
        return ""
    return "ABOVE" if row.gap.mean > null else "BELOW"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
