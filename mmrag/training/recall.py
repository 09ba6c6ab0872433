"""How often the nearest of a gallery is the right one, for each direction between modalities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
_BLOCK = 1024  # queries that are compared with the gallery at once


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


def ranks(
    queries: Floats, gallery: Floats, groups: Sequence[int], held: Sequence[int]
) -> NDArray[np.int64]:
    """(n,) of each query, how many wrong answers are at least as near as its nearest right one.

    Args:
        queries: (n, d) unit vectors.
        gallery: (m, d) unit vectors.
        groups: of the n queries.
        held: groups of the m answers; each of a query's group is right.
    """
    numbers, others = np.asarray(groups), np.asarray(held)
    out = np.zeros(len(queries), dtype=np.int64)
    for start in range(0, len(queries), _BLOCK):
        rows = slice(start, start + _BLOCK)
        cosines = queries[rows] @ gallery.T
        right = numbers[rows, None] == others[None, :]
        best = np.where(right, cosines, -np.inf).max(axis=1, keepdims=True)
        # not ">=", which numbers that are none would pass by
        out[rows] = (~(cosines < best) & ~right).sum(axis=1)
    return out
