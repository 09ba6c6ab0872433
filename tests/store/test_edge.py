"""The embedded engine's guard rails: locks, versions, crashes, refused batches."""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import qdrant_edge
from waiting import join, mortal

from mmrag.errors import (
    ConfigError,
    IndexMismatch,
    InvalidPoint,
    StoreError,
    StoreLocked,
    UnsafeDelete,
)
from mmrag.store.edge import EdgeEngine
from mmrag.store.spec import (
    All,
    DenseSpace,
    HasVector,
    Match,
    Point,
    Prefetch,
    Query,
    Space,
    SparseSpace,
    SparseVector,
)

ROOT = Path(__file__).parents[2]


def _point(point_id: str, value: float = 1.0, **payload: object) -> Point:
    return Point(point_id, {"text": np.full(8, value, np.float32)}, payload)


def _child(code: str, *args: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *args],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def _edit_sidecar(directory: Path, **changes: object) -> None:
    path = directory / "mmrag.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_everything_survives_closing(edge_engine: EdgeEngine, uid: Callable[[int], str]) -> None:
    vectors = {
        "text": np.eye(8, dtype=np.float32)[2],
        "clip": np.arange(5, dtype=np.float32),
        "bm25": SparseVector((7, 3), (0.5, 2.0)),
    }
    payload = {"kind": "chunk", "list": [1, "two", None, {"deep": [1.5]}], "n": -(2**63)}
    edge_engine.upsert([Point(uid(0), vectors, payload), Point(uid(1), {}, {"kind": "document"})])
    edge_engine.close()
    with EdgeEngine.open(edge_engine.location) as again:
        assert dict(again.spaces) == dict(edge_engine.spaces)
        first, second = again.retrieve([uid(0), uid(1)], with_vectors=True)
    assert first.payload == payload and second == Point(uid(1), {}, {"kind": "document"})
    assert first.vectors["bm25"] == SparseVector((3, 7), (2.0, 0.5))
    np.testing.assert_allclose(first.vectors["text"], vectors["text"])
    np.testing.assert_allclose(first.vectors["clip"], vectors["clip"])


def test_layout_and_sidecar(edge_engine: EdgeEngine) -> None:
    directory = Path(edge_engine.location)
    assert sorted(p.name for p in directory.iterdir()) == [
        "lock",
        "lock.owner",
        "mmrag.json",
        "points",
    ]
    content = json.loads((directory / "mmrag.json").read_text())
    assert (content["format"], content["engine"]) == (1, "qdrant-edge-py")
    assert content["engine_version"].startswith("0.9.")
    assert content["spaces"][0] == {
        "kind": "dense",
        "name": "text",
        "size": 8,
        "distance": "cosine",
    }


# Locks


def test_second_handle_in_this_process(edge_engine: EdgeEngine) -> None:
    with pytest.raises(StoreLocked, match=f"(?s)index.*this process.*{os.getpid()}"):
        EdgeEngine.open(edge_engine.location)
    with pytest.raises(StoreLocked):
        EdgeEngine.open(Path(edge_engine.location) / ".." / "index")  # the same by another name
    edge_engine.close()
    EdgeEngine.open(edge_engine.location).close()


