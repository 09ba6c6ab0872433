"""Judging what is in an index already, by the vectors that it keeps: no file is read again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from llama_index.core.schema import Node

from mmrag.ingest.judging import Judge, judged
from mmrag.schema import provenance_of
from mmrag.spaces import Columns
from mmrag.store.documents import PAGE_OF_VECTORS, scroll_all
from mmrag.store.kinds import CHUNKS, owned_by
from mmrag.store.nodes import payload_change, payload_to_node
from mmrag.store.qdrant import MMRagQdrantStore
from mmrag.store.spec import All, Point


@dataclass
class Rejudged:
    """What became of a collection's nodes.

    Attributes:
        looked_at: nodes that were judged.
        changed: those whose metadata are others now, and were written.
        refused: by source, why its document would not be indexed today. It is still there.
    """

    looked_at: int = 0
    changed: int = 0
    refused: dict[str, str] = field(default_factory=dict)


def rejudge(
    store: MMRagQdrantStore,
    judges: Sequence[Judge],
    tenant: str | None,
    *,
    progress: Callable[[int], object] = bool,
) -> Rejudged:
    """Let judges look at every node of a tenant; without one, at those that are nobody's.

    A run that is cut off keeps what it has written, and the next one writes only what still
    differs: judging costs little beside the embedding that it spares.

    Args:
        progress: told after each batch how many nodes were judged in it.

    Raises:
        StoreError: the store failed; what was written before is there.
    """
    found = Rejudged()
    points = scroll_all(store.engine, All((CHUNKS, owned_by(tenant))), with_vectors=True)
    try:
        for batch in _batches(points):
            nodes = [node for node, _ in batch]
            before = [node.model_copy(deep=True) for node in nodes]
            refused = judged(judges, nodes, _columns(store, [point for _, point in batch]))
            for row, (node, point) in enumerate(batch):
                if node.metadata != before[row].metadata:
                    store.engine.set_payload(payload_change(before[row], node), [point.id])
                    found.changed += 1
            for row, reason in refused.items():
                found.refused.setdefault(provenance_of(nodes[row]).source, reason)
            found.looked_at += len(batch)
            progress(len(batch))
    finally:
        store.engine.flush()
    return found


def _batches(points: Iterator[Point]) -> Iterator[list[tuple[Node, Point]]]:
    """Nodes with their points, a page at a time; those of other classes are not mmrag's."""
    while page := list(islice(points, PAGE_OF_VECTORS)):
        pairs = ((payload_to_node(point.payload), point) for point in page)
        yield [(node, point) for node, point in pairs if isinstance(node, Node)]


def _columns(store: MMRagQdrantStore, points: Sequence[Point]) -> Columns:
    return {space: [point.vectors.get(space) for point in points] for space in store.engine.spaces}
