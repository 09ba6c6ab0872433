"""Where reranked candidates go, and where those stay that a reranker of texts cannot judge."""

from __future__ import annotations

from collections.abc import Sequence


def placed(margins: Sequence[float | None]) -> list[int]:
    """The rows of a ranking in their new order.

    The rule: a candidate without a judgement (None) keeps its absolute place, for having no words
    says nothing about its relevance. The others are sorted by falling margin over the places that
    are left; equal ones stay in the order they came in.

    Args:
        margins: by row, the best first as retrieved; finite, or None.
    """
    judged = [(margin, row) for row, margin in enumerate(margins) if margin is not None]
    best_first = iter(sorted(judged, key=lambda pair: -pair[0]))
    return [row if margin is None else next(best_first)[1] for row, margin in enumerate(margins)]
