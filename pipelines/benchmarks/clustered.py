"""Clustered unit vectors, as those of an archive are, and as many of them as one likes.

`CLUSTERS` centres, their sizes by Zipf's law, so that a few hold thousands of vectors and many a
handful; around each, noise in one of `BASES` subspaces of `SUBSPACE` dimensions and a little in
all. Evenly spread vectors would have no neighbours.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mmrag.store.spec import FloatArray

CLUSTERS = 3_000
SUBSPACE, BASES, NOISE, REST = 32, 50, 0.7, 0.3


class Clustered:
    """A distribution of vectors of one size."""

    def __init__(self, size: int, rng: np.random.Generator, *, axes: bool = False) -> None:
        """Choose centres and subspaces.

        Args:
            axes: the subspaces of the noise are spanned by coordinate axes.
        """
        self._size = size
        self._centres = unit(rng.standard_normal((CLUSTERS, size), dtype=np.float32))
        self._bases = rng.standard_normal((BASES, SUBSPACE, size), dtype=np.float32) / size**0.5
        if axes:
            chosen = np.stack([rng.permutation(size)[:SUBSPACE] for _ in range(BASES)])
            self._bases = np.eye(size, dtype=np.float32)[chosen]
        weights = 1 / np.arange(1, CLUSTERS + 1) ** 0.7
        self._shares = weights / weights.sum()

    def choose(self, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """(count,) numbers of clusters."""
        chosen: NDArray[np.int64] = rng.choice(CLUSTERS, size=count, p=self._shares)
        return chosen

    def around(self, own: NDArray[np.int64], rng: np.random.Generator) -> FloatArray:
        """(n, size) unit vectors, one of each of these clusters."""
        spread = rng.standard_normal((len(own), self._size), dtype=np.float32)
        rows = self._centres[own] + REST / self._size**0.5 * spread
        for base in range(BASES):
            mine = own % BASES == base
            within = rng.standard_normal((int(mine.sum()), SUBSPACE), dtype=np.float32)
            rows[mine] += NOISE / SUBSPACE**0.5 * within @ self._bases[base]
        return unit(rows)


def unit(rows: FloatArray) -> FloatArray:
    """The rows, each of length 1."""
    scaled: FloatArray = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return scaled
