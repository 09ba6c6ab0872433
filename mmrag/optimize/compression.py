"""What codes and shorter vectors cost and save: recall, bytes, disk and time on one's own vectors.

Every row is measured by the embedded engine itself, on a copy of the vectors in a folder that goes
away again. Recall is the share of the exact nearest items, by the float32 vectors whole.
"""

from __future__ import annotations

import tempfile
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmrag.errors import InputError
from mmrag.evaluation.intervals import interval
from mmrag.evaluation.measures import Interval
from mmrag.store.edge import EdgeEngine
from mmrag.store.quantization import FEWEST_BITS, Rescoring, code_bytes
from mmrag.store.room import disk_bytes
from mmrag.store.spec import (
    DenseSpace,
    Distance,
    FloatArray,
    Point,
    Prefetch,
    Quantization,
    Query,
    Ranked,
)

FEWEST = 50
"""Vectors below which every way of searching finds all, and nothing can be told."""
FACTORS = (1.0, 2.0, 4.0, 8.0)
"""Oversampling of binary codes."""
SPACE = "measured"
_TIE = 1e-5
_BATCH = 1_000


@dataclass(frozen=True)
class Way:
    """A way to store and search vectors.

    Attributes:
        name: for tables.
        kind: of the codes.
        oversampling: None does not score again by the vectors.
        dimensions: the first of them alone; None is all.
    """

    name: str
    kind: Quantization = "none"
    oversampling: float | None = None
    dimensions: int | None = None


@dataclass(frozen=True)
class Row:
    """What a way came to.

    Attributes:
        recall: of the exact first k, with its interval over queries.
        bytes_read: of each vector by a search: its code, and its share of those scored again.
        share: of the float32 vectors' bytes.
        disk_mb: of an index of these vectors alone, which stay, and their codes.
        p50_ms, p95_ms: of one query.
    """

    name: str
    recall: Interval
    bytes_read: float
    share: float
    disk_mb: float
    p50_ms: float
    p95_ms: float


@dataclass(frozen=True)
class Compression:
    """The rows of a space, float32 first."""

    space: str
    vectors: int
    size: int
    queries: int
    k: int
    rows: tuple[Row, ...]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def ways(size: int, dimensions: Sequence[int] = ()) -> list[Way]:
    """What is measured of vectors of that size."""
    bits = FACTORS if size >= FEWEST_BITS else ()
    return [
        Way("float32"),
        Way("int8", "int8"),
        Way("int8, rescored x4", "int8", 4.0),
        Way("turbo", "turbo"),
        Way("turbo, rescored x4", "turbo", 4.0),
        *(Way(f"binary, rescored x{factor:g}", "binary", factor) for factor in bits),
        *(Way(f"first {number} of {size}", dimensions=number) for number in dimensions),
    ]


def measure(
    vectors: FloatArray,
    queries: FloatArray,
    *,
    k: int = 10,
    space: str = SPACE,
    distance: Distance = "cosine",
    dimensions: Sequence[int] = (),
    progress: Callable[[], None] = lambda: None,
) -> Compression:
    """Search (n, d) vectors by (m, d) queries in every way.

    Args:
        dimensions: shorter lengths to try; whether the model bears them is the caller's to know.
        progress: told after each way.

    Raises:
        InputError: there are too few vectors for `k`, or no queries.
    """
    if len(vectors) < max(FEWEST, k + 1):
        raise InputError(
            f"space {space!r} has {len(vectors)} vectors to search, and at least "
            f"{max(FEWEST, k + 1)} are needed to tell recall@{k} of one way from another"
        )
    if not len(queries):
        raise InputError(f"there are no queries for space {space!r}")
    exact = _scores(vectors, queries, distance)
    least = np.partition(exact, -k, axis=1)[:, -k] - _TIE
    whole = code_bytes("none", vectors.shape[1])
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="mmrag-") as scratch:
        place, held = Path(scratch) / "index", Way("")
        for way in ways(vectors.shape[1], dimensions):
            short = slice(way.dimensions)
            if not place.exists() or way.dimensions != held.dimensions:
                place = Path(scratch) / f"index{len(rows)}"
                _fill(place, vectors[:, short], distance)
                held = replace(way, kind="none")
            if way.kind != held.kind:
                with EdgeEngine.open(place) as engine:
                    engine.quantize({SPACE: way.kind})
            held = way
            found, times = _ask(place, queries[:, short], k, way)
            right = [
                float((exact[i, rows_of(one)] >= least[i]).sum() / k) for i, one in enumerate(found)
            ]
            read = code_bytes(way.kind, way.dimensions or vectors.shape[1])
            again = min(1.0, (way.oversampling or 0) * k / len(vectors)) * whole
            rows.append(
                Row(
                    way.name,
                    interval(right),
                    read + again,
                    (read + again) / whole,
                    disk_bytes(place) / 1e6,
                    *np.quantile(times, [0.5, 0.95]).tolist(),
                )
            )
            progress()
    return Compression(space, len(vectors), vectors.shape[1], len(queries), k, tuple(rows))


def rows_of(found: Ranked) -> list[int]:
    """The rows of vectors by the ids that they were given."""
    return [uuid.UUID(one).int for one in found.ids]


def _fill(place: Path, vectors: FloatArray, distance: Distance) -> None:
    with EdgeEngine.create(place, [DenseSpace(SPACE, vectors.shape[1], distance)]) as engine:
        for start in range(0, len(vectors), _BATCH):
            engine.upsert(
                [
                    Point(str(uuid.UUID(int=start + number)), {SPACE: row})
                    for number, row in enumerate(vectors[start : start + _BATCH])
                ]
            )


def _ask(
    place: Path, queries: FloatArray, k: int, way: Way
) -> tuple[list[Ranked], NDArray[np.float64]]:
    """What each query finds, and the milliseconds it takes."""
    rescoring = Rescoring(
        way.oversampling or 1.0, rescore=way.oversampling is not None, candidates=1
    )
    found, times = [], []
    with EdgeEngine.open(place, rescoring=rescoring) as engine:
        asks = [Query((Prefetch(row, SPACE, k),), k, with_payload=False) for row in queries]
        engine.rank_batch(asks[:1])  # pages are read for the first time
        for ask in asks:
            began = time.perf_counter()
            found += engine.rank_batch([ask])
            times.append(1000 * (time.perf_counter() - began))
    return found, np.array(times)


def _scores(vectors: FloatArray, queries: FloatArray, distance: Distance) -> NDArray[np.float32]:
    """(m, n) exact scores, which rise with likeness."""
    if distance == "cosine":
        vectors, queries = (
            rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
            for rows in (vectors, queries)
        )
    dots: NDArray[np.float32] = queries @ vectors.T
    if distance != "euclid":
        return dots
    squares = np.square(queries).sum(1)[:, None] + np.square(vectors).sum(1)
    distances: NDArray[np.float32] = -np.sqrt(np.maximum(squares - 2 * dots, 0))
    return distances
