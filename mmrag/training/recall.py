"""How often the nearest of a gallery is the right one, for each direction between modalities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def recall_at_1(queries: Floats, gallery: Floats, asked: Sequence[int] | None = None) -> float:
    """Share of the queries whose nearest gallery item is their own, row i for row i.

    Args:
        queries, gallery: (n, d) unit vectors.
        asked: rows that are asked, all by default; the gallery is always whole.
    """
    rows = np.arange(len(queries)) if asked is None else np.asarray(asked)
    nearest = (queries[rows] @ gallery.T).argmax(axis=1)
    return float((nearest == rows).mean())


def recalls(
    vectors: Mapping[str, Floats],
    directions: Sequence[tuple[str, str]],
    asked: Sequence[int] | None = None,
) -> dict[str, float]:
    """recall@1 of each direction, by names such as "text_audio_r1": text asks, audio is found."""
    return {
        f"{query}_{found}_r1": recall_at_1(vectors[query], vectors[found], asked)
        for query, found in directions
    }
