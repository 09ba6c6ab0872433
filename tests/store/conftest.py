"""Engines for the store's tests: real Qdrant Edge, and the in-memory double of qdrant-client.

The double is `QdrantClient(":memory:")`, a Python reimplementation. What it shows about a Qdrant
server is only that our requests are well formed and mean the same as on Edge.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import qdrant_edge
from qdrant_client import QdrantClient

from mmrag.store.edge import EdgeEngine
from mmrag.store.engine import CheckedEngine
from mmrag.store.server import ServerEngine
from mmrag.store.spec import DenseSpace, Space, SparseSpace, SparseVector


class EdgeBm25:
    """Qdrant's own BM25, from the embedded engine."""

    def __init__(self) -> None:
        self._model = qdrant_edge.Bm25()

    def encode_documents(self, texts: list[str]) -> list[SparseVector]:
        return [_sparse(self._model.embed_document(text)) for text in texts]

    def encode_query(self, text: str) -> SparseVector:
        return _sparse(self._model.embed_query(text))


def _sparse(vector: qdrant_edge.SparseVector) -> SparseVector:
    return SparseVector(tuple(vector.indices), tuple(vector.values))


def _uid(number: int) -> str:
    return str(uuid.UUID(int=number + 1))


@pytest.fixture(scope="session")
def uid() -> Callable[[int], str]:
    """A UUID by number, in the order of the numbers."""
    return _uid


@pytest.fixture(scope="session")
def bm25() -> EdgeBm25:
    return EdgeBm25()


@pytest.fixture(scope="session")
def spaces() -> list[Space]:
    return [DenseSpace("text", 8), DenseSpace("clip", 5, "dot"), SparseSpace("bm25")]


@pytest.fixture
def edge_engine(tmp_path: Path, spaces: list[Space]) -> Iterator[EdgeEngine]:
    with EdgeEngine.create(tmp_path / "index", spaces) as engine:
        yield engine


@pytest.fixture
def double_engine(spaces: list[Space]) -> Iterator[ServerEngine]:
    with ServerEngine.from_client(QdrantClient(":memory:"), spaces) as engine:
        yield engine


@pytest.fixture
def rest_engine(
    spaces: list[Space], qdrant_url: str, qdrant_collection: str
) -> Iterator[ServerEngine]:
    """Over HTTP: the stand-in, or the server that MMRAG_TEST_QDRANT_URL names."""
    with ServerEngine.connect(qdrant_url, spaces, collection=qdrant_collection) as engine:
        yield engine


@pytest.fixture(params=["edge", "double", "rest"])
def engine(request: pytest.FixtureRequest) -> CheckedEngine:
    """Each engine in turn."""
    found: CheckedEngine = request.getfixturevalue(f"{request.param}_engine")
    return found
