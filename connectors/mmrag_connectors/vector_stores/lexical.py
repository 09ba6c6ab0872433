"""A sparse space in memory, for databases that hold dense vectors alone.

Its scores are those of Qdrant's sparse vectors with inverse document frequency. An index of our
own, for LlamaIndex's BM25 retriever is a package with another tokenizer and other scores.
"""

from __future__ import annotations

import math
import threading
from collections import defaultdict

from mmrag.store.spec import SparseVector


class LexicalSpace:
    """Sparse vectors by node id, found by the terms that they hold. Safe to use in threads."""

    def __init__(self) -> None:
        self._vectors: dict[str, SparseVector] = {}
        self._holding: defaultdict[int, dict[str, float]] = defaultdict(dict)
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._vectors)

    def put(self, node_id: str, vector: SparseVector) -> None:
        """Keep the vector of a node, in place of the one that it had."""
        with self._lock:
            self._drop(node_id)
            self._vectors[node_id] = vector
            for term, weight in zip(vector.indices, vector.values, strict=True):
                self._holding[term][node_id] = weight

    def remove(self, node_id: str) -> None:
        """Forget a node, if it is here."""
        with self._lock:
            self._drop(node_id)

    def vector(self, node_id: str) -> SparseVector | None:
        """The vector of a node; None if it has none."""
        return self._vectors.get(node_id)

    def ids(self) -> list[str]:
        """All nodes."""
        return list(self._vectors)

    def rank(self, query: SparseVector) -> list[tuple[str, float]]:
        """All nodes that hold some term of the query, by falling score, ties by id."""
        scores: defaultdict[str, float] = defaultdict(float)
        with self._lock:
            count = len(self._vectors)
            for term, weight in zip(query.indices, query.values, strict=True):
                found = self._holding.get(term, {})
                rare = math.log1p((count - len(found) + 0.5) / (len(found) + 0.5))
                for node_id, value in found.items():
                    scores[node_id] += weight * rare * value
        return sorted(scores.items(), key=lambda row: (-row[1], row[0]))

    def _drop(self, node_id: str) -> None:
        vector = self._vectors.pop(node_id, None)
        for term in vector.indices if vector else ():
            del self._holding[term][node_id]
            if not self._holding[term]:
                del self._holding[term]
