"""Permutation tests that move whole documents, never single passages.

Passages of a document are alike, so passages of new documents differ from stored ones even where
nothing has changed; a test that exchanged passages would alarm at nearly every new document. What
is exchangeable where nothing has changed are documents (Good 2005, on blocks as the units).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from mmrag.evaluation.embeddings.neighbours import IntArray

Floats: TypeAlias = NDArray[np.float64]

_TIE = 1e-9
"""Statistics closer than this are equal: sums in another order differ in the last digits."""
_BLOCK = 256


@dataclass(frozen=True, eq=False)
class Permutations:
    """Ways in which the documents of two sides could have been dealt to them.

    Attributes:
        documents: (n,) of each item, its document, 0 to G - 1.
        dealt: (1 + P, G) whether a document is dealt to the new side; the first row is the truth.
    """

    documents: IntArray
    dealt: NDArray[np.bool_]

    @classmethod
    def of(cls, old: IntArray, new: IntArray, count: int, *, seed: int = 0) -> Permutations:
        """`count` random deals that leave as many documents on each side as there are.

        Args:
            old, new: of each item of a side, its document; numbers of one side say nothing of the
                other. Pooled items are the old ones first.
        """
        first, second = (np.unique(side, return_inverse=True)[1] for side in (old, new))
        before = int(first.max()) + 1
        together = before + int(second.max()) + 1
        truth = np.arange(together) >= before
        rng = np.random.default_rng(seed)
        rows = rng.permuted(np.tile(truth, (count, 1)), axis=1)
        return cls(np.concatenate([first, second + before]), np.vstack([truth, rows]))

    @cached_property
    def sizes(self) -> Floats:
        """(G,) items of each document."""
        return np.bincount(self.documents, minlength=self.dealt.shape[1]).astype(np.float64)

    def block_sums(self, pairs: NDArray[np.floating]) -> Floats:
        """(G, G) sums over the items of two documents, of an (n, n) table of pairs of items."""
        order = np.argsort(self.documents, kind="stable")
        starts = np.concatenate([[0], np.cumsum(self.sizes[:-1])]).astype(np.intp)
        rows = np.add.reduceat(pairs[order].astype(np.float64), starts, axis=0)
        summed: Floats = np.add.reduceat(rows[:, order], starts, axis=1)
        return summed

    def within_and_across(self, sums: Floats) -> tuple[Floats, Floats, Floats]:
        """(1 + P,) sums over the pairs within the old side, within the new one, and across."""
        whole, each = float(sums.sum()), sums.sum(axis=1)
        new = np.concatenate([np.einsum("pg,pg->p", rows @ sums, rows) for rows in self._blocks()])
        touching = self.dealt @ each
        return whole - 2 * touching + new, new, touching - new

    def means(self, values: NDArray[np.floating]) -> tuple[Floats, Floats]:
        """(1 + P,) means of (n,) values over the items of both sides, old and new."""
        sums = np.bincount(self.documents, weights=values, minlength=self.dealt.shape[1])
        new, (others, items) = self.dealt @ sums, self.items()
        return (sums.sum() - new) / others, new / items

    def standing(self, order: IntArray, ends: IntArray) -> Iterator[tuple[Floats, Floats]]:
        """How many items of both sides, old and new, stand up to each of m places of an order.

        Args:
            order: (n,) items by rising score.
            ends: (m,) how many items stand up to each place.

        Yields:
            (b, m) and (b, m) numbers for some deals, in the order of the deals.
        """
        for rows in self._blocks():
            new = np.cumsum(rows[:, self.documents[order]], axis=1)[:, ends - 1]
            yield ends - new, new

    def first(self, count: int) -> Permutations:
        """The truth and the first `count` deals."""
        return replace(self, dealt=self.dealt[: 1 + count])

    def items(self) -> tuple[Floats, Floats]:
        """(1 + P,) items of both sides, old and new."""
        new = self.dealt @ self.sizes
        return len(self.documents) - new, new

    def pairs(self) -> tuple[Floats, Floats, Floats]:
        """(1 + P,) pairs of items of different documents: within the old side, the new one, across.

        Pairs within a side count twice, once in each direction.
        """
        old, new = self.items()
        own = np.square(self.sizes)
        new_own = self.dealt @ own
        return old**2 - (own.sum() - new_own), new**2 - new_own, old * new

    def _blocks(self) -> Iterator[Floats]:
        for start in range(0, len(self.dealt), _BLOCK):
            yield self.dealt[start : start + _BLOCK].astype(np.float64)


def p_value(statistics: NDArray[np.floating]) -> float:
    """Share of the deals, the true one among them, that are at least as far out as the truth.

    With the truth counted in, a p-value below alpha comes up in at most a share alpha of the cases
    in which nothing has changed, however few deals there are (Phipson and Smyth 2010).

    Args:
        statistics: (1 + P,) larger is further out; the first is that of the truth.
    """
    return float(np.mean(statistics >= statistics[0] - _TIE * max(1.0, abs(statistics[0]))))


def holm(p_values: Sequence[float]) -> list[float]:
    """p-values adjusted for being several (Holm 1979), in the order given."""
    adjusted, highest = [0.0] * len(p_values), 0.0
    for rank, place in enumerate(np.argsort(p_values, kind="stable").tolist()):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = highest
    return adjusted
