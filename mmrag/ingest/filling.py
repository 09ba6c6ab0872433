"""Embedding a batch of nodes in every space, and writing them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from llama_index.core.schema import Node

from mmrag.spaces import Columns, Encoded, Spaces
from mmrag.store.qdrant import MMRagQdrantStore


@dataclass(frozen=True)
class Filler:
    """What an indexing run fills a store with."""

    store: MMRagQdrantStore
    spaces: Spaces

    def encode(self, nodes: Sequence[Node]) -> Encoded:
        """The vectors of nodes, and what is wrong with some of them."""
        return self.spaces.encode(nodes)

    def write(self, nodes: Sequence[Node], columns: Columns) -> None:
        """Write nodes with their vectors, whose rows are the nodes'."""
        self.store.add(list(nodes), vectors=columns)