def test_second_process(tmp_path: Path, spaces: list[Space]) -> None:
    directory = tmp_path / "index"
    EdgeEngine.create(directory, spaces).close()
    code = (
        "import sys; from mmrag.store.edge import EdgeEngine\n"
        "engine = EdgeEngine.open(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    )
    child = _child(code, str(directory))
    try:
        with mortal(child):
            assert child.stdout is not None and child.stdout.readline() == "open\n"
        with pytest.raises(StoreLocked) as caught:
            EdgeEngine.open(directory)
        assert str(directory) in str(caught.value) and f"pid {child.pid}" in str(caught.value)
        assert f"since {time.strftime('%Y-%m-%d')}" in str(caught.value)
        with pytest.raises(StoreLocked):  # the failed attempt did not disturb the lock
            EdgeEngine.open(directory)
    finally:
        child.kill()
        child.wait(60)
    EdgeEngine.open(directory).close()  # a killed process leaves no lock behind


def test_a_forgotten_handle_lets_go(tmp_path: Path, spaces: list[Space]) -> None:
    engine = EdgeEngine.create(tmp_path / "index", spaces)
    del engine
    gc.collect()
    EdgeEngine.open(tmp_path / "index").close()


def test_close_from_another_thread(edge_engine: EdgeEngine) -> None:
    thread = threading.Thread(target=edge_engine.close)
    thread.start()
    join(thread)
    EdgeEngine.open(edge_engine.location).close()


def test_a_closed_handle_says_so(edge_engine: EdgeEngine, uid: Callable[[int], str]) -> None:
    edge_engine.close()
    edge_engine.close()
    for use in (
        edge_engine.count,
        edge_engine.flush,
        lambda: edge_engine.upsert([_point(uid(0))]),
        lambda: edge_engine.retrieve([uid(0)]),
    ):
        with pytest.raises(StoreError, match="closed"):
            use()


# What stands in the directory


def test_open_nothing(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no such index"):
        EdgeEngine.open(tmp_path / "absent")
    assert not (tmp_path / "absent").exists()


def test_foreign_directory_is_left_alone(tmp_path: Path, spaces: list[Space]) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    for attempt in (
        lambda: EdgeEngine.open(tmp_path),
        lambda: EdgeEngine.create(tmp_path, spaces),
        lambda: EdgeEngine.open_or_create(tmp_path, spaces),
    ):
        with pytest.raises(StoreError, match="is not an mmrag index"):
            attempt()
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.txt"]


def test_directory_that_is_a_file(tmp_path: Path, spaces: list[Space]) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="is a file"):
        EdgeEngine.create(tmp_path / "file", spaces)
    with pytest.raises(StoreError, match="is a file"):
        EdgeEngine.open(tmp_path / "file")


def test_create_twice(edge_engine: EdgeEngine, spaces: list[Space]) -> None:
    with pytest.raises(StoreError, match="holds an index already"):
        EdgeEngine.create(edge_engine.location, spaces)


def test_interrupted_creation_is_repeated(tmp_path: Path, spaces: list[Space]) -> None:
    (tmp_path / "points.new").mkdir()
    (tmp_path / "points.new" / "half").write_text("")
    with EdgeEngine.open_or_create(tmp_path, spaces) as engine:
        assert engine.count() == 0
    assert not (tmp_path / "points.new").exists()


def test_creation_that_ended_before_the_points_had_their_name(edge_engine: EdgeEngine) -> None:
    edge_engine.close()
    directory = Path(edge_engine.location)
    (directory / "points").rename(directory / "points.new")
    with EdgeEngine.open(directory) as engine:
        assert engine.count() == 0
    assert (directory / "points").is_dir()


def test_creation_that_ended_before_the_sidecar_was_whole(
    tmp_path: Path, spaces: list[Space]
) -> None:
    (tmp_path / "mmrag.json.new").write_text('{"format"')
    EdgeEngine.create(tmp_path, spaces).close()
    EdgeEngine.open(tmp_path).close()


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"format": 1}', '{"format":1,"spaces":3}'])
def test_damaged_sidecar(edge_engine: EdgeEngine, text: str) -> None:
    edge_engine.close()
    (Path(edge_engine.location) / "mmrag.json").write_text(text)
    with pytest.raises(StoreError, match=r"mmrag\.json is damaged") as caught:
        EdgeEngine.open(edge_engine.location)
    assert "\n" not in str(caught.value)


def test_lost_points(edge_engine: EdgeEngine) -> None:
    edge_engine.close()
    (Path(edge_engine.location) / "points").rename(Path(edge_engine.location) / "elsewhere")
    with pytest.raises(StoreError, match="does not exist") as caught:
        EdgeEngine.open(edge_engine.location)
    with pytest.raises(StoreError, match="does not exist"):  # and the lock was let go
        EdgeEngine.open(edge_engine.location)
    assert caught.value.__traceback__ is not None  # though its frames, and the lock, were alive


