"""Codes for embeddings in numpy: 8 bits or 1 bit a dimension, and shorter vectors.

The definitions by which the engines' own codes can be judged. All scan every code; the best
candidates may be scored again by the vectors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mmrag.embeddings.recipes import check_dimensions, recipe_of
from mmrag.errors import InputError
from mmrag.store.spec import FloatArray

BLOCK = 4096
"""Codes of 8 bits that are widened to float at once."""

Codes: TypeAlias = NDArray[np.uint8]
Rows: TypeAlias = NDArray[np.int64]


class Codec(Protocol):
    """Makes codes of vectors and scores them by a query, which stays float."""

    def encode(self, vectors: FloatArray) -> Codes:
        """(n, d) vectors as (n, bytes) codes."""
        ...

    def scores(self, query: FloatArray, codes: Codes) -> NDArray[np.float32]:
        """(n,) estimates that rise with the dot product of a (d,) query with each vector."""
        ...


@dataclass(frozen=True)
class Int8:
    """Scalar quantisation: c = round((x - low) / step), clipped to 0..levels.

    Qdrant's codes have one `low` and `step` for all dimensions, from the `quantile` of all values,
    and 128 levels, so that sums of products fit its integer instructions (lib/quantization,
    encoded_vectors_u8.rs). It rounds down and codes the query too; here the query stays float,
    which is a little more exact.

    Attributes:
        low, step: (1,) for all dimensions, or (d,).
        levels: the highest code.
    """

    low: FloatArray
    step: FloatArray
    levels: int = 127

    @classmethod
    def fit(
        cls,
        vectors: FloatArray,
        *,
        quantile: float = 1.0,
        per_dimension: bool = False,
        levels: int = 127,
    ) -> Int8:
        """The range of (n, d) vectors, without the outermost 1 - `quantile` of the values.

        Raises:
            InputError: there are no vectors, or `quantile` is not above 0.5 and at most 1.
        """
        _check(vectors)
        if not 0.5 < quantile <= 1:
            raise InputError(f"quantile {quantile} is not above 0.5 and at most 1")
        cut = (1 - quantile) / 2
        values = vectors if per_dimension else vectors.reshape(-1, 1)
        low, high = np.quantile(values, [cut, 1 - cut], axis=0).astype(np.float32)
        return cls(low, np.maximum(high - low, 1e-12) / np.float32(levels), levels)

    def encode(self, vectors: FloatArray) -> Codes:
        """(n, d) bytes."""
        scaled = np.clip(np.rint((vectors - self.low) / self.step), 0, self.levels)
        codes: Codes = scaled.astype(np.uint8)
        return codes

    def decode(self, codes: Codes) -> FloatArray:
        """The vectors that the codes stand for."""
        restored: FloatArray = codes.astype(np.float32) * self.step + self.low
        return restored

    def scores(self, query: FloatArray, codes: Codes) -> NDArray[np.float32]:
        """The dot products with the decoded vectors, without decoding them."""
        weights, offset = query * self.step, np.sum(query * self.low)
        blocks = [codes[start : start + BLOCK] @ weights for start in range(0, len(codes), BLOCK)]
        found: NDArray[np.float32] = np.concatenate([*blocks, weights[:0]]) + offset
        return found


@dataclass(frozen=True)
class Binary:
    """One bit a dimension: whether it is above zero (Charikar 2002, for random projections).

    With `asymmetric`, a scan sums what the query has where the bits agree, less what it has where
    they do not; otherwise the query is coded too and equal bits are counted (Hamming).
    """

    asymmetric: bool = False

    def encode(self, vectors: FloatArray) -> Codes:
        """(n, d / 8 rounded up) bytes, the first dimension in the highest bit."""
        return np.packbits(vectors > 0, axis=1)

    def scores(self, query: FloatArray, codes: Codes) -> NDArray[np.float32]:
        """Equal bits less unequal ones, or the sum that `asymmetric` means."""
        if self.asymmetric:
            return _by_tables(query, codes)
        unequal = np.bitwise_count(_words(codes) ^ _words(np.packbits(query > 0)[None]))
        total = unequal.sum(axis=1, dtype=np.uint16)
        found: NDArray[np.float32] = np.float32(query.size) - 2 * total.astype(np.float32)
        return found


@dataclass(frozen=True)
class Found:
    """What a search found.

    Attributes:
        rows: of the best vectors, best first.
        scores: of them, by the vectors if they were scored again.
        bytes_read: codes, and vectors that were scored again.
    """

    rows: Rows
    scores: NDArray[np.float32]
    bytes_read: int


def search(
    query: FloatArray,
    codec: Codec,
    codes: Codes,
    k: int,
    *,
    vectors: FloatArray | None = None,
    oversampling: float = 1.0,
) -> Found:
    """The best `k` by their codes; with `vectors`, the best of k · oversampling by these.

    Raises:
        InputError: there are fewer than `k` codes.
    """
    if not 1 <= k <= len(codes):
        raise InputError(f"k {k} is not in 1..{len(codes)}, the number of vectors")
    by_code = codec.scores(query, codes)
    if vectors is None:
        rows = _best(by_code, k)
        return Found(rows, by_code[rows], codes.nbytes)
    candidates = _best(by_code, min(len(codes), round(k * oversampling)))
    chosen = vectors[candidates]
    scores = chosen @ query
    order = _best(scores, k)
    return Found(candidates[order], scores[order], codes.nbytes + chosen.nbytes)


def truncated(vectors: FloatArray, dimensions: int, *, model: str) -> FloatArray:
    """The first `dimensions` of (n, d) vectors, unit again (Kusupati et al. 2022, Matryoshka).

    Raises:
        ConfigError: nothing says that the model was trained for that length.
    """
    check_dimensions(model, recipe_of(model), dimensions)
    cut = vectors[:, :dimensions]
    unit: FloatArray = cut / np.maximum(np.linalg.norm(cut, axis=1, keepdims=True), 1e-12)
    return unit


def _check(vectors: FloatArray) -> None:
    if vectors.ndim != 2 or not vectors.size:
        raise InputError(f"codes are made of (n, d) vectors, found shape {vectors.shape}")


def _best(scores: NDArray[np.float32], k: int) -> Rows:
    """Rows of the highest scores, best first, ties by row."""
    if k < len(scores):
        edge = np.partition(scores, -k)[-k]
        rows = np.flatnonzero(scores > edge)
        rows = np.concatenate([rows, np.flatnonzero(scores == edge)[: k - len(rows)]])
    else:
        rows = np.arange(len(scores))
    order: Rows = rows[np.lexsort((rows, -scores[rows]))]
    return order


def _words(codes: Codes) -> NDArray[np.uint64]:
    """Codes in words of 64 bits, which are counted faster; zeros fill the last one."""
    missing = -codes.shape[1] % 8
    padded = np.pad(codes, ((0, 0), (0, missing))) if missing else codes
    return np.ascontiguousarray(padded).view(np.uint64)


def _by_tables(query: FloatArray, codes: Codes) -> NDArray[np.float32]:
    """The signed sums by a table of 256 sums a byte (Jégou et al. 2011)."""
    bits = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1)
    signs = 2 * bits.astype(np.float32) - 1
    padded = np.pad(query, (0, codes.shape[1] * 8 - query.size)).reshape(-1, 8)
    tables = signs @ padded.T  # (256, bytes)
    total = np.zeros(len(codes), np.float32)
    for place in range(codes.shape[1]):  # a byte of all codes at a time
        total += tables[codes[:, place], place]
    return total
