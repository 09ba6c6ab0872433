"""Where right answers stand when vectors search among vectors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
_BLOCK = 1024  # queries that are compared with the gallery at once


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
