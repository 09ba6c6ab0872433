"""The picture of a fairness report: gaps with their intervals, and who is shown or called what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mmrag.evaluation.fairness.audit import Audit
from mmrag.evaluation.fairness.gaps import UNLABELLED, Finding
from mmrag.evaluation.fairness.trial import Trial, exposures
from mmrag.evaluation.intervals import Interval
from mmrag.evaluation.plots import COLOURS, GREY, plainly, shown_name
from mmrag.extras import require

_COLOURS = (*COLOURS, "#5b8c3a")
_MOST = 20
"""Rows of a panel, those of the largest gaps; the tables have all."""

Rows = Mapping[str, Interval]


def plot(audits: Sequence[Audit], trial: Trial | None, path: Path) -> None:
    """Write a PNG, a row of panels an audit.

    Args:
        trial: of the first audit.

    Raises:
        MissingExtra: matplotlib is not installed.
        OSError: the file cannot be written.
    """
    # a figure of its own, without pyplot, leaves the backend of the process alone
    figures = require("matplotlib.figure", extra="eval", purpose="draw the report")
    heights = [1.5 + 0.42 * min(_MOST, _rows(audit)) for audit in audits]
    figure = figures.Figure(figsize=(11.5, sum(heights)), layout="constrained")
    panels = figure.subplots(len(audits), 2, height_ratios=heights, squeeze=False)
    for audit, (left, right) in zip(audits, panels, strict=True):
        plain = [one for one in audit.findings if "[" not in one.measure.name]
        compared = [one for one in plain if one.measure.kind == "rest"]
        _gaps(left, f"Minus the rest, by {shown_name(audit.attribute)} (how many)", compared)
        if audit.desired:
            _exposure(right, audit, trial if audit is audits[0] else None)
        elif len(plain) < len(audit.findings):
            _labels(right, audit.findings)
        else:
            right.set_axis_off()
    figure.savefig(path, dpi=150)


def _rows(audit: Audit) -> int:
    labels = {one.measure.name.partition("[")[2] for one in audit.findings}
    return max(3, len(audit.groups), len(labels))


def _gaps(panel: Any, title: str, findings: Sequence[Finding]) -> None:  # noqa: ANN401
    """Differences of each group from the rest, a colour a measure; pale where too small."""
    systems: dict[str, dict[str, Interval]] = {}
    small: set[str] = set()
    for one in findings:
        rows = systems.setdefault(one.measure.name, {})
        for row in one.rows:
            if row.gap is None or row.group == UNLABELLED:
                continue
            name = f"{row.group} ({row.units}{', too few to say' if row.small else ''})"
            rows[name] = row.gap
            small |= {name} if row.small else set()
    _dots(panel, systems, small)
    plainly(panel, title)


def _labels(panel: Any, findings: Sequence[Finding]) -> None:  # noqa: ANN401
    """Largest differences of two groups, by label that they were called."""
    systems: dict[str, dict[str, Interval]] = {}
    for one in findings:
        name, bracket, label = one.measure.name.partition("[")
        if bracket and one.spread:
            systems.setdefault(name, {})[label.removesuffix("]")] = one.spread.found
    _dots(panel, systems, set())
    plainly(panel, "Largest difference of two groups, by label")


def _dots(panel: Any, systems: Mapping[str, Rows], small: set[str]) -> None:  # noqa: ANN401
    names = list(dict.fromkeys(name for rows in systems.values() for name in rows))
    size = {n: max(abs(rows[n].mean) for rows in systems.values() if n in rows) for n in names}
    kept = set(sorted(names, key=lambda name: -size[name])[:_MOST])
    names = [name for name in names if name in kept]
    for number, (system, rows) in enumerate(systems.items()):
        shift = (number - (len(systems) - 1) / 2) * 0.22
        for at, name in enumerate(names):
            found = rows.get(name)
            if found is None:
                continue
            panel.errorbar(
                [found.mean],
                [at + shift],
                xerr=[[found.mean - found.low], [found.high - found.mean]],
                fmt="o",
                markersize=5,
                color=_COLOURS[number % len(_COLOURS)],
                alpha=0.3 if name in small else 1,
                elinewidth=1.6,
                capsize=2.5,
            )
        panel.plot([], [], "o", color=_COLOURS[number % len(_COLOURS)], label=system)
    panel.axvline(0, color=GREY, linewidth=1)
    panel.set_yticks(range(len(names)), [shown_name(name) for name in names])
    panel.set_ylim(len(names) - 0.4, -0.6)
    panel.grid(axis="x", color="#e4e4e4")
    panel.tick_params(axis="y", length=0)
    if systems:
        _legend(panel, len(systems))


def _exposure(panel: Any, audit: Audit, trial: Trial | None) -> None:  # noqa: ANN401
    """Bars of the attention that each group gets, and a mark at what it should have."""
    found = exposures(audit)
    names = sorted(found, key=lambda name: -abs((found[name] or 0) - audit.desired[name]))[:_MOST]
    names = [name for name in audit.desired if name in names]
    row = next(one for one in audit.findings if one.measure.kind == "desired")
    values = {one.group: one.value for one in row.rows}
    sides = {"as found": found, **({"re-ranked": exposures(trial.after)} if trial else {})}
    width = 0.7 / len(sides)
    for number, (side, shares) in enumerate(sides.items()):
        at = [row + (number - (len(sides) - 1) / 2) * width for row in range(len(names))]
        lengths = [shares.get(name) or 0.0 for name in names]
        panel.barh(at, lengths, width * 0.92, color=_COLOURS[number], alpha=0.7, label=side)
        if not number:
            for place, name in zip(at, names, strict=True):
                ends = values[name]
                if ends:
                    panel.plot([ends.low, ends.high], [place, place], color="#222222", linewidth=1)
    wanted = [audit.desired[name] for name in names]
    panel.scatter(
        wanted, range(len(names)), marker="D", s=34, color="#222222", zorder=3, label="desired"
    )
    panel.set_yticks(range(len(names)), [shown_name(name) for name in names])
    panel.set_ylim(len(names) - 0.4, -0.6)
    panel.set_xlim(left=0)
    panel.grid(axis="x", color="#e4e4e4")
    panel.tick_params(axis="y", length=0)
    plainly(panel, "Share of attention by group, and what is desired")
    _legend(panel, len(sides) + 1)


def _legend(panel: Any, columns: int) -> None:  # noqa: ANN401
    """Below the axis, where it hides no dot."""
    row = panel.get_subplotspec().rowspan.start
    height = panel.get_gridspec().get_height_ratios()[row]  # about its inches
    panel.legend(
        loc="upper center",
        bbox_to_anchor=(0.5, -0.35 / height),
        ncols=columns,
        frameon=False,
        fontsize=9,
        handletextpad=0.3,
    )
