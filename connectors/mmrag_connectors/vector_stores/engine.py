"""Several vector stores that are asked as if they were one collection with named vectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice

import numpy as np
from llama_index.core.schema import BaseNode

from mmrag.errors import StoreError
from mmrag.schema import MODALITY
from mmrag.store.kinds import CHUNKS
from mmrag.store.nodes import node_to_payload
from mmrag.store.spec import (
    All,
    Condition,
    FloatArray,
    HasVector,
    Hit,
    Match,
    Point,
    Query,
    Ranked,
    Space,
    SparseVector,
    Vector,
)
from mmrag_connectors.vector_stores.conditions import asked_of_database, flattened, holds
from mmrag_connectors.vector_stores.contents import Contents
from mmrag_connectors.vector_stores.space import NOT_FOR_DATABASES

MOST = 10_000
"""Nearest nodes that a store is asked for at the most, where a condition is looked at here; hosted
databases refuse more."""
FURTHER = 4
"""How many times as many it is asked for when too few of them met the condition."""
STRAIGHT = 0.01
"""How far scores may lie off a straight line over cosines and still be read as cosines."""
_FEWEST, _PROBES = 8, 3
"""Different scores from which there is something to tell, and how many questions tell."""


class StoresEngine:
    """Ranks over one store a space; ids of points are the nodes' own.

    Only nodes that are known here are found, so that one which was removed is gone, even from
    stores that cannot delete.

    Args:
        contents: what is ranked; it may change.
    """

    def __init__(self, contents: Contents) -> None:
        self.contents = contents
        self._lines: dict[str, tuple[float, float] | None] = {}

    @property
    def spaces(self) -> Mapping[str, Space]:
        """The stores' spaces, then those in memory."""
        return self.contents.spaces

    @property
    def location(self) -> str:
        """The kinds of the stores."""
        kinds = (
            f"{name}: {type(space.store).__name__}" for name, space in self.contents.dense.items()
        )
        return f"vector stores ({', '.join(kinds)})"

    def rank_batch(self, queries: Sequence[Query]) -> list[Ranked]:
        """What each query finds; its one channel is a store or a space in memory.

        Raises:
            StoreError: a store failed.
        """
        return [self._rank(query).sorted(query.limit) for query in queries]

    def query_batch(self, queries: Sequence[Query]) -> list[list[Hit]]:
        """As `rank_batch`, a hit each, without vectors."""
        lists = []
        for query, ranked in zip(queries, self.rank_batch(queries), strict=True):
            held = {point.id: point for point in self.retrieve(ranked.ids)}
            payloads = {i: p.payload for i, p in held.items()} if query.with_payload else {}
            rows = zip(ranked.ids, ranked.scores.tolist(), strict=True)
            lists.append([Hit(found, score, payloads.get(found, {})) for found, score in rows])
        return lists

    def retrieve(self, ids: Sequence[str], *, with_vectors: bool = False) -> list[Point]:
        """The nodes with these ids that exist; of their dense vectors, those in the sample."""
        found = []
        samples = {
            name: self.contents.sample.vectors(name) for name in self.contents.dense if with_vectors
        }
        for node_id in ids:
            node = self._node(node_id)
            if node is not None:
                vectors: dict[str, Vector] = {
                    name: rows[node_id] for name, rows in samples.items() if node_id in rows
                }
                found.append(Point(node_id, vectors, node_to_payload(node)))
        return found

    def scroll(
        self,
        where: Condition | None = None,
        *,
        limit: int = 256,
        offset: str | None = None,
        with_vectors: bool = False,
    ) -> tuple[list[Point], str | None]:
        """The first of the sample of a space, of a modality or of all, with payloads and vectors.

        Raises:
            StoreError: another condition, or an offset: databases are not read through.
        """
        space, modality = _asked_for(where)
        if offset is not None:
            raise StoreError(f"{self.location} cannot be read through, only sampled")
        points: list[Point] = []
        for node_id, vector in self._sampled(space, modality)[:limit]:
            node = self._node(node_id)
            if node is not None:
                points.append(Point(node_id, {space: vector}, node_to_payload(node)))
        return points, None

    def count(self, where: Condition | None = None) -> int:
        """How many nodes of a modality, or of all, have a vector in a space.

        Raises:
            StoreError: another condition.
        """
        space, modality = _asked_for(where)
        if space in self.contents.lexical:
            return len(self.contents.lexical[space])
        return self.contents.sample.count(space, modality)

    def reads_cosines(self, space: str) -> bool:
        """Whether a store's scores are cosines, or are as good: on one straight line over them.

        Questions with sampled vectors tell, by what they score with other sampled ones: several,
        since a store may stretch the scores of each question as it likes. True as long as there
        are too few to tell.
        """
        sample = self.contents.sample
        if space not in self._lines and sample.count(space) >= _FEWEST:
            held = sample.vectors(space)
            pairs = [
                (score, float(held[node_id] @ kept.vector))
                for kept in sample.of(space)[:_PROBES]
                for node_id, score in self.contents.dense[space].nearest(
                    kept.vector, len(held), None
                )
                if node_id in held
            ]
            if len({round(score, 6) for score, _ in pairs}) >= _FEWEST:
                self._lines[space] = _line(np.array(pairs, np.float64))
        return self._lines.get(space, (1.0, 0.0)) is not None

    def _rank(self, query: Query) -> Ranked:
        (asked,) = query.prefetches
        where = [
            part
            for part in (*flattened(query.where), *flattened(asked.where))
            if part not in (CHUNKS, HasVector(asked.using))
        ]
        limit = min(query.limit, asked.limit)
        if isinstance(asked.vector, SparseVector):
            rows = self.contents.lexical[asked.using].rank(asked.vector)
            admitted = (row for row in rows if self._admits(row[0], where))
            return Ranked.of(islice(admitted, limit))
        ranked = Ranked.of(self._nearest(asked.using, asked.vector, where, limit))
        if self.reads_cosines(asked.using) and (line := self._lines.get(asked.using)):
            return Ranked(ranked.ids, line[0] * ranked.scores + line[1])
        return ranked

    def _nearest(
        self, space: str, vector: FloatArray, where: Sequence[Condition], limit: int
    ) -> list[tuple[str, float]]:
        """Ask for more until enough of what comes is there and meets the conditions."""
        store = self.contents.dense[space]
        filters = asked_of_database(All(tuple(where)), NOT_FOR_DATABASES | self.contents.here)
        wanted, seen = limit, dict[str, bool]()
        while True:
            found = store.nearest(vector, wanted, filters)
            for node_id, _ in found:
                if node_id not in seen:
                    seen[node_id] = self._admits(node_id, where)
            rows: dict[str, float] = {}
            for node_id, score in found:
                if seen[node_id]:
                    rows.setdefault(node_id, score)
            if len(rows) >= limit or len(found) < wanted or wanted >= MOST:
                return list(rows.items())[:limit]
            wanted = min(MOST, FURTHER * wanted)

    def _admits(self, node_id: str, where: Sequence[Condition]) -> bool:
        if not where:
            return node_id in self.contents.sample
        node = self._node(node_id)
        if node is None:
            return False
        return holds(All(tuple(where)), Point(node_id, payload=node_to_payload(node)))

    def _node(self, node_id: str) -> BaseNode | None:
        return self.contents.docstore.get_document(node_id, raise_error=False)

    def _sampled(self, space: str, modality: str | None) -> list[tuple[str, Vector]]:
        if space not in self.contents.lexical:
            return [
                (kept.node_id, kept.vector) for kept in self.contents.sample.of(space, modality)
            ]
        lexical = self.contents.lexical[space]
        held = ((node_id, lexical.vector(node_id)) for node_id in sorted(lexical.ids()))
        return [(node_id, vector) for node_id, vector in held if vector is not None]


def _asked_for(where: Condition | None) -> tuple[str, str | None]:
    """The space and the modality that a condition names, which is all that is counted by."""
    space: str | None = None
    modality: str | None = None
    for part in flattened(where):
        if isinstance(part, HasVector) and space is None:
            space = part.name
        elif isinstance(part, Match) and part.key == MODALITY and modality is None:
            modality = str(part.value)
        elif part != CHUNKS:
            raise StoreError(f"vector stores are sampled by space and modality, not by {part}")
    if space is None:
        raise StoreError("vector stores are sampled by space, and none was named")
    return space, modality


def _line(pairs: FloatArray) -> tuple[float, float] | None:
    """Slope and intercept that make cosines of scores; None where they lie on no straight line.

    Args:
        pairs: (n, 2) scores and cosines.
    """
    scores, cosines = pairs.T
    slope, intercept = np.polyfit(scores, cosines, 1)
    if slope <= 0 or np.abs(slope * scores + intercept - cosines).max() > STRAIGHT:
        return None
    return float(slope), float(intercept)
