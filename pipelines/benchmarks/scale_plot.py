"""The picture of the scaling curve: work of a search, recall, building, memory and disk."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from mmrag.evaluation.plots import COLOURS, GREY, plainly
from mmrag.extras import require
from pipelines.benchmarks.scale_index import Built
from pipelines.benchmarks.scale_search import Searched

LOOKS = {
    "graph": ("float32, graph", COLOURS[0], "o"),
    "int8": ("int8, graph, rescored", COLOURS[1], "s"),
    "binary": ("binary, graph, rescored", "#5b8c3a", "^"),
    "scan": ("float32, plain scan", GREY, "x"),
}
"""By way: its label, colour and mark."""

Row = tuple[Built, Searched]


def plot(rows: Sequence[Row], path: Path, *, exponent: float) -> None:
    """Write a PNG of four panels over the number of points.

    Args:
        exponent: by which the work of a search grows with a graph.

    Raises:
        MissingExtra: matplotlib is not installed.
        OSError: the file cannot be written.
    """
    # a figure of its own, without pyplot, leaves the backend of the process alone
    figures = require("matplotlib.figure", extra="eval", purpose="draw the scaling curve")
    figure = figures.Figure(figsize=(11.5, 7.4), layout="constrained")
    panels = figure.subplots(2, 2)
    work = f"CPU ms of one search, p95 (with a graph it grows as points^{exponent:.2f})"
    _lines(panels[0, 0], work, rows, lambda row: row[1].cpu_p95_ms)
    _lines(panels[0, 1], "recall@10 of the exact ten", rows, lambda row: row[1].recall)
    building = "Building: seconds of CPU, all threads"
    _lines(panels[1, 0], building, rows, lambda row: row[0].cpu_s)
    panels[0, 1].set_yscale("linear")
    panels[0, 1].set_ylim(top=1.01)
    figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside upper right", ncols=4)
    sizes = panels[1, 1]
    _lines(sizes, "MB on disk (lines) and resident (dots)", rows, lambda row: row[0].disk_mb)
    for way, some in _by_way(rows).items():
        _, colour, _ = LOOKS[way]
        points = [built.points for built, _ in some]
        resident = [found.rss_mb for _, found in some]
        sizes.plot(points, resident, ":", color=colour, linewidth=1.6)
    figure.savefig(path, dpi=150)


def _lines(
    panel: Any,  # noqa: ANN401
    title: str,
    rows: Sequence[Row],
    cost: Callable[[Row], float],
) -> None:
    for way, some in _by_way(rows).items():
        label, colour, mark = LOOKS[way]
        points = [built.points for built, _ in some]
        costs = [cost(row) for row in some]
        panel.plot(
            points, costs, mark + "-", color=colour, markersize=5, linewidth=1.6, label=label
        )
    panel.set_xscale("log")
    panel.set_yscale("log")
    panel.set_xlabel("points")
    panel.grid(color="#e4e4e4")
    plainly(panel, title)


def _by_way(rows: Sequence[Row]) -> Mapping[str, list[Row]]:
    ways: dict[str, list[Row]] = {way: [] for way in LOOKS}
    for row in sorted(rows, key=lambda row: row[0].points):
        ways[row[0].way].append(row)
    return {way: some for way, some in ways.items() if some}
