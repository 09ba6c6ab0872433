"""The store's own vocabulary: collections, points, filters and queries, for any Qdrant engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float32]
Scalar: TypeAlias = str | int | float | bool
Distance = Literal["cosine", "dot", "euclid"]
Quantization = Literal["none", "int8", "binary", "turbo"]


@dataclass(frozen=True)
class SparseVector:
    """A sparse vector: term ids and their weights, same length, ids unique and below 2**32.

    One without any term is "no vector": `upsert` leaves it out and a query skips its channel.
    """

    indices: tuple[int, ...]
    values: tuple[float, ...]


Vector: TypeAlias = FloatArray | SparseVector


@dataclass(frozen=True)
class DenseSpace:
    """A dense named vector of `size` floats.

    Scores rise with likeness in every distance; that of "euclid" is minus the distance.
    """

    name: str
    size: int
    distance: Distance = "cosine"


@dataclass(frozen=True)
class SparseSpace:
    """A sparse named vector; with `idf` the engine weighs terms by inverse document frequency."""

    name: str
    idf: bool = True


Space: TypeAlias = DenseSpace | SparseSpace


@dataclass(frozen=True)
class Point:
    """A point: a UUID in canonical form, the vectors that apply to it (maybe none), its payload.

    The payload is JSON with finite numbers and integers of 64 bits.
    """

    id: str
    vectors: Mapping[str, Vector] = field(default_factory=dict)
    payload: Mapping[str, Any] = field(default_factory=dict)


# Filters. A `key` is the literal name of a top-level payload key, dots included. A condition on a
# key that is absent does not hold, except `IsEmpty`; a list holds if one of its items does.


@dataclass(frozen=True)
class Match:
    """The payload value at `key` equals `value` (or a list there holds it).

    Integers match integers, floats match any number of that value.
    """

    key: str
    value: Scalar


@dataclass(frozen=True)
class MatchAny:
    """The payload value at `key` is one of `values`; with `negate`, none (or absent)."""

    key: str
    values: tuple[str, ...] | tuple[int, ...]
    negate: bool = False


@dataclass(frozen=True)
class MatchText:
    """The payload text at `key` holds every word of `text`: whole words, any order, any case."""

    key: str
    text: str


@dataclass(frozen=True)
class Range:
    """A numeric range; None is open."""

    key: str
    gt: float | None = None
    gte: float | None = None
    lt: float | None = None
    lte: float | None = None


@dataclass(frozen=True)
class Near:
    """The point {"lat": …, "lon": …} at `key` lies within `metres` of a place, in degrees."""

    key: str
    latitude: float
    longitude: float
    metres: float


@dataclass(frozen=True)
class IsEmpty:
    """The payload has no value at `key`: absent, null or an empty list."""

    key: str


@dataclass(frozen=True)
class HasVector:
    """The point carries the named vector."""

    name: str


@dataclass(frozen=True)
class HasId:
    """The point's id is one of `ids`."""

    ids: tuple[str, ...]


@dataclass(frozen=True)
class All:
    """Every condition holds; an empty one holds always."""

    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True)
class AnyOf:
    """At least one condition holds; an empty one never does."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True)
class NoneOf:
    """No condition holds; an empty one holds always."""

    conditions: tuple[Condition, ...]


Condition: TypeAlias = (
    Match | MatchAny | MatchText | Range | Near | IsEmpty | HasVector | HasId | All | AnyOf | NoneOf
)


@dataclass(frozen=True)
class Prefetch:
    """One channel's candidates: the nearest points to `vector` in the space `using`."""

    vector: Vector
    using: str
    limit: int
    where: Condition | None = None
    score_threshold: float | None = None


@dataclass(frozen=True)
class Rrf:
    """Reciprocal rank fusion: sum of 1 / (k - 1 + (rank + 1) / weight), ranks from 0.

    Qdrant's weights stretch the ranks: with equal scores elsewhere, a channel of weight 2 places
    its 2n-th hit beside the n-th of a channel of weight 1. Without weights it is the plain
    1 / (k + rank); the paper's k = 60 with ranks from 1 (Cormack, Clarke and Büttcher 2009) is
    61 here.
    """

    k: int = 61
    weights: tuple[float, ...] | None = None


@dataclass(frozen=True)
class Dbsf:
    """Distribution-based score fusion: min-max by mean ± 3 standard deviations, summed."""


@dataclass(frozen=True)
class Query:
    """A query: one channel, or several fused at the root.

    With one prefetch and no fusion it is a plain nearest-neighbour query. `where` holds for every
    prefetch, in addition to its own.
    """

    prefetches: tuple[Prefetch, ...]
    limit: int
    fusion: Rrf | Dbsf | None = None
    where: Condition | None = None
    with_payload: bool = True
    with_vectors: bool = False


