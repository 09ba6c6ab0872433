"""An index of made-up items as large as one likes, and questions whose vectors are ready.

Dense vectors are unit vectors around `CLUSTERS` random centres, as embeddings of an archive are:
uniformly random ones would have no neighbours. Terms of passages follow Zipf's law. Payloads are
those of real nodes, with text, provenance and line boxes, about 2 kB each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from llama_index.core.schema import Node, QueryBundle
from numpy.typing import NDArray

from mmrag import MMRagQdrantStore
from mmrag.modalities import Modality
from mmrag.schema import Provenance, Span, build_node, number_nodes
from mmrag.store.spec import DenseSpace, Space, SparseSpace, SparseVector, Vector

DENSE = {"text": 384, "clip": 512, "clap": 512}
SPARSE = "bm25"
CLUSTERS, NOISE = 1000, 0.8
TERMS, VOCABULARY = 30, 30_000
CHUNKS = 16
"""Nodes of one document."""
BATCH = 2048
KINDS = (
    (Modality.TEXT, "text/markdown", "md"),
    (Modality.IMAGE, "image/png", "png"),
    (Modality.AUDIO, "audio/ogg", "ogg"),
)
FILLER = "The keeper wrote the reading of the barometer into the book and went up to the lamp. "


class Synthetic:
    """The distribution that items and questions are drawn from."""

    def __init__(self, seed: int = 0) -> None:
        self._rng = np.random.default_rng(seed)
        self._centres = {
            name: _unit(self._rng.standard_normal((CLUSTERS, size), dtype=np.float32))
            for name, size in DENSE.items()
        }

    def dense(self, count: int) -> dict[str, NDArray[np.float32]]:
        """By space, (count, size) unit vectors."""
        cluster = self._rng.integers(CLUSTERS, size=count)
        return {
            name: _unit(
                self._centres[name][cluster]
                + (NOISE / size**0.5) * self._rng.standard_normal((count, size), dtype=np.float32)
            )
            for name, size in DENSE.items()
        }

    def words(self, count: int, terms: int) -> list[SparseVector]:
        """Sparse vectors of `terms` draws of words each."""
        drawn = self._rng.zipf(1.3, size=(count, terms)) % VOCABULARY
        made = []
        for row in drawn:
            indices, times = np.unique(row, return_counts=True)
            weights = times * 2.2 / (times + 1.2)  # BM25's saturation for a passage of usual length
            made.append(SparseVector(tuple(indices.tolist()), tuple(weights.tolist())))
        return made


@dataclass
class Prepared:
    """A channel that hands out query vectors which were made before."""

    space: str
    vectors: Mapping[str, Vector]

    def encode(self, query: QueryBundle) -> Vector | None:
        return self.vectors.get(query.query_str)


def build(path: Path, source: Synthetic, count: int) -> MMRagQdrantStore:
    """An Edge index of `count` items; every one has a vector in every space."""
    spaces: list[Space] = [DenseSpace(name, size) for name, size in DENSE.items()]
    spaces.append(SparseSpace(SPARSE))
    store = MMRagQdrantStore.from_path(path, spaces)
    for start in range(0, count, BATCH):
        size = min(BATCH, count - start)
        vectors: dict[str, Sequence[Vector]] = {n: list(m) for n, m in source.dense(size).items()}
        vectors[SPARSE] = source.words(size, TERMS)
        store.add(_nodes(start, size), vectors=vectors)
    return store


def _nodes(start: int, count: int) -> list[Node]:
    made: list[Node] = []
    for document in range(start // CHUNKS, (start + count + CHUNKS - 1) // CHUNKS):
        modality, mimetype, suffix = KINDS[document % len(KINDS)]
        name = f"station {document % 97}/log {document}.{suffix}"
        text = FILLER * 6
        lines = [
            Span(i * 80, i * 80 + 79, (0.1, 0.02 * i, 0.9, 0.02 * i + 0.015)) for i in range(6)
        ]
        nodes = [
            build_node(
                text, Provenance(name, page), modality=modality, mimetype=mimetype, spans=lines
            )
            for page in range(1, CHUNKS + 1)
        ]
        number_nodes(nodes, sha256(name.encode()).hexdigest())
        made += nodes
    return made[:count]


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    unit: NDArray[np.float32] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit
