"""What both engines have in common: checks before writing, one order of results, errors."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from types import MappingProxyType, TracebackType
from typing import Any, TypeVar

from mmrag.errors import IndexMismatch, StoreError, UnsafeDelete
from mmrag.store.checks import (
    checked_ids,
    checked_payload,
    checked_points,
    checked_spaces,
    checked_updates,
)
from mmrag.store.quantization import Quantizations, Rescoring, checked_quantization
from mmrag.store.query_checks import checked_query, holds_always, holds_never
from mmrag.store.spec import (
    All,
    Condition,
    DenseSpace,
    HasId,
    Hit,
    Point,
    Prefetch,
    Quantization,
    Query,
    Ranked,
    Scalar,
    Space,
)

BATCH = 256
"""Points per operation: about 2 MB, far below the 32 MB of a log segment or a request body."""

Self = TypeVar("Self", bound="CheckedEngine")


class CheckedEngine(ABC):
    """An `Engine` whose operations are checked here and carried out by a subclass.

    Args:
        spaces: the named vectors of the collection.
        location: a directory or URL, for messages.
        serial: let one thread in at a time.
        quantization: the codes beside the vectors.
        rescoring: how they are searched.
    """

    def __init__(
        self,
        spaces: Mapping[str, Space],
        location: str,
        *,
        serial: bool,
        quantization: Quantizations,
        rescoring: Rescoring,
    ) -> None:
        self._spaces = dict(spaces)
        self._codes, self._rescoring = dict(quantization), rescoring
        self._location = location
        self._closed = False
        self._guard: AbstractContextManager[Any] = threading.RLock() if serial else nullcontext()

    @property
    def spaces(self) -> Mapping[str, Space]:
        """The named vectors of the collection."""
        return MappingProxyType(self._spaces)

    @property
    def quantization(self) -> Quantizations:
        """By dense space, which codes stand beside its vectors."""
        dense = (name for name, space in self._spaces.items() if isinstance(space, DenseSpace))
        return {name: self._codes.get(name, "none") for name in dense}

    @property
    def location(self) -> str:
        """Where the collection lives, for messages: a directory or a URL."""
        return self._location

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._location!r}, spaces={sorted(self._spaces)})"

    def upsert(self, points: Sequence[Point]) -> None:
        """Write whole points; raises InvalidPoint before anything is written."""
        checked = checked_points(points, self._spaces)
        with self._working():
            for start in range(0, len(checked), BATCH):
                self._upsert(checked[start : start + BATCH])

    def update_vectors(self, points: Sequence[Point]) -> None:
        """Add or replace named vectors of points that exist."""
        checked = checked_updates(points, self._spaces)
        with self._working():
            self._check_present([point.id for point in checked])
            for start in range(0, len(checked), BATCH):
                self._update_vectors(checked[start : start + BATCH])

    def set_payload(self, payload: Mapping[str, Any], ids: Sequence[str]) -> None:
        """Set payload keys on points that exist."""
        values, wanted = checked_payload(payload), checked_ids(ids)
        with self._working():
            self._check_present(wanted)
            if wanted and values:
                self._set_payload(values, wanted)

    def delete(self, *, ids: Sequence[str] | None = None, where: Condition | None = None) -> None:
        """Delete by ids, by filter, or what both name."""
        if ids is None and (where is None or holds_always(where)):
            raise UnsafeDelete("delete without ids and without a filter would empty the index")
        wanted = None if ids is None else checked_ids(ids)
        with self._working():
            if where is None:
                for start in range(0, len(wanted or ()), BATCH):
                    self._delete_ids((wanted or [])[start : start + BATCH])
                return
            chosen = where if wanted is None else All((where, HasId(tuple(wanted))))
            if not holds_never(chosen):
                self._delete_where(chosen)

    def query(self, query: Query) -> list[Hit]:
        """The best hits of one query, by falling score, ties by id."""
        return self.query_batch((query,))[0]

    def query_batch(self, queries: Sequence[Query]) -> list[list[Hit]]:
        """The best hits of each query, by falling score, ties by id."""
        checked = [checked_query(query, self._spaces) for query in queries]
        asked = [_asked(query) for query in checked if query.prefetches]
        with self._working():
            found = iter(self._query_batch(asked) if asked else [])
            ranked = [self._ranked(q, next(found)) if q.prefetches else [] for q in checked]
            return [
                self._filled(query, hits) if query.fusion else hits
                for query, hits in zip(checked, ranked, strict=True)
            ]

    def rank_batch(self, queries: Sequence[Query]) -> list[Ranked]:
        """Ids and scores of the best hits of each query, by falling score, ties by id."""
        bare = [replace(query, with_payload=False, with_vectors=False) for query in queries]
        checked = [checked_query(query, self._spaces) for query in bare]
        asked = [_asked(query) for query in checked if query.prefetches]
        with self._working():
            found = iter(self._rank_batch(asked) if asked else [])
        return [
            self._in_order(query, next(found)) if query.prefetches else Ranked.of(())
            for query in checked
        ]

    def retrieve(self, ids: Sequence[str], *, with_vectors: bool = False) -> list[Point]:
        """The points with these ids that exist, in the order asked for."""
        wanted = checked_ids(ids)
        if not wanted:
            return []
        with self._working():
            found = self._retrieve(wanted, with_payload=True, with_vectors=with_vectors)
        by_id = {point.id: point for point in found}
        return [by_id[point_id] for point_id in wanted if point_id in by_id]

    def scroll(
        self,
        where: Condition | None = None,
        *,
        limit: int = 256,
        offset: str | None = None,
        with_vectors: bool = False,
    ) -> tuple[list[Point], str | None]:
        """A page of points in id order and the offset of the next page (None at the end)."""
        if limit < 1:
            raise StoreError(f"scroll: limit {limit} is below 1")
        if offset is not None:
            checked_ids([offset])
        with self._working():
            return self._scroll(where, limit, offset, with_vectors)

    def count(self, where: Condition | None = None) -> int:
        """The exact number of points that meet the condition."""
        with self._working():
            return self._count(where)

    def facet(
        self, key: str, where: Condition | None = None, *, limit: int = 100
    ) -> dict[Scalar, int]:
        """How many points carry each value of `key`, most frequent first, ties by value."""
        with self._working():
            found = self._facet(key, where, limit)
        there = [row for row in found.items() if row[1]]  # Edge tells of values that are deleted
        return dict(sorted(there, key=lambda item: (-item[1], str(item[0]))))

    def add_space(self, space: Space) -> None:
        """Add a named vector; one that exists with the same definition is left as it is."""
        have = self._spaces.get(space.name)
        if have == space:
            return
        if have is not None:
            raise IndexMismatch(
                f"{self._location}: space {space.name!r} exists as {have}, not as {space}; "
                "choose another name or make a new index"
            )
        checked_spaces([*self._spaces.values(), space])
        with self._working():
            self._add_space(space)
            self._spaces[space.name] = space

    def quantize(self, kinds: Mapping[str, Quantization]) -> None:
        """Make codes of these kinds for dense spaces, in place of those that they have; blocks.

        The vectors stay. Spaces that are not named keep their codes, and what was written since
        they were made gets them too.

        Raises:
            ConfigError: a space is unknown, sparse, or has too few dimensions for its kind.
        """
        wanted = checked_quantization({**self.quantization, **kinds}, self._spaces)
        with self._working():
            self._quantize(wanted)
            self._codes = wanted

    def optimize(self) -> int:
        """Merge segments and build graphs where they pay; blocks, maybe for minutes.

        Returns:
            How many vectors have a graph now; 0 of a server, which builds its own when it likes.
        """
        with self._working():
            return self._optimize()

    def flush(self) -> None:
        """Make everything written so far durable against power loss."""
        with self._working():
            self._flush()

    def close(self) -> None:
        """Release everything; harmless when called again."""
        with self._guard:
            if not self._closed:
                self._closed = True
                self._close()

    @contextmanager
    def _working(self) -> Iterator[None]:
        with self._guard:
            if self._closed:
                raise StoreError(f"{self._location}: this handle is closed; open the index again")
            with self._errors():
                yield

    def _check_present(self, ids: Sequence[str]) -> None:
        wanted = list(dict.fromkeys(ids))
        found = self._retrieve(wanted, with_payload=False, with_vectors=False) if wanted else []
        missing = set(wanted) - {point.id for point in found}
        if missing:
            raise StoreError(
                f"{self._location}: {len(missing)} of {len(wanted)} points are not in the index, "
                f"first {min(missing)}; nothing was written"
            )

    def _rescored(self, channel: Prefetch) -> Rescoring | None:
        """How the codes of a channel's space are searched; None for a sparse one."""
        if not isinstance(self._spaces[channel.using], DenseSpace):
            return None
        return self._rescoring.of(self._codes.get(channel.using, "none"), channel.limit)

    def _is_distance(self, query: Query) -> bool:
        """Whether the engine scores by a distance, which falls with likeness."""
        space = self._spaces[query.prefetches[0].using]
        return query.fusion is None and isinstance(space, DenseSpace) and space.distance == "euclid"

    def _in_order(self, query: Query, found: Ranked) -> Ranked:
        if self._is_distance(query):
            found = Ranked(found.ids, -found.scores)
        return found.sorted(query.limit)

    def _ranked(self, query: Query, hits: list[Hit]) -> list[Hit]:
        if self._is_distance(query):
            hits = [replace(hit, score=-hit.score) for hit in hits]
        return sorted(hits, key=lambda hit: (-hit.score, hit.id))[: query.limit]

    def _filled(self, query: Query, hits: list[Hit]) -> list[Hit]:
        """The fused hits with payload and vectors; a point deleted meanwhile drops out."""
        if not hits or not (query.with_payload or query.with_vectors):
            return hits
        found = self._retrieve(
            [hit.id for hit in hits],
            with_payload=query.with_payload,
            with_vectors=query.with_vectors,
        )
        by_id = {point.id: point for point in found}
        return [
            replace(hit, payload=by_id[hit.id].payload, vectors=by_id[hit.id].vectors)
            for hit in hits
            if hit.id in by_id
        ]

    @abstractmethod
    def _errors(self) -> AbstractContextManager[Any]:
        """Turns what the engine raises into StoreError."""

    @abstractmethod
    def _upsert(self, points: Sequence[Point]) -> None: ...

    @abstractmethod
    def _update_vectors(self, points: Sequence[Point]) -> None: ...

    @abstractmethod
    def _set_payload(self, payload: Mapping[str, Any], ids: Sequence[str]) -> None: ...

    @abstractmethod
    def _delete_ids(self, ids: Sequence[str]) -> None: ...

    @abstractmethod
    def _delete_where(self, where: Condition) -> None: ...

    @abstractmethod
    def _query_batch(self, queries: Sequence[Query]) -> list[list[Hit]]: ...

    @abstractmethod
    def _rank_batch(self, queries: Sequence[Query]) -> list[Ranked]: ...

    @abstractmethod
    def _retrieve(
        self, ids: Sequence[str], *, with_payload: bool, with_vectors: bool
    ) -> list[Point]: ...

    @abstractmethod
    def _scroll(
        self, where: Condition | None, limit: int, offset: str | None, with_vectors: bool
    ) -> tuple[list[Point], str | None]: ...

    @abstractmethod
    def _count(self, where: Condition | None) -> int: ...

    @abstractmethod
    def _facet(self, key: str, where: Condition | None, limit: int) -> dict[Scalar, int]: ...

    @abstractmethod
    def _add_space(self, space: Space) -> None: ...

    @abstractmethod
    def _quantize(self, kinds: Quantizations) -> None:
        """Have these codes and no others."""

    @abstractmethod
    def _optimize(self) -> int: ...

    @abstractmethod
    def _flush(self) -> None: ...

    @abstractmethod
    def _close(self) -> None: ...


def _asked(query: Query) -> Query:
    """What the engine is asked for.

    Fused scores tie often, and engines cut ties differently; so all candidates are fetched, bare,
    and cut here after sorting.
    """
    if query.fusion is None:
        return query
    limit = sum(channel.limit for channel in query.prefetches)
    return replace(query, limit=limit, with_payload=False, with_vectors=False)
