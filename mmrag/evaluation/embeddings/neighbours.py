"""Exact nearest neighbours within a sample, a block of rows at a time.

Our own, because scikit-learn's brute force gives ties to the first rows: a page that stands three
hundred times in an archive would make ten false hubs of its first copies.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from mmrag.store.spec import FloatArray

IntArray: TypeAlias = NDArray[np.intp]

BLOCK = 256
"""Rows at a time: of 20,000 items a block of cosines takes 20 MB, the whole would take 1.6 GB."""
NEIGHBOURS = 10
_TIE = 1e-5
"""Cosines closer than this are a tie: in float32 those of two copies differ by up to 1e-6."""


def neighbours_for(items: int) -> int:
    """How many neighbours to look at: 10, fewer if that would be more than a third of the items."""
    return max(1, min(NEIGHBOURS, (items - 1) // 3))


def cosine_blocks(vectors: FloatArray, *, block: int = BLOCK) -> Iterator[tuple[int, FloatArray]]:
    """The first row of a block and the (rows, n) cosines of its rows to all n unit vectors."""
    for start in range(0, len(vectors), block):
        yield start, vectors[start : start + block] @ vectors.T


def nearest(vectors: FloatArray, k: int, *, block: int = BLOCK) -> IntArray:
    """(n, k) rows of the nearest neighbours of each unit vector besides itself, in no order.

    Ties are broken by lot (the same lot every time), so that copies of one vector share the places.

    Args:
        k: below the number of vectors.
    """
    lot = np.random.default_rng(0)
    found = np.empty((len(vectors), k), dtype=np.intp)
    for start, cosines in cosine_blocks(vectors, block=block):
        rows = np.arange(len(cosines))
        apart = _TIE * lot.random(cosines.shape) - cosines  # float64 has room for a lot this small
        apart[rows, start + rows] = np.inf
        found[start : start + len(cosines)] = np.argpartition(apart, k - 1, axis=1)[:, :k]
    return found


def occurrences(neighbours: IntArray) -> IntArray:
    """(n,) in how many of the n lists of neighbours each item stands: its k-occurrence."""
    return np.bincount(neighbours.ravel(), minlength=len(neighbours)).astype(np.intp)


def shared(one: IntArray, other: IntArray) -> tuple[float, float]:
    """Mean overlap at k and mean Jaccard index of two (n, k) tables of neighbours."""
    k = one.shape[1]
    both = np.array([len(np.intersect1d(a, b)) for a, b in zip(one, other, strict=True)])
    return float(np.mean(both / k)), float(np.mean(both / (2 * k - both)))
