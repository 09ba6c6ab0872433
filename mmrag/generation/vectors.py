"""Sentence vectors that are remembered: the same sentences are weighed, then checked."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence

import numpy as np

from mmrag.store.spec import FloatArray

KEPT = 4096
"""Vectors kept, about 6 MB of 384 numbers each."""


class RememberedVectors:
    """An embedding function that embeds no text twice; call it as it is called.

    Args:
        embed: unit vectors (n, d) for n texts.
    """

    def __init__(self, embed: Callable[[Sequence[str]], FloatArray]) -> None:
        self._embed = embed
        self._known: OrderedDict[str, FloatArray] = OrderedDict()

    def __call__(self, texts: Sequence[str]) -> FloatArray:
        """(n, d) unit vectors; what is new goes to the model in one call."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        fresh = dict(zip(new, self._embed(new), strict=True)) if new else {}
        vectors = np.stack([fresh[t] if t in fresh else self._known[t] for t in texts])
        self._known.update(fresh)
        while len(self._known) > KEPT:
            self._known.popitem(last=False)
        return vectors
