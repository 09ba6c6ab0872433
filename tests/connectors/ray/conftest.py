"""Real files of several kinds, a server for their index, and what stands in a collection."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from qdrant_client import QdrantClient
from reportlab.pdfgen.canvas import Canvas

from mmrag import Settings
from mmrag.training.pool import write_items
from mmrag.training.shapes import gallery
from mmrag_connectors.ray.session import LEAST, VARIABLES

if TYPE_CHECKING:
    from ray.cluster_utils import Cluster

TINY = Path(__file__).parents[2] / "data" / "tiny"
TEXT = "# Kestrel station\nThe barometer was bought in 1934.\n## People\nAnna Lind kept goats.\n"


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """Notes, a PDF of two pages, pictures, short recordings, and a picture that is none."""
    folder = tmp_path / "mixed"
    write_items(gallery(7)[:2], folder, side=64, sound="wav")
    (folder / "station.md").write_text(TEXT, encoding="utf-8")
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nno more of it")
    canvas = Canvas(str(folder / "report.pdf"), pagesize=(400, 600), invariant=True)
    for page in ("The hut stands at 1204 metres.", "Snow lay until the third of June."):
        canvas.drawString(40, 500, page)
        canvas.showPage()
    canvas.save()
    return folder


@dataclass(frozen=True)
class Server:
    """A Qdrant server, or its stand-in, with collections of this test alone."""

    url: str
    name: str

    def settings(self, collection: str, **sections: Any) -> Settings:
        """Settings of an index there: small models, no bridges."""
        index = {"qdrant_url": self.url, "collection": f"{self.name}-{collection}"}
        tree: dict[str, Any] = {"profile": "tiny", "models": {"tiny": str(TINY)}, "index": index}
        tree["ingest"] = {"ocr": False, "asr": False, "workers": 1}
        tree["cluster"] = {"readers": 1, "embedders": 1}
        return Settings.model_validate({**tree, **sections})

    def points(self, collection: str) -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
        """By id, the payload and the vectors of all that stands there."""
        client = QdrantClient(url=self.url, check_compatibility=False)
        records, _ = client.scroll(f"{self.name}-{collection}", limit=10_000, with_vectors=True)
        client.close()
        return {str(r.id): (dict(r.payload or {}), dict(r.vector or {})) for r in records}  # type: ignore[arg-type]


@pytest.fixture
def server(qdrant_url: str) -> Iterator[Server]:
    """A server that forgets afterwards."""
    server = Server(qdrant_url, f"mmrag-test-{uuid.uuid4().hex[:12]}")
    yield server
    client = QdrantClient(url=qdrant_url, check_compatibility=False)
    for row in client.get_collections().collections:
        if row.name.startswith(server.name):
            client.delete_collection(row.name)
    client.close()


@pytest.fixture
def alike(server: Server) -> Callable[[str, str], int]:
    """Compares two collections: ids, payloads, vectors to 1e-6; gives how many points they have."""

    def compare(one: str, other: str) -> int:
        first, second = server.points(one), server.points(other)
        assert first.keys() == second.keys()
        for point, (payload, vectors) in first.items():
            theirs, their_vectors = second[point]
            assert payload == theirs
            assert vectors.keys() == their_vectors.keys()
            for space, vector in vectors.items():
                given = their_vectors[space]
                if hasattr(vector, "indices"):
                    assert vector.indices == given.indices
                    vector, given = vector.values, given.values
                np.testing.assert_allclose(vector, given, atol=1e-6, rtol=0)
        return len(first)

    return compare


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """Two nodes of one processor each, which runs join by an address; for a module, as it is slow.

    A node is what Ray has on each machine; it does not mind that they share one.
    """
    pytest.importorskip("ray")
    from ray.cluster_utils import Cluster

    scratch = Path(tempfile.mkdtemp(prefix="r"))  # names of sockets are bounded
    (scratch / "ray").mkdir()
    there = {"RAY_TMPDIR": str(scratch), "PYTHONPATH": os.pathsep.join(sys.path)}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**VARIABLES, **there}.items():
            patch.setenv(name, value)
        cluster = Cluster()
        for _ in range(2):
            cluster.add_node(num_cpus=1, object_store_memory=LEAST, include_dashboard=False)
        yield cluster
        cluster.shutdown()
    shutil.rmtree(scratch, ignore_errors=True)