@dataclass(frozen=True)
class Hit:
    """A found point. Hits are sorted by falling score, ties by id."""

    id: str
    score: float
    payload: Mapping[str, Any] = field(default_factory=dict)
    vectors: Mapping[str, Vector] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Ranked:
    """What a query found, as columns: each id once, from best to worst.

    Attributes:
        ids: of n points.
        scores: (n,) of them.
    """

    ids: Sequence[str]
    scores: NDArray[np.float64]

    def __post_init__(self) -> None:
        if self.scores.shape != (len(self.ids),):
            raise ValueError(f"{len(self.ids)} ids with scores of shape {self.scores.shape}")

    def __len__(self) -> int:
        return len(self.ids)

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, float]]) -> Ranked:
        """The columns of (id, score) rows."""
        rows = list(pairs)
        scores = np.fromiter((score for _, score in rows), np.float64, len(rows))
        return cls([found for found, _ in rows], scores)

    def sorted(self, limit: int) -> Ranked:
        """The first `limit` by falling score, ties by id."""
        scores = self.scores
        if not np.all(scores[1:] < scores[:-1]):  # engines sort, but leave ties as they come
            order = np.lexsort((np.array(self.ids), -scores))
            return Ranked([self.ids[place] for place in order[:limit]], scores[order[:limit]])
        return self if len(self) <= limit else Ranked(self.ids[:limit], scores[:limit])


class Searchable(Protocol):
    """What answers queries: an engine, or several databases that are asked as if they were one.

    Every method raises StoreError (or a child) with what was wrong.
    """

    @property
    def spaces(self) -> Mapping[str, Space]: ...
    @property
    def location(self) -> str:
        """Where the collection lives, for messages: a directory or a URL."""
        ...

    def query_batch(self, queries: Sequence[Query]) -> list[list[Hit]]: ...
    def rank_batch(self, queries: Sequence[Query]) -> list[Ranked]:
        """What `query_batch` finds, as columns of ids and scores: without an object for each hit.

        Whether a query asks for payloads or vectors is of no consequence.
        """
        ...

    def retrieve(self, ids: Sequence[str], *, with_vectors: bool = False) -> list[Point]:
        """The points with these ids that exist, in the order asked for."""
        ...

    def scroll(
        self,
        where: Condition | None = None,
        *,
        limit: int = 256,
        offset: str | None = None,
        with_vectors: bool = False,
    ) -> tuple[list[Point], str | None]:
        """A page of points in id order and the offset of the next page (None at the end)."""
        ...

    def count(self, where: Condition | None = None) -> int: ...


class Engine(Searchable, Protocol):
    """A collection of points behind one of Qdrant's engines.

    Writes are checked as a whole before anything is written, and are durable against power loss
    only after `flush`.
    """

    def upsert(self, points: Sequence[Point]) -> None:
        """Write whole points; one that exists is replaced. Of equal ids the last one counts."""
        ...

    def update_vectors(self, points: Sequence[Point]) -> None:
        """Add or replace the named vectors given; the other vectors and the payload stay.

        A point that is not there raises StoreError and nothing is written.
        """
        ...

    def set_payload(self, payload: Mapping[str, Any], ids: Sequence[str]) -> None:
        """Set these payload keys on points that exist; the other keys stay."""
        ...

    def delete(self, *, ids: Sequence[str] | None = None, where: Condition | None = None) -> None:
        """Delete by ids, by filter, or what both name.

        Without either, or with a filter that holds always, it raises UnsafeDelete.
        """
        ...

    def query(self, query: Query) -> list[Hit]: ...
    def facet(
        self, key: str, where: Condition | None = None, *, limit: int = 100
    ) -> dict[Scalar, int]:
        """How many points carry each value of `key`, an indexed key (`kinds.INDEXED_KEYS`)."""
        ...

    def add_space(self, space: Space) -> None:
        """Add a named vector to a live collection."""
        ...

    @property
    def quantization(self) -> Mapping[str, Quantization]:
        """By dense space, which codes stand beside its vectors."""
        ...

    def quantize(self, kinds: Mapping[str, Quantization]) -> None:
        """Make codes of these kinds for dense spaces, in place of those that they have; blocks.

        The vectors stay as they are.
        """
        ...

    def optimize(self) -> int:
        """Merge segments and build graphs where they pay; blocks, maybe for minutes.

        Returns how many vectors have a graph now; 0 of a server, which builds its own.
        """
        ...

    def flush(self) -> None: ...
    def close(self) -> None:
        """Release everything; harmless when called again."""
        ...


class SparseEncoder(Protocol):
    """Turns text into sparse vectors, one tokenizer for documents and queries."""

    def encode_documents(self, texts: list[str]) -> list[SparseVector]: ...
    def encode_query(self, text: str) -> SparseVector: ...
