"""Bounded random samples of the vectors of an index.

Ids of points are UUIDv5, hashes of what they stand for: the first points in the order of ids are a
random sample, the same one every time. So a sample costs as much of an index of a million vectors
as of a small one, and two runs agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice

import numpy as np

from mmrag.retrieval.scales import held_modalities
from mmrag.schema import CHUNK, MODALITY, SHA256, SOURCE
from mmrag.store.documents import scroll_all
from mmrag.store.kinds import CHUNKS
from mmrag.store.spec import All, Condition, DenseSpace, Engine, FloatArray, HasVector, Match, Point

UNKNOWN = "other"
"""Kind of an item that names no modality, as nodes made elsewhere may."""


@dataclass(frozen=True)
class Item:
    """What a vector stands for, as far as its neighbours in the document can be found from it.

    Attributes:
        id: of the point.
        kind: its modality, or "other".
        source, sha256, chunk: its place in the index; None for a node made elsewhere.
    """

    id: str
    kind: str
    source: str | None
    sha256: str | None
    chunk: int | None


@dataclass(frozen=True)
class Sample:
    """(n, d) unit vectors and the n items they stand for."""

    vectors: FloatArray
    items: tuple[Item, ...]

    def __len__(self) -> int:
        return len(self.items)


@dataclass(frozen=True)
class SpaceSample:
    """Samples of one dense space.

    Attributes:
        whole: of everything in it, each kind by its share.
        by_kind: of each kind for itself, so that a rare one is seen as well as a common one.
        counts: by kind, how many items there are.
    """

    space: str
    whole: Sample
    by_kind: Mapping[str, Sample]
    counts: Mapping[str, int]


def draw(engine: Engine, space: str, size: int) -> SpaceSample:
    """Up to `size` items of a dense space, and up to `size` of each of its kinds."""
    held: tuple[Condition, ...] = (CHUNKS, HasVector(space))
    whole = _sample(engine, space, All(held), size)
    counts: dict[str, int] = {}
    by_kind: dict[str, Sample] = {}
    for modality in held_modalities(engine, space):
        where = All((*held, Match(MODALITY, modality.value)))
        counts[modality.value] = engine.count(where)
        by_kind[modality.value] = _sample(engine, space, where, size)
    unnamed = engine.count(All(held)) - sum(counts.values())
    if unnamed:
        counts[UNKNOWN] = unnamed
        rows = [row for row, item in enumerate(whole.items) if item.kind == UNKNOWN]
        by_kind[UNKNOWN] = Sample(whole.vectors[rows], tuple(whole.items[row] for row in rows))
    return SpaceSample(space, whole, by_kind, counts)


def draw_both(engine: Engine, one: str, other: str, size: int) -> tuple[FloatArray, FloatArray]:
    """(n, d1) and (n, d2) unit vectors of the same n items, up to `size`, that have both."""
    where = All((CHUNKS, HasVector(one), HasVector(other)))
    pairs = [
        (unit(_row(point, one)), unit(_row(point, other)))
        for point in islice(scroll_all(engine, where, with_vectors=True), size)
    ]
    first, second = ([pair[side] for pair in pairs] for side in (0, 1))
    return stacked(first, _width(engine, one)), stacked(second, _width(engine, other))


def unit(vectors: FloatArray) -> FloatArray:
    """Vectors of length 1, along the last axis; one of length 0 stays.

    A space of another distance than cosine keeps its vectors as they came; these measures look at
    directions only.
    """
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: FloatArray = (vectors / np.maximum(length, 1e-12)).astype(np.float32)
    return scaled


def stacked(rows: Iterable[FloatArray], width: int) -> FloatArray:
    """(n, width), also for no rows at all."""
    given = list(rows)
    return np.stack(given) if given else np.zeros((0, width), np.float32)


def item_of(point: Point) -> Item:
    """What a point stands for."""
    payload = point.payload
    chunk = payload.get(CHUNK)
    return Item(
        id=point.id,
        kind=str(payload.get(MODALITY) or UNKNOWN),
        source=payload.get(SOURCE),
        sha256=payload.get(SHA256),
        chunk=chunk if isinstance(chunk, int) else None,
    )


def _sample(engine: Engine, space: str, where: Condition, size: int) -> Sample:
    rows: list[FloatArray] = []
    items: list[Item] = []
    for point in islice(scroll_all(engine, where, with_vectors=True), size):
        rows.append(unit(_row(point, space)))
        items.append(item_of(point))
    return Sample(stacked(rows, _width(engine, space)), tuple(items))


def _row(point: Point, space: str) -> FloatArray:
    return np.asarray(point.vectors[space], dtype=np.float32)


def _width(engine: Engine, space: str) -> int:
    held = engine.spaces[space]
    return held.size if isinstance(held, DenseSpace) else 0