def test_versions(edge_engine: EdgeEngine) -> None:
    edge_engine.close()
    directory = Path(edge_engine.location)
    _edit_sidecar(directory, engine_version="0.8.3")
    with pytest.raises(IndexMismatch, match=r"0\.8\.3.*installed.*0\.9.*--index.*==0\.8\.\*"):
        EdgeEngine.open(directory)
    _edit_sidecar(directory, engine_version="0.9.77")
    EdgeEngine.open(directory).close()
    _edit_sidecar(directory, format=2)
    with pytest.raises(IndexMismatch, match=r"format 2.*reads format 1.*--index"):
        EdgeEngine.open(directory)


# Spaces


def test_space_added_to_a_live_index(edge_engine: EdgeEngine, uid: Callable[[int], str]) -> None:
    edge_engine.upsert([_point(uid(i), i + 1.0, n=i) for i in range(3)])
    edge_engine.add_space(DenseSpace("clap", 2))
    edge_engine.add_space(SparseSpace("words", idf=False))
    new = {"clap": np.array([0, 1], np.float32), "words": SparseVector((1,), (2.0,))}
    edge_engine.update_vectors([Point(uid(1), new)])
    edge_engine.close()
    with EdgeEngine.open(edge_engine.location) as again:
        assert {"clap", "words"} < set(again.spaces)
        assert [p.id for p in again.scroll(HasVector("clap"))[0]] == [uid(1)]
        found = again.retrieve([uid(1)], with_vectors=True)[0]
        assert set(found.vectors) == {"text", "clap", "words"} and found.payload == {"n": 1}
        [hit] = again.query(Query((Prefetch(new["clap"], "clap", 5),), 5))
        assert (hit.id, hit.score) == (uid(1), pytest.approx(1.0))


def test_open_or_create(tmp_path: Path, spaces: list[Space]) -> None:
    EdgeEngine.open_or_create(tmp_path / "i", spaces).close()
    with EdgeEngine.open_or_create(tmp_path / "i", [DenseSpace("clap", 2)]) as engine:
        assert set(engine.spaces) == {"text", "clip", "bm25", "clap"}
    with pytest.raises(IndexMismatch, match=r"'text' exists as .*size=8.*not as .*size=9"):
        EdgeEngine.open_or_create(tmp_path / "i", [DenseSpace("text", 9)])
    EdgeEngine.open(tmp_path / "i").close()  # the refused handle was closed


@pytest.mark.parametrize(
    "bad",
    [
        [],
        [SparseSpace("bm25")],
        [DenseSpace("", 3)],
        [DenseSpace("a b", 3)],
        [DenseSpace("a", 0)],
        [DenseSpace("a", 70_000)],
        [DenseSpace("a", 3), SparseSpace("a")],
    ],
)
def test_spaces_that_no_engine_takes(tmp_path: Path, bad: list[Space]) -> None:
    with pytest.raises(ConfigError):
        EdgeEngine.create(tmp_path / "index", bad)
    assert not (tmp_path / "index").exists()


# Refused writes


def test_a_bad_batch_leaves_nothing(edge_engine: EdgeEngine, uid: Callable[[int], str]) -> None:
    """Left to itself the engine stores the first point at once and the last on reopening."""
    bad = Point(uid(1), {"text": np.ones(7, np.float32)})
    with pytest.raises(InvalidPoint, match=rf"{uid(1)}.*'text' has 7 numbers, not 8"):
        edge_engine.upsert([_point(uid(0)), bad, _point(uid(2))])
    assert edge_engine.count() == 0
    edge_engine.close()
    with EdgeEngine.open(edge_engine.location) as again:
        assert again.count() == 0


