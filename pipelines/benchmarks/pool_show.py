"""The mixed pool's results for people: a table a part and split, and a plot of the test splits."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from mmrag.evaluation.measures import MEASURES, Interval
from pipelines.benchmarks.pool_baselines import APART
from pipelines.benchmarks.pool_measures import MINE, NDCG, Judged

TITLES = {
    "generated": "Generated world",
    "stamps": "Stamps: real captions, pictures, voices, sound effects",
    "samples": "Sample archive: questions about what its files say",
}
WIDTH = 200
"""Columns of a table at the least, for cut numbers say nothing."""
COLOURS = {MINE: "black", "oracle": "silver"}
"""Of methods that stand out; the others take those of a colour map."""


def print_tables(parts: Mapping[str, Mapping[str, Judged]], console: Console | None = None) -> None:
    """Means of all measures with half the width of their intervals, and nDCG@10 by kind."""
    console = console or Console(width=max(Console().width, WIDTH))
    for part, splits in parts.items():
        for split, found in splits.items():
            table = Table(
                title=f"{TITLES[part]}, {split}", box=None, title_justify="left", pad_edge=False
            )
            kinds = [kind for kind in found.by_kind[MINE] if kind != "all"]
            table.add_column("")
            for name in (*MEASURES, *kinds):
                table.add_column(name.replace("_", " "), justify="right")
            ranked = sorted(found.by_measure.items(), key=lambda item: -item[1][NDCG].mean)
            for method, row in ranked:
                table.add_row(
                    method.replace("_", " "),
                    *(_with_margin(row[measure]) for measure in MEASURES),
                    *(f"{found.by_kind[method][kind].mean:.2f}" for kind in kinds),
                    style="bold" if method == MINE else "",
                )
            console.print(table)
            console.print()
    console.print(
        "± half of the 95 % bootstrap interval over questions; by kind of question: ndcg@10",
        style="dim",
    )


def plot(parts: Mapping[str, Judged], path: Path) -> None:
    """Bars of nDCG@10 by kind of question and method, with intervals; a panel a part.

    Baselines of an index laid out as others do are left to the tables.
    """
    import matplotlib.pyplot as plt  # only the plot needs it

    figure, panels = plt.subplots(
        len(parts), figsize=(11, 3.6 * len(parts)), layout="constrained", squeeze=False
    )
    for axes, (part, found) in zip(panels[:, 0], parts.items(), strict=True):
        colours = plt.get_cmap("tab10")
        kinds = list(found.by_kind[MINE])
        shown = {name: row for name, row in found.by_kind.items() if name not in APART}
        width = 0.84 / len(shown)
        for number, (name, row) in enumerate(shown.items()):
            means = np.array([row[kind].mean for kind in kinds])
            ends = np.array([(row[kind].low, row[kind].high) for kind in kinds]).T
            at = np.arange(len(kinds)) + (number - len(shown) / 2 + 0.5) * width
            axes.bar(
                at,
                means,
                width,
                yerr=np.abs(ends - means),
                label=name.replace("_", " "),
                color=COLOURS.get(name, colours(number % 10)),
                error_kw={"lw": 0.8, "ecolor": "dimgrey"},
            )
        axes.set_xticks(np.arange(len(kinds)), [kind.replace("_", " ") for kind in kinds])
        axes.set_ylabel("nDCG@10")
        axes.set_ylim(0, 1.02)
        axes.set_title(f"{TITLES[part]} (test questions; whiskers: 95 % bootstrap intervals)")
        axes.legend(loc="center left", bbox_to_anchor=(1.005, 0.5), frameon=False)
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=150)
    plt.close(figure)


def _with_margin(found: Interval) -> str:
    return f"{found.mean:.3f} ±{(found.high - found.low) / 2:.3f}"
