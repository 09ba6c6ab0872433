"""The server engine without a Qdrant server: a dead port, a refusing HTTP server, the double."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler
from pathlib import Path

import numpy as np
import pytest
from qdrant_client import QdrantClient, models
from standins.serving import serving

from mmrag.config import ServerSettings
from mmrag.errors import IndexMismatch, InvalidPoint, StoreError
from mmrag.store.server import ServerEngine
from mmrag.store.spec import DenseSpace, Point, Space, SparseSpace


class _Refusing(BaseHTTPRequestHandler):
    """Answers every request as a Qdrant server answers a wrong key."""

    def do_GET(self) -> None:
        body = b'{"status":{"error":"Invalid\\n API key"}}'
        self.send_response(401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def refusing_url() -> Iterator[str]:
    with serving(_Refusing) as url:
        yield url


class _Pages(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def page_url() -> Iterator[str]:
    """A web server that knows nothing of collections."""
    with serving(_Pages) as url:
        yield url


def _dead_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_dead_server(spaces: list[Space]) -> None:
    url = f"http://127.0.0.1:{_dead_port()}"
    with pytest.raises(StoreError) as caught:
        ServerEngine.connect(url, spaces, server=ServerSettings(timeout_s=2))
    message = str(caught.value)
    assert url in message and "is the server running" in message and "\n" not in message


def test_dead_server_by_grpc(spaces: list[Space]) -> None:
    port = _dead_port()
    client = QdrantClient(
        host="127.0.0.1", grpc_port=port, prefer_grpc=True, timeout=2, check_compatibility=False
    )
    with pytest.raises(StoreError, match=r"grpc://here: no answer from Qdrant") as caught:
        ServerEngine.from_client(client, spaces, location="grpc://here")
    assert "\n" not in str(caught.value)


def test_refusing_server(refusing_url: str, spaces: list[Space]) -> None:
    with (
        warnings.catch_warnings(),
        pytest.raises(StoreError, match=rf"{refusing_url}: the server refused \(401\).*API key"),
    ):
        warnings.simplefilter("error")  # the client warns of a key without TLS, on this machine too
        ServerEngine.connect(refusing_url, spaces, api_key="wrong")


def test_a_key_that_can_be_read_on_its_way_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    for url in ("http://db.invalid:1", "http://db.invalid:1", "https://db.invalid:1"):
        with pytest.raises(StoreError, match="no answer from Qdrant"):
            ServerEngine.connect(url, api_key="sesame")
    assert [record.getMessage() for record in caplog.records if record.name == "mmrag"] == [
        "http://db.invalid:1 is sent its key unencrypted; give an https:// address"
    ]
    assert "sesame" not in caplog.text


@pytest.mark.parametrize("url", ["ftp://host", "http://127.0.0.1:port"])
def test_an_address_that_is_none(url: str) -> None:
    with pytest.raises(StoreError, match=rf"^{url} is no address of a Qdrant server, such as"):
        ServerEngine.connect(url)


def test_another_server_answers_there(page_url: str) -> None:
    with pytest.raises(
        StoreError, match=r"refused \(404\): a page of HTML; is it a Qdrant"
    ) as told:
        ServerEngine.connect(page_url)
    assert "<" not in str(told.value)


def test_no_collection() -> None:
    with pytest.raises(StoreError, match="no collection 'mmrag'; index something first, or set"):
        ServerEngine.from_client(QdrantClient(":memory:"))


def test_opening_reads_the_spaces_back(spaces: list[Space]) -> None:
    client = QdrantClient(":memory:")
    ServerEngine.from_client(client, spaces)
    again = ServerEngine.from_client(client)
    assert dict(again.spaces) == {space.name: space for space in spaces}
    wider = ServerEngine.from_client(client, [*spaces, SparseSpace("words", idf=False)])
    assert wider.spaces["words"] == SparseSpace("words", idf=False)
    with pytest.raises(IndexMismatch, match="'text' exists as"):
        ServerEngine.from_client(client, [DenseSpace("text", 8, "dot")])


def test_a_new_collection_asks_for_indexes(spaces: list[Space]) -> None:
    asked: list[tuple[str, str, bool | None, bool | None]] = []

    class Recording(QdrantClient):
        def create_payload_index(
            self,
            collection_name: str,
            field_name: str,
            field_schema: models.KeywordIndexParams,
            wait: bool,
        ) -> None:
            assert wait
            tenant = getattr(field_schema, "is_tenant", None)
            asked.append((field_name, field_schema.type, tenant, field_schema.enable_hnsw))
            super().create_payload_index(collection_name, field_name, field_schema, wait=wait)

    ServerEngine.from_client(Recording(":memory:"), spaces)
    assert asked == [
        ("kind", "keyword", None, True),
        ("modality", "keyword", None, True),
        ("tenant", "keyword", True, True),
        ("source", "keyword", None, False),
        ("doc_id", "keyword", None, False),
        ("taken_at", "integer", None, False),
        ("geo", "geo", None, False),
    ]


def test_the_double_does_not_warn_of_indexes() -> None:
    """In a process of its own: the client warns once a process."""
    code = (
        "from qdrant_client import QdrantClient\n"
        "from mmrag.store.server import ServerEngine\n"
        "from mmrag.store.spec import DenseSpace\n"
        "ServerEngine.from_client(QdrantClient(':memory:'), [DenseSpace('text', 2)])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert (run.returncode, run.stderr) == (0, "")


def test_a_bad_batch_leaves_nothing(double_engine: ServerEngine, uid: Callable[[int], str]) -> None:
    good = Point(uid(0), {"text": np.ones(8, np.float32)})
    with pytest.raises(InvalidPoint, match=uid(1)):
        double_engine.upsert([good, Point(uid(1), {"text": np.full(8, np.nan)})])
    assert double_engine.count() == 0


def test_added_space_can_be_filled(double_engine: ServerEngine, uid: Callable[[int], str]) -> None:
    double_engine.upsert([Point(uid(0), {"text": np.ones(8, np.float32)}, {"n": 1})])
    double_engine.add_space(DenseSpace("clap", 2))
    double_engine.update_vectors([Point(uid(0), {"clap": np.array([0, 1])})])
    [point] = double_engine.retrieve([uid(0)], with_vectors=True)
    assert set(point.vectors) == {"text", "clap"} and point.payload == {"n": 1}


def test_more_points_than_one_request_takes(
    double_engine: ServerEngine, uid: Callable[[int], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    client = double_engine._client
    upsert = client.upsert

    def counting(collection: str, points: list[models.PointStruct], *, wait: bool) -> object:
        assert wait
        sizes.append(len(points))
        return upsert(collection, points, wait=wait)

    monkeypatch.setattr(client, "upsert", counting)
    double_engine.upsert([Point(uid(i), payload={"n": i}) for i in range(600)])
    assert double_engine.count() == 600 and sizes == [256, 256, 88]