def test_updates_of_missing_points(edge_engine: EdgeEngine, uid: Callable[[int], str]) -> None:
    edge_engine.upsert([_point(uid(0), 1.0, n=0)])
    clip = np.ones(5, np.float32)
    with pytest.raises(StoreError, match=rf"1 of 2 points.*{uid(1)}.*nothing was written"):
        edge_engine.update_vectors([Point(uid(0), {"clip": clip}), Point(uid(1), {"clip": clip})])
    with pytest.raises(StoreError, match=uid(1)):
        edge_engine.set_payload({"n": 5}, [uid(0), uid(1)])
    edge_engine.close()
    with EdgeEngine.open(edge_engine.location) as again:
        [point] = again.retrieve([uid(0)], with_vectors=True)
    assert set(point.vectors) == {"text"} and point.payload == {"n": 0}


def test_delete_needs_a_condition(edge_engine: EdgeEngine, uid: Callable[[int], str]) -> None:
    edge_engine.upsert([_point(uid(i), 1.0, n=i) for i in range(4)])
    for where in (None, All(), All((All(),))):
        with pytest.raises(UnsafeDelete):
            edge_engine.delete(where=where)
    edge_engine.delete(ids=[])
    edge_engine.delete(ids=[], where=Match("n", 1))
    assert edge_engine.count() == 4
    edge_engine.delete(ids=[uid(0), uid(1)], where=Match("n", 1))
    assert [p.id for p in edge_engine.scroll()[0]] == [uid(0), uid(2), uid(3)]


def test_payload_indexes(edge_engine: EdgeEngine) -> None:
    schema = edge_engine._shard.info().payload_schema
    found = {
        key: (row.params.is_tenant, row.params.enable_hnsw)
        for key, row in schema.items()
        if isinstance(row.params, qdrant_edge.KeywordIndexParams)
    }
    assert found == {
        "kind": (None, True),
        "modality": (None, True),
        "tenant": (True, True),
        "source": (None, False),
        "doc_id": (None, False),
    }


def test_facet_of_a_key_without_index(edge_engine: EdgeEngine) -> None:
    with pytest.raises(StoreError, match="No appropriate index"):
        edge_engine.facet("colour")


def test_a_facet_does_not_tell_of_what_is_deleted(
    edge_engine: EdgeEngine, uid: Callable[[int], str]
) -> None:
    """Edge counts it as 0."""
    edge_engine.upsert([Point(uid(i), payload={"tenant": f"t{i}"}) for i in range(2)])
    edge_engine.delete(ids=[uid(0)])
    assert edge_engine.facet("tenant") == {"t1": 1}


# Crashes

_WRITER = """
import sys, uuid, numpy as np
from mmrag.store.edge import EdgeEngine
from mmrag.store.spec import Point
engine = EdgeEngine.open(sys.argv[1])
for batch in range(10_000):
    engine.upsert([
        Point(str(uuid.UUID(int=n + 1)), {"text": np.full(8, n + 1.0)}, {"b": batch})
        for n in range(batch * 20, batch * 20 + 20)
    ])
    if batch % 5 == 4:
        engine.flush()
    print(batch, flush=True)
"""


def test_kill_9_loses_nothing_acknowledged(
    tmp_path: Path, spaces: list[Space], uid: Callable[[int], str]
) -> None:
    directory = tmp_path / "index"
    EdgeEngine.create(directory, spaces).close()
    child = _child(_WRITER, str(directory))
    assert child.stdout is not None
    with mortal(child):
        while (told := child.stdout.readline()) != "32\n":
            assert told, "it ended, or hung and was ended"
    child.send_signal(signal.SIGKILL)
    acknowledged = 33 + len(child.stdout.readlines())
    child.wait(60)
    with EdgeEngine.open(directory) as engine:
        ids = [uid(n) for n in range(acknowledged * 20)]
        points = engine.retrieve(ids, with_vectors=True)
        assert [p.id for p in points] == ids
        assert [p.payload["b"] for p in points] == [n // 20 for n in range(len(ids))]
        assert all("text" in p.vectors for p in points)
        assert engine.count() % 20 == 0  # no half batch
