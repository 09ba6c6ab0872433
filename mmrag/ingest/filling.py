"""Embedding a batch of nodes in every space and writing them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from llama_index.core.schema import Node

from mmrag.errors import MmragError
from mmrag.ingest.pipeline import Fill
from mmrag.schema import provenance_of
from mmrag.spaces import Spaces
from mmrag.store.qdrant import MMRagQdrantStore


def filler(store: MMRagQdrantStore, spaces: Spaces) -> Fill:
    """What an indexing run fills a store with; a document with a node that fails is left out."""

    def fill(nodes: Sequence[Node]) -> Mapping[str, MmragError]:
        encoded = spaces.encode(nodes)
        sources = [provenance_of(node).source for node in nodes]
        faults = {sources[row]: error for row, error in encoded.faults.items()}
        rows = [row for row, source in enumerate(sources) if source not in faults]
        store.add(
            [nodes[row] for row in rows],
            vectors={
                name: [column[row] for row in rows] for name, column in encoded.columns.items()
            },
        )
        return faults

    return fill
