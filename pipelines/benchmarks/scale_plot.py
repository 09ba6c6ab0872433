"""The picture of the scaling curve: work of a search, recall, building, memory and disk.

`python -m pipelines.benchmarks.scale_plot` draws that of `docs/scale.md` from the table there, so
that page and picture say the same. Its colours stand on white and on the manual's dark ground.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmrag.evaluation.plots import plainly
from mmrag.extras import require
from pipelines.benchmarks.result import REPOSITORY
from pipelines.benchmarks.scale_fit import growth

PAGE = REPOSITORY / "docs" / "scale.md"
PICTURE = REPOSITORY / "docs" / "images" / "scale.svg"
FITTED_FROM = 10_000
INK = "#808080"
LOOKS = {
    "graph": ("float32, graph", "#3a87c8", "o"),
    "int8": ("int8, graph, rescored", "#c8762b", "s"),
    "binary": ("binary, graph, rescored", "#5b8c3a", "^"),
    "scan": ("float32, plain scan", "#8a8a8a", "x"),
}
"""By way: its label, colour and mark."""

_STYLE = {
    "svg.hashsalt": "scale",
    "legend.frameon": False,
    "axes.facecolor": "none",
    "grid.color": INK,
    "grid.alpha": 0.25,
    **dict.fromkeys(
        ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"), INK
    ),
}
_ROW = re.compile(
    r"^\| (?P<label>[^|]*) \| (?P<points>[\d,]+) \| (?P<recall>[\d.]+) \| [\d.]+, (?P<work>[\d.]+)"
    r" \| (?P<building>[\d.,]+) \| [\d,]+ \| (?P<disk>\d+), (?P<resident>\d+) \|$",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Drawn:
    """What is drawn of one index: CPU ms of a search (p95), CPU s of building, sizes in MB."""

    way: str
    points: int
    recall: float
    cpu_p95_ms: float
    cpu_s: float
    disk_mb: float
    rss_mb: float


def plot(rows: Sequence[Drawn], path: Path, *, exponent: float) -> None:
    """Write four panels over the number of points as SVG, without a ground of their own.

    Args:
        exponent: by which the work of a search grows with a graph.

    Raises:
        MissingExtra: matplotlib is not installed.
        OSError: the file cannot be written.
    """
    # a figure of its own, without pyplot, leaves the backend of the process alone
    figures, whole = (
        require(name, extra="eval", purpose="draw the scaling curve")
        for name in ("matplotlib.figure", "matplotlib")
    )
    with whole.rc_context(_STYLE):
        figure = figures.Figure(figsize=(9.4, 6.8), layout="constrained")
        panels = figure.subplots(2, 2)
        work = f"CPU ms of one search, p95 (graph: points^{exponent:.2f})"
        _lines(panels[0, 0], work, rows, lambda row: row.cpu_p95_ms)
        _lines(panels[0, 1], "Recall@10 of the exact ten", rows, lambda row: row.recall)
        building = "Building: seconds of CPU, all threads"
        _lines(panels[1, 0], building, rows, lambda row: row.cpu_s)
        panels[0, 1].set_yscale("linear")
        panels[0, 1].set_ylim(top=1.01)
        figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside upper left", ncols=4)
        sizes = panels[1, 1]
        _lines(sizes, "MB on disk (lines) and resident (dots)", rows, lambda row: row.disk_mb)
        for way, some in _by_way(rows).items():
            points, resident = [row.points for row in some], [row.rss_mb for row in some]
            sizes.plot(points, resident, ":", color=LOOKS[way][1], linewidth=1.6)
        figure.savefig(path, format="svg", transparent=True, metadata={"Date": None})


def told(page: str) -> list[Drawn]:
    """What the table of measured indexes on the page says, an index a row."""
    ways = {label: way for way, (label, _, _) in LOOKS.items()}
    way, rows = "", []
    for found in _ROW.finditer(page):
        way = ways[found["label"].strip()] if found["label"].strip() else way
        figures = ("points", "recall", "work", "building", "disk", "resident")
        points, *rest = (float(found[name].replace(",", "")) for name in figures)
        rows.append(Drawn(way, int(points), *rest))
    return rows


def _lines(
    panel: Any,  # noqa: ANN401
    title: str,
    rows: Sequence[Drawn],
    cost: Callable[[Drawn], float],
) -> None:
    for way, some in _by_way(rows).items():
        label, colour, mark = LOOKS[way]
        points, costs = [row.points for row in some], [cost(row) for row in some]
        panel.plot(
            points, costs, mark + "-", color=colour, markersize=5, linewidth=1.6, label=label
        )
    panel.set_xscale("log")
    panel.set_yscale("log")
    panel.set_xlabel("points")
    panel.grid()
    plainly(panel, title)


def _by_way(rows: Sequence[Drawn]) -> Mapping[str, list[Drawn]]:
    ways: dict[str, list[Drawn]] = {way: [] for way in LOOKS}
    for row in sorted(rows, key=lambda row: row.points):
        ways[row.way].append(row)
    return {way: some for way, some in ways.items() if some}


if __name__ == "__main__":
    shown = told(PAGE.read_text(encoding="utf-8"))
    works = {row.points: row.cpu_p95_ms for row in shown if row.way == "graph"}
    plot(shown, PICTURE, exponent=growth(works, first=FITTED_FROM).exponent)
