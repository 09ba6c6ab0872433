"""An index of made-up items, as large as one likes, and channels with query vectors made before.

Dense vectors are unit vectors around `CLUSTERS` random centres, as those of an archive are: evenly
spread ones would have no neighbours. Terms of passages follow Zipf's law. Payloads are those of
real nodes with text, provenance and line boxes, about 2 kB each.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from llama_index.core.schema import Node, QueryBundle
from numpy.typing import NDArray

from mmrag import MMRagQdrantStore
from mmrag.modalities import Modality
from mmrag.schema import MODALITY, Provenance, Span, build_node, number_nodes
from mmrag.store.spec import DenseSpace, Space, SparseSpace, SparseVector, Vector

DENSE = {"text": 384, "clip": 512, "clap": 512}
SPARSE = "bm25"
OWN = {"clip": "image", "clap": "audio"}
"""The modality whose items have a vector in a space of media."""
CLUSTERS, NOISE = 1000, 0.8
PASSAGE_TERMS, QUERY_TERMS, VOCABULARY = 30, 8, 30_000
PAGES = 16
"""Nodes of one document."""
BATCH = 128 * PAGES
KINDS = (
    (Modality.TEXT, "text/markdown", "md"),
    (Modality.IMAGE, "image/png", "png"),
    (Modality.AUDIO, "audio/ogg", "ogg"),
)
LINE = "The keeper wrote the reading of the barometer down and went up to the lamp. "
LINES = 6

Column = Sequence[Vector | None]


class Synthetic:
    """What items and questions are drawn from."""

    def __init__(self, seed: int = 0) -> None:
        self._rng = np.random.default_rng(seed)
        self._centres = {name: _unit(self._normal(CLUSTERS, size)) for name, size in DENSE.items()}

    def items(self, count: int, terms: int) -> dict[str, list[Vector]]:
        """By space, `count` vectors; sparse ones are of `terms` draws of a word."""
        cluster = self._rng.integers(CLUSTERS, size=count)
        made: dict[str, list[Vector]] = {}
        for name, size in DENSE.items():
            noise = NOISE / size**0.5 * self._normal(count, size)
            made[name] = list(_unit(self._centres[name][cluster] + noise))
        made[SPARSE] = [
            _words(row) for row in self._rng.zipf(1.3, size=(count, terms)) % VOCABULARY
        ]
        return made

    def channels(self, questions: int) -> list[Prepared]:
        """A channel a space, for the questions "0", "1", "2" and so on."""
        return [Prepared(name, v) for name, v in self.items(questions, QUERY_TERMS).items()]

    def _normal(self, count: int, size: int) -> NDArray[np.float32]:
        return self._rng.standard_normal((count, size), dtype=np.float32)


@dataclass(frozen=True)
class Prepared:
    """A channel that hands out the vector of a question's number, of other words one at random."""

    space: str
    vectors: Sequence[Vector]

    def encode(self, query: QueryBundle) -> Vector | None:
        """The vector that was made before."""
        words = query.query_str
        number = int(words) if words.isdigit() else zlib.crc32(words.encode())
        return self.vectors[number % len(self.vectors)]


def build(path: Path, source: Synthetic, count: int, *, everywhere: bool) -> float:
    """Make an Edge index of `count` items; a third each are passages, pictures and sounds.

    Args:
        everywhere: every item has a vector in every space. Otherwise pictures alone have one in
            `clip` and sounds alone in `clap`.

    Returns:
        Seconds that the writing took.
    """
    spaces: list[Space] = [DenseSpace(name, size) for name, size in DENSE.items()]
    spaces.append(SparseSpace(SPARSE))
    store, seconds = MMRagQdrantStore.from_path(path, spaces), 0.0
    for start in range(0, count, BATCH):
        nodes = _nodes(start, min(BATCH, count - start))
        vectors: Mapping[str, Column] = source.items(len(nodes), PASSAGE_TERMS)
        if not everywhere:
            vectors = {name: _only(OWN.get(name), nodes, v) for name, v in vectors.items()}
        began = time.perf_counter()
        store.add(nodes, vectors=vectors)
        seconds += time.perf_counter() - began
    store.close()
    return seconds


def _only(modality: str | None, nodes: Sequence[Node], vectors: Column) -> Column:
    """The vectors of the items of a modality; of all where none is named."""
    pairs = zip(nodes, vectors, strict=True)
    return [v if modality in (None, node.metadata[MODALITY]) else None for node, v in pairs]


def _nodes(start: int, count: int) -> list[Node]:
    made: list[Node] = []
    for document in range(start // PAGES, -(-(start + count) // PAGES)):
        modality, mimetype, suffix = KINDS[document % len(KINDS)]
        name = f"station {document % 97}/log {document}.{suffix}"
        spans = [
            Span(i * len(LINE), (i + 1) * len(LINE) - 1, (0.1, 0.02 * i, 0.9, 0.02 * i + 0.015))
            for i in range(LINES)
        ]
        nodes = [
            build_node(
                LINE * LINES,
                Provenance(name, page),
                modality=modality,
                mimetype=mimetype,
                spans=spans,
            )
            for page in range(1, PAGES + 1)
        ]
        number_nodes(nodes, f"{document:064x}")
        made += nodes
    return made[:count]


def _words(terms: NDArray[np.int64]) -> SparseVector:
    """BM25's weights of terms in a passage of usual length."""
    indices, times = np.unique(terms, return_counts=True)
    weights = times * 2.2 / (times + 1.2)
    return SparseVector(tuple(indices.tolist()), tuple(weights.tolist()))


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    unit: NDArray[np.float32] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit
