"""Vector databases that run in this process, as LlamaIndex's stores: FAISS and Milvus Lite."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import faiss
from llama_index.vector_stores.faiss import FaissVectorStore
from llama_index.vector_stores.milvus import MilvusVectorStore

TEXT, TINY = 384, 64
"""Numbers in a vector of MiniLM, and of the tiny model."""


def faiss_store(size: int = TEXT, metric: int = faiss.METRIC_INNER_PRODUCT) -> FaissVectorStore:
    """An empty FAISS graph."""
    return FaissVectorStore(faiss.IndexHNSWFlat(size, 32, metric))


@contextmanager
def milvus_store(
    path: Path, size: int = TINY, metric: str = "COSINE"
) -> Iterator[MilvusVectorStore]:
    """The collection of a Milvus Lite database in a file; a new one is empty."""
    store = MilvusVectorStore(
        uri=str(path), dim=size, similarity_metric=metric, use_async_client=False
    )
    yield store
    store.client.close()
