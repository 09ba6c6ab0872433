"""The embedded engine: qdrant-edge-py in a directory of its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import qdrant_edge as edge

from mmrag.errors import MmragError, StoreError, StoreLocked
from mmrag.store import sidecar
from mmrag.store.checks import checked_points, checked_spaces
from mmrag.store.edge_translate import (
    GRAPH_FROM,
    config,
    filter_out,
    hit_in,
    index_operation,
    point_in,
    point_out,
    query_out,
    ranked_in,
    space_operation,
    vectors_out,
)
from mmrag.store.engine import CheckedEngine
from mmrag.store.kinds import INDEXED_KEYS
from mmrag.store.locking import LOCK, OWNER, TOKENS, DirectoryLock
from mmrag.store.quantization import Quantizations, Rescoring, checked_quantization
from mmrag.store.query_checks import json_path
from mmrag.store.room import check_room
from mmrag.store.spec import Condition, Hit, Point, Query, Ranked, Scalar, Space

POINTS, DRAFT = "points", "points.new"
UNFINISHED = "temp_segments"
"""Where the engine builds segments; what a killed process left there nobody else clears away."""
RESCORING = Rescoring()


class EdgeEngine(CheckedEngine):
    """A collection in a directory, owned by one handle at a time.

    The directory holds `mmrag.json` (what it is), `lock`, and `points/` (the shard). Writes survive
    a killed process at once, and a power loss after `flush`. Every call holds the GIL, so threads
    are safe and gain nothing; `optimize` and `quantize` may block for minutes and are never called
    implicitly. `quantize` builds no graphs and drops those there are; `optimize` builds them.
    A disk that is as good as full is refused before it can do harm (`room`).
    Made by `create`, `open` or `open_or_create`.
    """

    def __init__(
        self,
        directory: Path,
        shard: edge.EdgeShard,
        lock: DirectoryLock,
        held: sidecar.Contents,
        rescoring: Rescoring,
        graph_from: int,
    ) -> None:
        super().__init__(
            held.spaces,
            str(directory),
            serial=True,
            quantization=held.quantization,
            rescoring=rescoring,
        )
        self._directory, self._shard, self._lock = directory, shard, lock
        self._graph_from = graph_from

    @classmethod
    def create(
        cls,
        directory: str | Path,
        spaces: Iterable[Space],
        *,
        quantization: Quantizations | None = None,
        rescoring: Rescoring = RESCORING,
        graph_from: int = GRAPH_FROM,
        first: Sequence[Point] = (),
    ) -> EdgeEngine:
        """Make a new index in a directory that is absent or empty.

        Args:
            quantization: codes beside the vectors, by dense space. "binary" and "turbo" are made as
                points are written, "int8" when `quantize` is called.
            rescoring: how codes are searched.
            graph_from: points from which `optimize` builds graphs.
            first: points that it has before it can be opened, however its making ends.

        Raises:
            ConfigError: a space or its codes cannot be had.
            InvalidPoint: one of the first points must not be written.
            StoreError: something is there already.
            StoreLocked: another handle holds the directory.
        """
        path, named = Path(directory), checked_spaces(spaces)
        held = sidecar.Contents(named, checked_quantization(quantization or {}, named))
        begun = checked_points(first, named)
        if sidecar.is_index(path):
            raise StoreError(f"{path} holds an index already; open it, or name another directory")
        foreign = _entries(path) - {LOCK, OWNER, DRAFT, sidecar.DRAFT, *TOKENS}
        if foreign:
            raise StoreError(
                f"{path} is not an mmrag index and not empty (it has {sorted(foreign)[0]!r}); "
                "name another directory"
            )
        with _directory_errors(path):
            path.mkdir(parents=True, exist_ok=True)
            lock = DirectoryLock(path)
        try:
            with _directory_errors(path), _engine_errors(path):
                _make_draft(path / DRAFT, held, begun)
                sidecar.write(path, held.spaces, held.quantization)
                shard = _load(path)
        except BaseException:
            lock.release()
            raise
        return cls(path, shard, lock, held, rescoring, graph_from)

    @classmethod
    def open(
        cls,
        directory: str | Path,
        *,
        rescoring: Rescoring = RESCORING,
        graph_from: int = GRAPH_FROM,
    ) -> EdgeEngine:
        """Open an index.

        Raises:
            StoreError: there is none, or it is damaged.
            StoreLocked: another handle, here or in another process, holds it.
            IndexMismatch: another version of mmrag or of the engine made it.
        """
        path = Path(directory)
        sidecar.read(path)  # before the lock file is made in a directory that is not ours
        with _directory_errors(path):
            lock = DirectoryLock(path)
        try:
            held = sidecar.read(path)
            with _directory_errors(path), _engine_errors(path):
                shard = _load(path)
        except BaseException:
            lock.release()
            raise
        return cls(path, shard, lock, held, rescoring, graph_from)

    @classmethod
    def open_or_create(
        cls,
        directory: str | Path,
        spaces: Iterable[Space],
        *,
        quantization: Quantizations | None = None,
        rescoring: Rescoring = RESCORING,
        first: Sequence[Point] = (),
    ) -> EdgeEngine:
        """Open the index, adding the spaces that it lacks, or make it.

        An index that is there keeps the codes it has; `quantize` changes them. `first` is as of
        `create`.

        Raises:
            IndexMismatch: a space of that name exists with another size or distance.
        """
        path, named = Path(directory), checked_spaces(spaces)
        if not sidecar.is_index(path):
            return cls.create(
                path, named.values(), quantization=quantization, rescoring=rescoring, first=first
            )
        engine = cls.open(path, rescoring=rescoring)
        try:
            for space in named.values():
                engine.add_space(space)
        except BaseException:
            engine.close()
            raise
        return engine

    def _errors(self) -> Any:  # noqa: ANN401 - contextmanager's own type is private
        return _engine_errors(self._directory)

    def _upsert(self, points: Sequence[Point]) -> None:
        self._change(edge.UpdateOperation.upsert_points([point_out(p) for p in points]))

    def _update_vectors(self, points: Sequence[Point]) -> None:
        vectors = [edge.PointVectors(p.id, vectors_out(p.vectors)) for p in points]
        self._change(edge.UpdateOperation.update_vectors(vectors))

    def _set_payload(self, payload: Mapping[str, Any], ids: Sequence[str]) -> None:
        self._change(edge.UpdateOperation.set_payload(list(ids), dict(payload)))

    def _delete_ids(self, ids: Sequence[str]) -> None:
        self._change(edge.UpdateOperation.delete_points(list(ids)))

    def _delete_where(self, where: Condition) -> None:
        chosen = filter_out(where)
        if chosen is not None:
            self._change(edge.UpdateOperation.delete_points_by_filter(chosen))

    def _change(self, operation: edge.UpdateOperation) -> None:
        check_room(self._directory)
        self._shard.update(operation)

    def _query_batch(self, queries: Sequence[Query]) -> list[list[Hit]]:
        return [[hit_in(point) for point in found] for found in self._found(queries)]

    def _rank_batch(self, queries: Sequence[Query]) -> list[Ranked]:
        return [ranked_in(found) for found in self._found(queries)]

    def _found(self, queries: Sequence[Query]) -> list[list[edge.ScoredPoint]]:
        return self._shard.query_batch(
            edge.QueryBatchRequest([query_out(q, self._rescored) for q in queries])
        )

    def _retrieve(
        self, ids: Sequence[str], *, with_payload: bool, with_vectors: bool
    ) -> list[Point]:
        found = self._shard.retrieve(list(ids), with_payload, with_vectors)
        return [point_in(record) for record in found]

    def _scroll(
        self, where: Condition | None, limit: int, offset: str | None, with_vectors: bool
    ) -> tuple[list[Point], str | None]:
        records, following = self._shard.scroll(
            edge.ScrollRequest(
                offset=offset,
                limit=limit,
                filter=filter_out(where),
                with_payload=True,
                with_vector=with_vectors,
            )
        )
        return [point_in(r) for r in records], None if following is None else str(following)

    def _count(self, where: Condition | None) -> int:
        return self._shard.count(edge.CountRequest(exact=True, filter=filter_out(where)))

    def _facet(self, key: str, where: Condition | None, limit: int) -> dict[Scalar, int]:
        response = self._shard.facet(
            edge.FacetRequest(json_path(key), limit=limit, exact=True, filter=filter_out(where))
        )
        return {hit.value: hit.count for hit in response.hits}

    def _add_space(self, space: Space) -> None:
        # The shard first: adding again what it has is harmless, a sidecar that promises is not.
        self._change(space_operation(space))
        self._shard.flush()
        sidecar.write(self._directory, {**self._spaces, space.name: space}, self._codes)

    def _quantize(self, kinds: Quantizations) -> None:
        # Until all is done, what changes is not known of: it is then rescored, whatever it has.
        kept = {name: kind for name, kind in self._codes.items() if kinds.get(name) == kind}
        sidecar.write(self._directory, self._spaces, kept)
        self._rebuild(kinds, graphs=False)
        sidecar.write(self._directory, self._spaces, kinds)

    def _optimize(self) -> int:
        graphs = self._count(None) >= self._graph_from
        self._rebuild(self._codes, graphs=graphs)
        return self._shard.info().indexed_vectors_count if graphs else 0

    def _rebuild(self, kinds: Quantizations, *, graphs: bool) -> None:
        """Make the segments anew that are otherwise than these settings; old ones go last."""
        points = self._directory / POINTS
        check_room(self._directory, beside=points)
        self._shard.flush()
        self._shard.close()
        shutil.rmtree(points / UNFINISHED, ignore_errors=True)
        wanted = config(self._spaces, kinds, graphs=graphs, graph_from=self._graph_from)
        self._shard = edge.EdgeShard.load(str(points), wanted)
        self._shard.optimize()

    def _flush(self) -> None:
        self._shard.flush()

    def _close(self) -> None:
        try:
            with self._errors():
                self._shard.flush()
                self._shard.close()
        finally:
            self._lock.release()


def _make_draft(draft: Path, held: sidecar.Contents, first: Sequence[Point]) -> None:
    check_room(draft.parent)
    shutil.rmtree(draft, ignore_errors=True)
    shard = edge.EdgeShard.create(str(draft), config(held.spaces, held.quantization))
    for row in INDEXED_KEYS:
        shard.update(index_operation(row))
    if first:
        shard.update(edge.UpdateOperation.upsert_points([point_out(p) for p in first]))
    shard.flush()
    shard.close()


def _load(path: Path) -> edge.EdgeShard:
    """The shard. One that is still a draft is whole: the sidecar was written after it."""
    if (path / DRAFT).exists() and not (path / POINTS).exists():
        (path / DRAFT).rename(path / POINTS)
    check_room(path)
    return edge.EdgeShard.load(str(path / POINTS))


def _entries(path: Path) -> set[str]:
    if not path.exists():
        return set()
    if not path.is_dir():
        raise StoreError(f"{path} is a file, not a directory for an index")
    with _directory_errors(path):
        return {entry.name for entry in path.iterdir()}


@contextmanager
def _directory_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(f"{path}: cannot be used as an index: {error.strerror}") from error


@contextmanager
def _engine_errors(path: Path) -> Iterator[None]:
    """The engine raises bare Exception, and PanicException, which is none."""
    try:
        yield
    except MmragError:
        raise
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        message = " ".join(str(error).split())
        if "Can't init WAL" in message and "WouldBlock" in message:
            raise StoreLocked(f"{path}: another process has the points open: {message}") from error
        raise StoreError(f"{path}: {message}") from error
