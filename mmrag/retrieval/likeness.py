"""How alike candidates are, by the vectors that the store keeps of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mmrag.store.spec import FloatArray, SparseVector, Vector


class Likeness:
    """Cosines between n candidates in the dense spaces that both have.

    Args:
        vectors: of each candidate, by space; sparse ones are passed over.
        spaces: only these; None means every dense one.
        judge: what two candidates with several spaces in common are to each other: the "mean" of
            their cosines, or the "least" of them.
    """

    def __init__(
        self,
        vectors: Sequence[Mapping[str, Vector]],
        *,
        spaces: Collection[str] | None = None,
        judge: Literal["mean", "least"] = "mean",
    ) -> None:
        self._count = len(vectors)
        self._judge = judge
        names = sorted(
            {name for own in vectors for name in own if spaces is None or name in spaces}
        )
        self._spaces = [
            space for name in names if (space := _stacked([own.get(name) for own in vectors]))
        ]

    def to(self, row: int) -> FloatArray:
        """(n,) likeness of all candidates to one; 0 where they share no space."""
        total = np.zeros(self._count, dtype=np.float32)
        shared = np.zeros(self._count, dtype=np.int64)
        least = np.full(self._count, np.inf, dtype=np.float32)
        for rows, places, units in self._spaces:
            if places[row] < 0:
                continue
            cosines = units @ units[places[row]]
            total[rows] += cosines
            least[rows] = np.minimum(least[rows], cosines)
            shared[rows] += 1
        said = total / np.maximum(shared, 1) if self._judge == "mean" else least
        return np.where(shared > 0, said, 0).astype(np.float32)


def _stacked(
    column: Sequence[Vector | None],
) -> tuple[NDArray[np.int64], NDArray[np.int64], FloatArray] | None:
    """Who has a vector, at which place of the stack (-1: none), and the (m, d) unit vectors."""
    held = [
        (n, v) for n, v in enumerate(column) if v is not None and not isinstance(v, SparseVector)
    ]
    if not held:
        return None
    rows = np.array([n for n, _ in held], dtype=np.int64)
    places = np.full(len(column), -1, dtype=np.int64)
    places[rows] = np.arange(len(rows))
    stack = np.stack([np.asarray(v, dtype=np.float32) for _, v in held])
    lengths = np.linalg.norm(stack, axis=1, keepdims=True)
    units: FloatArray = (stack / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    return rows, places, units
