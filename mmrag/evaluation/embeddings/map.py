"""Flat maps of spaces, coloured by kind: the two main axes, drawn as PNG.

Principal components, not t-SNE or UMAP: a gap between kinds and an outlier show as what they are,
distances mean something, and the same index gives the same picture.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mmrag.evaluation.embeddings.sample import SpaceSample
from mmrag.extras import require
from mmrag.store.spec import FloatArray

MAPPED = 600
"""Items of a kind on a map at most, so that no kind hides the others."""
FEWEST = 3
COLOURS = {
    "text": "#4477aa",
    "image": "#ee6677",
    "audio": "#228833",
    "video": "#ccbb44",
    "depth": "#66ccee",
    "thermal": "#aa3377",
    "imu": "#ee8866",
    "other": "#888888",
    "words": "#222222",
}
"""Paul Tol's "bright" scheme and an orange, which colour-blind people can tell apart."""
LABELS = {"words": "asked in words"}


@dataclass(frozen=True)
class SpaceMap:
    """A space on two axes.

    Attributes:
        places: by kind, (n, 2) coordinates.
        shares: of the variance, along the first and the second axis.
    """

    space: str
    places: dict[str, NDArray[np.float64]]
    shares: tuple[float, float]


def project(sample: SpaceSample, words: FloatArray | None) -> SpaceMap | None:
    """Items of each kind, and questions in words, along the main axes of the items.

    None when there are fewer than three items or no two axes along which they differ.
    """
    kinds = {kind: held.vectors[:MAPPED] for kind, held in sample.by_kind.items() if len(held)}
    items = np.concatenate(list(kinds.values())) if kinds else np.zeros((0, 1), np.float32)
    if len(items) < FEWEST or items.shape[1] < 2:
        return None
    if words is not None and len(words):
        kinds["words"] = words
    everything = np.concatenate(list(kinds.values())).astype(np.float64)
    centre = everything.mean(axis=0)
    centred = everything - centre
    if float(np.square(centred).sum()) < 1e-9 * len(centred):
        return None
    decomposition = require("sklearn.decomposition", extra="eval", purpose="draw a map of a space")
    pca = decomposition.PCA(2, random_state=0).fit(centred)
    shares = tuple(float(share) for share in pca.explained_variance_ratio_)
    places = {kind: pca.transform(vectors - centre) for kind, vectors in kinds.items()}
    return SpaceMap(sample.space, places, (shares[0], shares[1]))


def draw_maps(maps: Sequence[SpaceMap], path: Path) -> None:
    """One panel a space, on equal axes, as PNG.

    Raises:
        MissingExtra: matplotlib is not installed.
    """
    figures = require("matplotlib.figure", extra="eval", purpose="draw maps of spaces")
    columns = min(len(maps), 2)
    rows = math.ceil(len(maps) / columns)
    figure = figures.Figure(figsize=(6.4 * columns, 5.2 * rows), layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, space in zip(panels, maps, strict=False):
        for kind, places in space.places.items():
            asked = kind == "words"
            axes.scatter(
                places[:, 0],
                places[:, 1],
                s=26 if asked else 16,
                marker="x" if asked else "o",
                c=COLOURS.get(kind, COLOURS["other"]),
                alpha=0.8 if asked else 0.55,
                linewidths=0.9 if asked else 0,
                label=f"{LABELS.get(kind, kind)} ({len(places)})",
            )
        axes.set_title(space.space, loc="left", fontweight="bold")
        axes.set_xlabel(f"first axis, {space.shares[0]:.0%} of the variance")
        axes.set_ylabel(f"second axis, {space.shares[1]:.0%}")
        axes.set_aspect("equal", adjustable="datalim")
        axes.set_axisbelow(True)
        axes.grid(color="#e6e6e6", linewidth=0.6)
        axes.tick_params(length=0, labelsize=8, labelcolor="#666666")
        axes.spines[:].set_visible(False)
        axes.legend(frameon=False, fontsize=9, markerscale=1.4, loc="best")
    for axes in panels[len(maps) :]:
        axes.set_visible(False)
    figure.savefig(path, dpi=150)
