"""The index that the benchmark `serve` asks: reports of sixteen passages, and questions to it.

Passages are those of the benchmark `ingest`, with their own BM25 vectors. Of `EMBEDDED` of them the
packaged MiniLM makes the dense vectors; the others have one of these with noise, for to embed all
would take longer than the benchmark, and what a search costs does not hang on the numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mmrag import Modality, Settings, load_settings
from mmrag.embeddings.bm25 import Bm25
from mmrag.ingest.filling import Filler
from mmrag.ingest.reading import Read
from mmrag.ingest.scan import SourceFile
from mmrag.ingest.stages import Stage
from mmrag.ingest.writer import Writer
from mmrag.ingest.writing import Batch, Writing
from mmrag.opening import open_index
from mmrag.profiles import BM25, NGRAM, TEXT
from mmrag.schema import Provenance, build_node, number_nodes, text_of
from mmrag.spaces import Encoded
from mmrag.store.qdrant import MMRagQdrantStore
from pipelines.benchmarks.ingest_corpus import DID, WHAT, WHEN, paragraphs_of

PROFILE = "offline"
PASSAGES = 16
"""Of one report."""
EMBEDDED, NOISE = 256, 0.3
BATCH = 64
"""Reports that are written at once."""
SEED = 20_261_130


def build(index: Path, points: int) -> None:
    """Make an index of so many passages."""
    opened = open_index(_settings(index), create=True)
    store = MMRagQdrantStore.from_engine(opened.engine)
    writing = Writing(Filler(store, opened.spaces))
    writer = Writer(writing, {}, Stage("write", "passages"))
    try:
        known = np.asarray(opened.spaces.embedding(TEXT).embed_texts(_some_texts()), np.float32)
        rng = np.random.default_rng(SEED)
        reports = list(range(-(-points // PASSAGES)))
        for start in range(0, len(reports), BATCH):
            reads = [_read(index, number) for number in reports[start : start + BATCH]]
            writer.put(_batch(reads, known, rng))
        writer.close()
    finally:
        store.close()


def questions(seed: int) -> Iterator[str]:
    """Questions to the reports without end, hardly one like another."""
    rng = np.random.default_rng((SEED, seed))
    while True:
        did, what, when = (words[rng.integers(len(words))] for words in (DID, WHAT, WHEN))
        yield f"Who {did} the {what} in the {when} of {rng.integers(1900, 2000)}?"


def _settings(index: Path) -> Settings:
    return load_settings(changes={"index.directory": index, "profile": PROFILE})


def _some_texts() -> list[str]:
    return [text for n in range(EMBEDDED // PASSAGES) for text in _texts(n)]


def _texts(report: int) -> list[str]:
    return list(paragraphs_of(np.random.default_rng((SEED, report)), PASSAGES))


def _read(index: Path, number: int) -> Read:
    name = f"report-{number:05}.txt"
    nodes = [
        build_node(text, Provenance(name), modality=Modality.TEXT, mimetype="text/plain")
        for text in _texts(number)
    ]
    sha256 = f"{number:064x}"
    number_nodes(nodes, sha256)
    size = sum(len(text_of(node)) for node in nodes)
    return Read(SourceFile(index.parent / name, name, size, 0), sha256=sha256, nodes=nodes)


def _batch(reads: list[Read], known: NDArray[np.float32], rng: np.random.Generator) -> Batch:
    texts = [text_of(node) for read in reads for node in read.nodes]
    noise = rng.standard_normal((len(texts), known.shape[1]), dtype=np.float32)
    rows = known[rng.integers(len(known), size=len(texts))] + NOISE / known.shape[1] ** 0.5 * noise
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    columns = {
        TEXT: list(rows),
        BM25: Bm25().encode_documents(texts),
        NGRAM: [None] * len(texts),
    }
    return Batch(reads, Encoded(columns))
