"""Stretches of a long recording that a model of bounded hearing is given."""

from __future__ import annotations

from math import ceil

import numpy as np

from mmrag.store.spec import FloatArray

PLACES = 4
"""A long recording is heard at this many; the mean of their unit vectors is its vector."""


def window_starts(length: int, window: int, *, most: int) -> list[int]:
    """First samples of up to `most` stretches of `window` samples, from the start to the end.

    They are spread evenly over the `length` samples and depend on it alone, so that the same
    recording always gives the same vector.
    """
    count = min(most, ceil(length / window))
    return [round(place) for place in np.linspace(0, max(0, length - window), count).tolist()]


def spread_windows(samples: FloatArray, length: int, *, most: int) -> list[FloatArray]:
    """Up to `most` stretches of `length` samples; a shorter recording is one, as it is."""
    starts = window_starts(max(1, len(samples)), length, most=most)
    return [samples[start : start + length] for start in starts]
