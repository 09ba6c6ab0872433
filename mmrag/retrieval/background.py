"""Random samples of what an index holds, to tell what a question scores against anything."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmrag.modalities import Modality
from mmrag.schema import MODALITY
from mmrag.store.kinds import CHUNKS
from mmrag.store.spec import (
    All,
    DenseSpace,
    FloatArray,
    HasVector,
    Match,
    Searchable,
    SparseVector,
)

SAMPLE = 512
"""Items of a space and modality that stand for all of it: the mean of their scores is known to a
twentieth of their deviation."""


@dataclass(frozen=True)
class _Sample:
    """The (d,) mean of the vectors of sampled items, zeros if there are none, out of `count`.

    A question's mean score against the items is its score against their mean.
    """

    mean: FloatArray
    count: int


@dataclass(frozen=True)
class _Words:
    """How many of `size` sampled passages, out of `count`, hold each term."""

    found: dict[int, int]
    size: int
    count: int

    def weight(self, term: int) -> float:
        """Inverse document frequency as Qdrant has it, estimated for all passages."""
        holding = self.found.get(term, 0) * self.count / max(1, self.size)
        return float(np.log1p((self.count - holding + 0.5) / (holding + 0.5)))


class Backgrounds:
    """Samples of one collection, taken when they are first needed and kept.

    Ids of points are UUIDv5, hashes of what they stand for: the first points in the order of ids
    are a random sample, the same one every time.
    """

    def __init__(self, engine: Searchable) -> None:
        self._engine = engine
        self._dense: dict[tuple[str, Modality | None], _Sample] = {}
        self._sparse: dict[str, _Words] = {}

    def modalities(self, space: str) -> list[Modality]:
        """What a dense space holds, by modality."""
        return [modality for modality in Modality if self._sample(space, modality).count]

    def mean(self, space: str, modality: Modality | None, query: FloatArray) -> float:
        """What the question scores against items of a modality (None: of all) on average.

        0 where there are none.
        """
        sample = self._sample(space, modality)
        distance = self._engine.spaces[space]
        if isinstance(distance, DenseSpace) and distance.distance == "cosine":
            query = query / max(float(np.linalg.norm(query)), 1e-12)
        return float(sample.mean @ query)

    def full_score(self, space: str, query: SparseVector) -> float:
        """What a passage of usual length that holds each of the question's terms once scores."""
        words = self._words(space)
        pairs = zip(query.indices, query.values, strict=True)
        return sum(weight * words.weight(term) for term, weight in pairs)

    def _sample(self, space: str, modality: Modality | None) -> _Sample:
        key = (space, modality)
        if key not in self._dense:
            where = All((CHUNKS, HasVector(space)))
            if modality is not None:
                where = All((where, Match(MODALITY, modality.value)))
            points, _ = self._engine.scroll(where, limit=SAMPLE, with_vectors=True)
            rows = [np.asarray(point.vectors[space], dtype=np.float32) for point in points]
            count = self._engine.count(where) if len(rows) == SAMPLE else len(rows)
            held = self._engine.spaces[space]
            none = np.zeros(held.size if isinstance(held, DenseSpace) else 1, np.float32)
            self._dense[key] = _Sample(np.mean(rows, axis=0) if rows else none, count)
        return self._dense[key]

    def _words(self, space: str) -> _Words:
        if space not in self._sparse:
            where = All((CHUNKS, HasVector(space)))
            points, _ = self._engine.scroll(where, limit=SAMPLE, with_vectors=True)
            found: dict[int, int] = {}
            for point in points:
                vector = point.vectors[space]
                for term in vector.indices if isinstance(vector, SparseVector) else ():
                    found[term] = found.get(term, 0) + 1
            count = self._engine.count(where) if len(points) == SAMPLE else len(points)
            self._sparse[space] = _Words(found, len(points), count)
        return self._sparse[space]
