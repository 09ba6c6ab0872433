"""The picture of a retrieval report: measures with intervals, ranks of the first right place."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmrag.errors import InputError
from mmrag.evaluation.measures import MEASURES, Group, Interval
from mmrag.evaluation.retrieval import DEPTH, NDCG, Judged
from mmrag.evaluation.tables import counted
from mmrag.extras import require

COLOURS = ("#1f5f8b", "#c8762b")
GREY = "#8a8a8a"
_MOST = 14
"""Kinds of question in the picture, those with the most questions; the tables have all."""

_WIDEST = 30
"""Letters of a name."""

Rows = Mapping[str, Interval]


def plot(judged: Mapping[str, Judged], path: Path) -> None:
    """Write a PNG of one or two judged rankings of the same questions.

    Args:
        judged: by name; the first is ours.

    Raises:
        MissingExtra: matplotlib is not installed.
        InputError: the file cannot be written.
    """
    # a figure of its own, without pyplot, leaves the backend of the process alone
    figures = require("matplotlib.figure", extra="eval", purpose="draw the report")
    overall = {name: one.overall.measures for name, one in judged.items()}
    kinds = {name: _column(_largest(one.kinds), NDCG) for name, one in judged.items()}
    deepest = f"recall@{DEPTH}"
    modalities = {name: _column(one.modalities, deepest) for name, one in judged.items()}
    rows = max(2, *(len(one) for one in (*kinds.values(), *modalities.values())))
    heights = [3.1, 0.9 + rows * 0.32]
    figure = figures.Figure(figsize=(11.5, sum(heights)), layout="constrained")
    panels = figure.subplots(2, 2, height_ratios=heights)
    _dots(panels[0, 0], f"All {_number(judged)} questions", overall, len(MEASURES))
    _ranks(panels[0, 1], judged)
    _dots(panels[1, 0], "nDCG@10 by kind of question (how many)", kinds, rows)
    _dots(panels[1, 1], f"{deepest} by what answers (how many)", modalities, rows)
    if len(judged) > 1:
        figure.legend(*panels[0, 1].get_legend_handles_labels(), loc="outside upper right", ncols=2)
    try:
        figure.savefig(path, dpi=150)
    except OSError as exc:
        raise InputError(f"cannot write {path}: {exc.strerror}") from exc


def _dots(panel: Any, title: str, systems: Mapping[str, Rows], rows: int) -> None:  # noqa: ANN401
    """A dot with its interval a row and system; the first row on top.

    Args:
        rows: how many the fullest panel of this height has.
    """
    names = list(next(iter(systems.values())))
    for number, (system, found) in enumerate(systems.items()):
        means = [found[name].mean for name in names]
        below = [found[name].mean - found[name].low for name in names]
        above = [found[name].high - found[name].mean for name in names]
        shift = (number - (len(systems) - 1) / 2) * 0.3 * max(1, len(names)) / rows
        panel.errorbar(
            means,
            [row + shift for row in range(len(names))],
            xerr=[below, above],
            fmt="o",
            markersize=5,
            color=COLOURS[number],
            elinewidth=1.6,
            capsize=2.5,
            label=shown_name(system),
        )
    panel.set_yticks(range(len(names)), [shown_name(name) for name in names])
    panel.set_ylim(len(names) - 0.4, -0.6)
    panel.set_xlim(-0.02, 1.03)
    panel.grid(axis="x", color="#e4e4e4")
    panel.tick_params(axis="y", length=0)
    plainly(panel, title)


def _ranks(panel: Any, judged: Mapping[str, Judged]) -> None:  # noqa: ANN401
    """Bars: on how many questions the first right place is at each rank, or nowhere."""
    later = f"{DEPTH + 1}+"
    places = [*map(str, range(1, DEPTH + 1)), later, "none"]
    width = 0.8 / len(judged)
    for number, (system, one) in enumerate(judged.items()):
        counts = dict.fromkeys(places, 0)
        for question in one.questions:
            rank = one.first_right(question)
            counts["none" if rank is None else str(rank) if rank <= DEPTH else later] += 1
        at = [row + (number - (len(judged) - 1) / 2) * width for row in range(len(places))]
        bars = panel.bar(
            at, list(counts.values()), width, color=COLOURS[number], label=shown_name(system)
        )
        if len(judged) == 1:
            labels = [str(count) if count else "" for count in counts.values()]
            panel.bar_label(bars, labels, fontsize=8, color=GREY)
    panel.set_xticks(range(len(places)), places)
    panel.yaxis.get_major_locator().set_params(integer=True)
    panel.tick_params(axis="x", length=0)
    plainly(panel, "Questions by the rank of the first right place")


def plainly(panel: Any, title: str) -> None:  # noqa: ANN401
    """Give a panel its title and the look that all reports share."""
    panel.set_title(title, loc="left", fontsize=10.5)
    panel.set_axisbelow(True)
    panel.spines[["top", "right", "left"]].set_visible(False)


def shown_name(name: str) -> str:
    """A name as matplotlib shows it whole: "$" begins a formula there, "_" hides from legends."""
    short = name if len(name) <= _WIDEST else f"…{name[1 - _WIDEST :]}"
    return short.replace("$", r"\$").replace("_", " ", 1 if short.startswith("_") else 0)


def _column(groups: Mapping[str, Group], measure: str) -> Rows:
    return {
        counted(name, group.questions): group.measures[measure] for name, group in groups.items()
    }


def _largest(groups: Mapping[str, Group]) -> Mapping[str, Group]:
    ranked = sorted(groups, key=lambda name: -groups[name].questions)[:_MOST]
    return {name: groups[name] for name in groups if name in ranked}


def _number(judged: Mapping[str, Judged]) -> int:
    return len(next(iter(judged.values())).questions)
