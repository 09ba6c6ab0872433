"""The picture of a confusion matrix."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mmrag.errors import InputError
from mmrag.extras import require
from mmrag.tasks.accuracy import Accuracy

_COLOURS = ("#ffffff", "#1f5f8b")
_GREY = "#8a8a8a"
_NUMBERS = 60
"""Up to so many labels, each cell has its count in it."""
_ROOMY = 16
"""Up to so many, cells are large."""
_NAMES = 80
"""Up to so many, each row and column has its name."""
_WIDEST = 24
"""Letters of a name."""


def draw_confusion(found: Accuracy, path: Path) -> None:
    """Write it as PNG: a row a class, shaded by the share of the class that got each label.

    Raises:
        MissingExtra: matplotlib is not installed.
        InputError: the file cannot be written.
    """
    # a figure of its own, without pyplot, leaves the backend of the process alone
    figures = require("matplotlib.figure", extra="eval", purpose="draw a confusion matrix")
    colours = require("matplotlib.colors", extra="eval", purpose="draw a confusion matrix")
    counts = np.array(found.confusion, dtype=float)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    number = len(found.labels)
    side = float(np.clip(2.2 + (0.42 if number <= _ROOMY else 0.2) * number, 4.6, 16))
    figure = figures.Figure(figsize=(side, side), layout="constrained")
    panel = figure.subplots()
    ramp = colours.LinearSegmentedColormap.from_list("shares", _COLOURS)
    panel.imshow(shares, cmap=ramp, vmin=0, vmax=1, interpolation="nearest")
    if number <= _NUMBERS:
        for row, column in zip(*np.nonzero(counts), strict=True):
            panel.text(
                column,
                row,
                f"{counts[row, column]:.0f}",
                ha="center",
                va="center",
                fontsize=8,
                color="white" if shares[row, column] > 0.55 else "black",
            )
    names = [_name(label) for label in found.labels] if number <= _NAMES else []
    panel.set_xticks(range(len(names)), names, rotation=90, fontsize=8)
    panel.set_yticks(range(len(names)), names, fontsize=8)
    panel.tick_params(length=0)
    panel.set_xlabel("labelled as (shaded by the share of a row)", color=_GREY)
    panel.set_ylabel("is", color=_GREY)
    panel.spines[:].set_color("#d8d8d8")
    accuracy = found.accuracy
    figure.suptitle(  # of the figure, which is wider than the panel of a few labels
        f"{found.items} items, accuracy {accuracy.mean:.3f} "
        f"({accuracy.low:.3f}–{accuracy.high:.3f})",
        x=0.02,
        ha="left",
        fontsize=10.5,
    )
    try:
        figure.savefig(path, dpi=150)
    except OSError as exc:
        raise InputError(f"cannot write {path}: {exc.strerror}") from exc


def _name(label: str) -> str:
    """A label as matplotlib shows it whole: "$" begins a formula there."""
    short = label if len(label) <= _WIDEST else f"{label[: _WIDEST - 1]}…"
    return short.replace("$", r"\$")
