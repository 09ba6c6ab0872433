"""The picture of drift: scores and main axes of old and new items, a row a kind."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mmrag.errors import InputError
from mmrag.evaluation.drift.compare import Compared
from mmrag.extras import require
from mmrag.store.spec import FloatArray

OLD, NEW = "#4477aa", "#ee6677"
"""Of Paul Tol's "bright" scheme, which colour-blind people can tell apart."""
_BARS = 24
_ROWS = 12
"""Rows of the picture at most, those with alarms first; the tables have all."""
_SHOWN = 400
"""Items of a side on a map at most."""


def plot(compared: Sequence[Compared], path: Path) -> None:
    """Write a PNG.

    Raises:
        MissingExtra: matplotlib or scikit-learn is not installed.
        InputError: the file cannot be written.
    """
    figures = require("matplotlib.figure", extra="eval", purpose="draw the report")
    ranked = sorted(compared, key=lambda one: -sum(row.alarm for row in one.findings))
    shown = [one for one in compared if one in ranked[:_ROWS]]
    figure = figures.Figure(figsize=(13.5, 0.5 + 3.1 * len(shown)), layout="constrained")
    rows = figure.subplots(len(shown), 3, squeeze=False)
    for one, (near, back, places) in zip(shown, rows, strict=True):
        mark = " - drift" if any(row.alarm for row in one.findings) else ""
        _scores(near, f"{one.name}{mark}", one.scores.nearest)
        near.set_xlabel("score with the nearest stored item", fontsize=9)
        if one.match is not None:
            near.axvline(one.match, color="#888888", linestyle="--", linewidth=1)
            near.text(
                one.match,
                0.97,
                " a match",
                fontsize=8,
                color="#666666",
                va="top",
                transform=near.get_xaxis_transform(),
            )
        _scores(back, "", one.scores.background)
        back.set_xlabel("score against an average stored item", fontsize=9)
        _places(places, one.old.vectors[:_SHOWN], one.new.vectors[:_SHOWN])
    figure.legend(*rows[0, 0].get_legend_handles_labels(), loc="outside upper right", ncols=2)
    try:
        figure.savefig(path, dpi=150)
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}") from error


def _scores(axes: Any, title: str, sides: tuple[FloatArray, FloatArray]) -> None:  # noqa: ANN401
    """Two histograms on the same bins, each as shares of its side."""
    low, high = (edge(np.concatenate(sides)) for edge in (np.min, np.max))
    margin = max(1e-3, 0.02 * float(high - low))
    bins = np.linspace(low - margin, high + margin, _BARS + 1)
    for scores, colour, name in zip(
        sides, (OLD, NEW), ("old, its median", "new, its median"), strict=True
    ):
        weights = np.full(len(scores), 1 / len(scores))
        axes.hist(scores, bins, weights=weights, color=colour, alpha=0.3)
        axes.hist(scores, bins, weights=weights, color=colour, histtype="step", linewidth=1.4)
        axes.axvline(np.median(scores), color=colour, linewidth=1.2, label=name)
    axes.yaxis.set_major_formatter(lambda share, _: f"{100 * share:g}%")
    _plainly(axes, title)


def _places(axes: Any, old: FloatArray, new: FloatArray) -> None:  # noqa: ANN401
    """Both sides on the main axes of the two together."""
    decomposition = require("sklearn.decomposition", extra="eval", purpose="draw the report")
    both = np.concatenate([old, new]).astype(np.float64)
    if both.shape[1] < 2 or float(both.var(axis=0).sum()) < 1e-9:
        axes.set_visible(False)
        return
    pca = decomposition.PCA(2, random_state=0).fit(both)
    for side, colour in ((old, OLD), (new, NEW)):
        at = pca.transform(side.astype(np.float64))
        axes.scatter(at[:, 0], at[:, 1], s=14, c=colour, alpha=0.55, linewidths=0)
    first, second = pca.explained_variance_ratio_
    axes.set_xlabel(f"main axes: {first:.0%} and {second:.0%} of the variance", fontsize=9)
    axes.set_aspect("equal", adjustable="datalim")
    _plainly(axes, "")


def _plainly(axes: Any, title: str) -> None:  # noqa: ANN401
    axes.set_title(title, loc="left", fontsize=10.5, fontweight="bold")
    axes.set_axisbelow(True)
    axes.grid(color="#e6e6e6", linewidth=0.6)
    axes.tick_params(length=0, labelsize=8, labelcolor="#666666")
    axes.spines[:].set_visible(False)
