"""Maximal marginal relevance: hits that say something the better ones have not said yet.

Carbonell and Goldstein 1998. The next hit is the one with the greatest
``(1 - diversity) * relevance - diversity * likeness``, where relevance is its fused score and
likeness its greatest cosine to a hit that is chosen already. Candidates that share no space are as
unlike as can be.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mmrag.retrieval.likeness import Likeness

DEPTH = 4
"""How many times as many candidates as hits are wanted there are to choose from."""
LEAST = 40
"""The same for few hits: three hits out of twelve candidates would leave little choice."""


def pool_size(wanted: int) -> int:
    """How many candidates are looked at for `wanted` hits."""
    return max(DEPTH * wanted, LEAST)


def diverse(
    scores: Sequence[float], likeness: Likeness, wanted: int, *, diversity: float
) -> list[int]:
    """Places of the candidates that are chosen, in the order in which they are.

    Args:
        scores: fused scores in 0..1, best first; of equal candidates the earlier one is chosen.
        likeness: of the same candidates, in the same order.
        diversity: 0 keeps the order of the scores, 1 looks at likeness alone after the first hit.
    """
    relevance = (1 - diversity) * np.asarray(scores, dtype=np.float64)
    nearest = np.zeros(len(relevance))  # cosines below 0 make nothing more welcome than 0 does
    left = np.ones(len(relevance), dtype=bool)
    chosen: list[int] = []
    while len(chosen) < min(wanted, len(relevance)):
        worth = relevance - diversity * nearest
        best = int(np.argmax(np.where(left, worth, -np.inf))) if chosen else 0
        left[best] = False
        chosen.append(best)
        nearest = np.maximum(nearest, likeness.to(best))
    return chosen
