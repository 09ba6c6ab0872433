"""Stretches of a long recording that a model of bounded hearing is given."""

from __future__ import annotations

import numpy as np

from mmrag.store.spec import FloatArray

PLACES = 4
"""A long recording is heard at this many; the mean of their unit vectors is its vector."""


def spread_windows(samples: FloatArray, length: int, *, most: int) -> list[FloatArray]:
    """Up to `most` stretches of `length` samples, spread evenly from the start to the end.

    A recording that is not longer is one stretch, as it is. Which stretches are taken depends on
    its length alone, so that the same recording always gives the same vector.
    """
    count = min(most, -(-len(samples) // length))
    if count <= 1:
        return [samples[:length]]
    starts = np.linspace(0, len(samples) - length, count).round().astype(int).tolist()
    return [samples[start : start + length] for start in starts]
