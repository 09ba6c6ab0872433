"""The table of compression as Markdown, and a picture of recall against size."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmrag.errors import InputError
from mmrag.evaluation.tables import markdown_table, with_ends
from mmrag.extras import require
from mmrag.optimize.compression import Compression, Row

REPORT, PICTURE = "compression.md", "compression.png"
GROUPS = (("float32", "#3b3b3b"), ("int8", "#1f5f8b"), ("turbo", "#3f8f5b"), ("binary", "#c8762b"))
SHORTER = ("first", "#8a5a9b")
NOTE = (
    "Bytes are what a search reads of each vector: its code, and its share of the vectors that are "
    "scored again. The vectors stay on the disk in any case."
)


def header(k: int) -> list[str]:
    """The heads of the table's columns."""
    return ["way", f"recall@{k}", "bytes", "of float32", "disk MB", "p50 ms", "p95 ms"]


def cells(row: Row, *, ends: bool = True) -> list[str]:
    """A row of the table; with `ends`, those of the interval too."""
    share = f"1/{1 / row.share:.1f}".removesuffix(".0")
    return [
        row.name,
        with_ends(row.recall) if ends else f"{row.recall.mean:.3f}",
        f"{row.bytes_read:.0f}",
        share,
        f"{row.disk_mb:.0f}",
        f"{row.p50_ms:.2f}",
        f"{row.p95_ms:.2f}",
    ]


def counts(done: Compression) -> str:
    """What was searched by what."""
    return (
        f"{done.space}: {done.vectors} vectors of {done.size} dimensions, searched by "
        f"{done.queries} queries"
    )


def write_report(spaces: Sequence[Compression], folder: Path, *, location: str) -> list[Path]:
    """Write both files into a folder that exists.

    Raises:
        MissingExtra: matplotlib is not installed.
        InputError: the folder cannot be written to.
    """
    lines = [f"# Compression of {location}\n"]
    for done in spaces:
        lines += [f"## {counts(done)}\n", markdown_table(header(done.k), map(cells, done.rows))]
    lines += [NOTE, f"\n![Recall against size]({PICTURE})\n"]
    try:
        draw(spaces, folder / PICTURE)
        (folder / REPORT).write_text("\n".join(lines), encoding="utf-8")
    except OSError as error:
        raise InputError(f"no report can be written to {folder}: {error.strerror}") from error
    return [folder / REPORT, folder / PICTURE]


def draw(spaces: Sequence[Compression], path: Path) -> None:
    """A panel a space: recall against the bytes that a search reads of each vector."""
    figures = require("matplotlib.figure", extra="eval", purpose="draw the report")
    figure = figures.Figure(figsize=(7.5, 4.4 * len(spaces)), layout="constrained")
    panels = figure.subplots(len(spaces), 1, squeeze=False)[:, 0]
    for panel, done in zip(panels, spaces, strict=True):
        _panel(panel, done)
    figure.savefig(path, dpi=150)


def _panel(panel: Any, done: Compression) -> None:  # noqa: ANN401
    for start, colour in (*GROUPS, SHORTER):
        rows = sorted(
            (row for row in done.rows if row.name.startswith(start)), key=lambda row: row.bytes_read
        )
        if not rows:
            continue
        means = [row.recall.mean for row in rows]
        ends = [
            [row.recall.mean - row.recall.low for row in rows],
            [row.recall.high - row.recall.mean for row in rows],
        ]
        panel.errorbar(
            [row.bytes_read for row in rows],
            means,
            yerr=ends,
            fmt="o-",
            color=colour,
            linewidth=1,
            markersize=5,
            capsize=2.5,
            label="shorter vectors" if start == SHORTER[0] else start,
        )
    panel.set_xscale("log", base=2)
    panel.set_xticks([row.bytes_read for row in done.rows if "x" not in row.name])
    panel.xaxis.set_major_formatter(lambda value, _: f"{value:.0f}")
    panel.set_xlabel("bytes read of each vector")
    panel.set_ylabel(f"recall@{done.k}")
    lowest = min(row.recall.low for row in done.rows)
    panel.set_ylim(max(0.0, lowest - 0.05), 1.02)
    panel.set_title(counts(done), loc="left", fontsize=10.5)
    panel.grid(axis="y", color="#e4e4e4")
    panel.set_axisbelow(True)
    panel.spines[["top", "right"]].set_visible(False)
    panel.legend(loc="lower right", frameon=False, fontsize=9)
