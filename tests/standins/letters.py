"""Sentence vectors made of letters, in place of a model: like spellings are near each other."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np

from mmrag.store.spec import FloatArray


def by_letters(texts: Sequence[str]) -> FloatArray:
    """(n, 512) unit vectors of letter trigrams."""
    vectors = np.zeros((len(texts), 512), dtype=np.float32)
    for row, text in enumerate(texts):
        for start in range(len(text) - 2):
            vectors[row, zlib.crc32(text[start : start + 3].lower().encode()) % 512] += 1
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: FloatArray = vectors / np.maximum(lengths, 1e-9)
    return unit
