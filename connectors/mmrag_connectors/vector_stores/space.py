"""One LlamaIndex vector store as one space: nodes in, nearest nodes with rising scores out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeVar

import numpy as np
from llama_index.core.schema import BaseNode, NodeRelationship, RelatedNodeInfo, TextNode
from llama_index.core.vector_stores.types import (
    BasePydanticVectorStore,
    MetadataFilters,
    VectorStoreQuery,
    VectorStoreQueryResult,
)

from mmrag.errors import StoreError
from mmrag.schema import text_of
from mmrag.store.nodes import node_to_payload
from mmrag.store.spec import DenseSpace, FloatArray

_T = TypeVar("_T")

NOT_FOR_DATABASES = frozenset({"id", "text", "embedding", "vector", "kind", "doc_id", "ref_doc_id"})
"""Keys that integrations have for themselves; LlamaIndex fills the last ones from the node."""


class StoreSpace:
    """A LlamaIndex vector store that holds the vectors of one space.

    Nodes go in with their text and the metadata that can be filtered by, flat, which every store
    takes; the whole node stays elsewhere. Hits come out by node id. Stores that keep no nodes give
    ids of their own (a place in a FAISS index), so these are kept here.

    Args:
        shape: name and size of the space.
        store: the vector store.
        names: node ids by the ids of a store that keeps no nodes, as `names` gave them.
    """

    def __init__(
        self,
        shape: DenseSpace,
        store: BasePydanticVectorStore,
        names: Mapping[str, str] | None = None,
    ) -> None:
        self.shape = shape
        self.store = store
        self.names = dict(names or {})
        self._sign: int | None = None
        self._filters = True

    def add(self, nodes: Sequence[BaseNode], vectors: Sequence[FloatArray]) -> None:
        """Write the vectors of nodes.

        Raises:
            StoreError: the store did not take them.
        """
        carried = [carrier(node, vector) for node, vector in zip(nodes, vectors, strict=True)]
        size = f"{len(carried)} vectors of {self.shape.size} numbers"
        ids = self._asked(f"did not take {size}", lambda: self.store.add(carried))
        if not self.store.stores_text:
            self.names.update(zip(ids, (node.node_id for node in carried), strict=True))

    def remove(self, node_ids: Collection[str], ref_doc_id: str | None = None) -> None:
        """Remove nodes, or all of them that are of a document.

        A store that cannot remove keeps vectors that stand for nothing any more.

        Raises:
            StoreError: the store failed.
        """
        gone = set(node_ids)
        self.names = {own: name for own, name in self.names.items() if name not in gone}

        def remove() -> None:
            try:
                if ref_doc_id is None:
                    self.store.delete_nodes(list(node_ids))
                else:
                    self.store.delete(ref_doc_id)
            except NotImplementedError:  # FAISS
                return

        self._asked("did not remove nodes", remove)

    def nearest(
        self, vector: FloatArray, count: int, filters: MetadataFilters | None
    ) -> list[tuple[str, float]]:
        """Up to `count` (node id, score), best first; ids may repeat, and may be of nodes gone.

        The higher a score, the nearer; of a store that gives distances it is minus the distance.

        Raises:
            StoreError: the store failed, or its hits are in no order.
        """
        asked = VectorStoreQuery(
            query_embedding=vector.tolist(), similarity_top_k=count, filters=filters
        )
        result = self._asked("did not search", lambda: self._query(asked))
        ids = list(result.ids or ())
        if not ids:
            return []
        if result.nodes:
            ids = [node.node_id for node in result.nodes]
        elif not self.store.stores_text:
            ids = [self.names.get(own, own) for own in ids]
        return list(zip(ids, self._rising(result.similarities), strict=True))

    def _query(self, asked: VectorStoreQuery) -> VectorStoreQueryResult:
        if asked.filters is None or not self._filters:
            asked.filters = None
            return self.store.query(asked)
        try:
            return self.store.query(asked)
        except (NotImplementedError, ValueError):  # what stores without filters raise
            asked.filters = None
            found = self.store.query(asked)
            self._filters = False
            return found

    def _rising(self, scores: Sequence[float] | None) -> list[float]:
        found = np.asarray(scores if scores is not None else (), np.float64)
        steps = np.diff(found)
        if not len(found) or not (np.all(steps <= 0) or np.all(steps >= 0)):
            raise StoreError(
                f"space {self.shape.name!r}: {self._kind} gave hits whose scores are in no order; "
                "a store must give the nearest first, each with its score"
            )
        if steps.any():
            self._sign = 1 if steps.min() < 0 else -1
        return [float(score) for score in (self._sign or 1) * found]

    @property
    def _kind(self) -> str:
        return type(self.store).__name__

    def _asked(self, failed: str, call: Callable[[], _T]) -> _T:
        try:
            return call()
        except Exception as error:
            reason = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            raise StoreError(
                f"space {self.shape.name!r}, which has {self.shape.size} numbers a vector: "
                f"{self._kind} {failed} ({reason})"
            ) from error


def carrier(node: BaseNode, vector: FloatArray) -> TextNode:
    """A node as databases get it: text, flat metadata, vector; the ids are the node's."""
    carried = TextNode(
        id_=node.node_id,
        text=text_of(node),
        metadata={key: value for key, value in filterable(node).items() if is_flat(value)},
        embedding=vector.tolist(),
    )
    if node.ref_doc_id is not None:
        carried.relationships[NodeRelationship.SOURCE] = RelatedNodeInfo(node_id=node.ref_doc_id)
    return carried


def filterable(node: BaseNode) -> dict[str, object]:
    """What a node can be filtered by, as its payload has it."""
    return {
        key: value
        for key, value in node_to_payload(node).items()
        if not key.startswith("_node_") and key not in NOT_FOR_DATABASES
    }


def is_flat(value: object) -> bool:
    """Whether every store takes the value as metadata."""
    return isinstance(value, str | int | float)
