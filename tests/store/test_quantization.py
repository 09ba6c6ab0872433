"""Codes beside vectors: nothing is lost by them, and they are searched as the settings say."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import get_args

import numpy as np
import pytest
from qdrant_client import QdrantClient, models

from mmrag import sections
from mmrag.errors import ConfigError, StoreError
from mmrag.store import room
from mmrag.store.edge import UNFINISHED, EdgeEngine
from mmrag.store.quantization import Rescoring, checked_quantization, code_bytes
from mmrag.store.server import ServerEngine
from mmrag.store.server_collection import dense_out, quantization_diff, quantization_in
from mmrag.store.server_translate import query_out
from mmrag.store.spec import (
    DenseSpace,
    FloatArray,
    Point,
    Prefetch,
    Quantization,
    Query,
    Ranked,
    Space,
    SparseSpace,
    SparseVector,
)

ROOT = Path(__file__).parents[2]
SIZE, ITEMS = 128, 400
KINDS: tuple[Quantization, ...] = ("int8", "binary", "turbo")
SPACES: list[Space] = [DenseSpace("text", SIZE), DenseSpace("clip", 32), SparseSpace("bm25")]
BARE = Rescoring(1.0, rescore=False, candidates=1)


@pytest.fixture(scope="module")
def vectors() -> FloatArray:
    """(items, size) unit vectors in clusters of about ten."""
    rng = np.random.default_rng(3)
    centres = rng.standard_normal((ITEMS // 10, SIZE))
    items = centres[rng.integers(len(centres), size=ITEMS)]
    items += 0.5 * rng.standard_normal((ITEMS, SIZE))
    unit: FloatArray = (items / np.linalg.norm(items, axis=1, keepdims=True)).astype(np.float32)
    return unit


@pytest.fixture
def place(tmp_path: Path, vectors: FloatArray, uid: Callable[[int], str]) -> Path:
    """An index without codes, closed."""
    points = [
        Point(uid(i), {"text": row, "bm25": SparseVector((i,), (1.0,))}, {"n": i})
        for i, row in enumerate(vectors)
    ]
    with EdgeEngine.create(tmp_path / "index", SPACES) as engine:
        engine.upsert(points)
    return tmp_path / "index"


def found(engine: EdgeEngine, vectors: FloatArray) -> list[Ranked]:
    return engine.rank_batch([Query((Prefetch(row, "text", 10),), 10) for row in vectors[:8]])


def scores(rows: list[Ranked]) -> list[list[float]]:
    return [row.scores.tolist() for row in rows]


def test_codes_are_searched_and_vectors_stay(
    place: Path, vectors: FloatArray, uid: Callable[[int], str]
) -> None:
    with EdgeEngine.open(place) as engine:
        exact = found(engine, vectors)
    for kind in KINDS:
        with EdgeEngine.open(place) as engine:
            engine.quantize({"text": kind})
            assert engine.quantization == {"text": kind, "clip": "none"}
            rescored = found(engine, vectors)
        assert [row.ids for row in rescored] == [row.ids for row in exact]
        np.testing.assert_allclose(scores(rescored), scores(exact), atol=1e-6)
        with EdgeEngine.open(place, rescoring=BARE) as engine:
            assert engine.quantization["text"] == kind
            told = found(engine, vectors)
            assert engine.rank_batch(
                [Query((Prefetch(SparseVector((7,), (1.0,)), "bm25", 1),), 1)]
            )[0].ids == [uid(7)]
        if kind == "binary":  # scored by the vectors all the same, but of ten candidates alone
            assert max(map(max, scores(told))) <= 1 + 1e-6
            assert [row.ids for row in told] != [row.ids for row in exact]
        else:
            off = np.abs(np.subtract(scores(told), scores(exact))).max()
            assert 1e-5 < off < 0.05
    with EdgeEngine.open(place) as engine:
        engine.quantize({"text": "none"})
    with EdgeEngine.open(place, rescoring=BARE) as engine:
        np.testing.assert_allclose(scores(found(engine, vectors)), scores(exact), atol=1e-6)
        stored = engine.retrieve([uid(i) for i in range(ITEMS)], with_vectors=True)
    np.testing.assert_allclose([p.vectors["text"] for p in stored], vectors, atol=1e-6)
    assert [p.payload["n"] for p in stored] == list(range(ITEMS))


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_later_is_found(
    place: Path, vectors: FloatArray, uid: Callable[[int], str], kind: Quantization
) -> None:
    fresh = -vectors[0]
    with EdgeEngine.open(place) as engine:
        engine.quantize({"text": kind})
        engine.upsert([Point(uid(ITEMS), {"text": fresh})])
        engine.delete(ids=[uid(1)])
        assert found(engine, np.stack([fresh]))[0].ids[0] == uid(ITEMS)
        engine.add_space(DenseSpace("late", 8))
        assert engine.quantization["late"] == "none"
    with EdgeEngine.open(place) as engine:
        engine.quantize({})  # what is new gets codes too
        assert engine.quantization == {"text": kind, "clip": "none", "late": "none"}
        assert found(engine, np.stack([fresh]))[0].ids[0] == uid(ITEMS)
        assert engine.count() == ITEMS


def test_a_new_index_has_the_codes_that_it_is_made_with(
    tmp_path: Path, vectors: FloatArray, uid: Callable[[int], str]
) -> None:
    with EdgeEngine.open_or_create(
        tmp_path / "index", SPACES, quantization={"text": "binary"}, rescoring=BARE
    ) as engine:
        engine.upsert([Point(uid(i), {"text": row}) for i, row in enumerate(vectors)])
        bits = found(engine, vectors)
    with EdgeEngine.open_or_create(
        tmp_path / "index", SPACES, quantization={"text": "turbo"}
    ) as again:
        assert again.quantization["text"] == "binary"  # it keeps what it has
        assert [row.ids for row in found(again, vectors)] != [row.ids for row in bits]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [64, 100, 384])
def test_bytes_of_a_code_are_those_on_the_disk(
    tmp_path: Path, uid: Callable[[int], str], kind: Quantization, size: int
) -> None:
    rows = np.random.default_rng(0).standard_normal((40, size)).astype(np.float32)
    with EdgeEngine.create(tmp_path / "index", [DenseSpace("text", size)]) as engine:
        engine.upsert([Point(uid(i), {"text": row}) for i, row in enumerate(rows)])
        engine.quantize({"text": kind})
    (codes,) = (tmp_path / "index").rglob("quantized.data") if kind == "int8" else (None,)
    if codes is not None:
        assert codes.stat().st_size == 40 * code_bytes(kind, size)
    else:
        widths = {
            json.loads(path.read_text())["dim"]
            for path in (tmp_path / "index").rglob("quantized_data/config.json")
        }
        assert widths == {code_bytes(kind, size)}


KILLED = """
import os, signal, sys, threading
from mmrag.store.edge import EdgeEngine
engine = EdgeEngine.open(sys.argv[1])
moment = sys.argv[2]
def die(*_): os.kill(os.getpid(), signal.SIGKILL)
if moment == "after":
    engine._rebuild, rebuild = (lambda *a, **k: (rebuild(*a, **k), die())), engine._rebuild
else:
    import qdrant_edge
    shard = qdrant_edge.EdgeShard
    class Dying:
        @staticmethod
        def load(path, wanted):
            loaded = shard.load(path, wanted)
            if moment == "loaded":
                die()
            pid = os.getpid()
            if os.fork() == 0:  # the engine holds the GIL: only another process can strike
                import time
                time.sleep(float(moment))
                os.kill(pid, signal.SIGKILL)
                os._exit(0)
            return loaded
    qdrant_edge.EdgeShard = Dying
engine.quantize({"text": sys.argv[3]})
die()
"""


@pytest.mark.parametrize(
    ("moment", "before", "after"),
    [
        ("loaded", "binary", "none"),
        ("0.02", "none", "binary"),
        pytest.param("0.02", "int8", "binary", marks=pytest.mark.slow),
        ("after", "turbo", "binary"),
    ],
)
def test_a_kill_leaves_all_that_was_indexed(
    place: Path,
    vectors: FloatArray,
    uid: Callable[[int], str],
    moment: str,
    before: Quantization,
    after: Quantization,
) -> None:
    """Whenever it falls, and whichever codes some segments then have, scores are cosines."""
    with EdgeEngine.open(place) as engine:
        exact = found(engine, vectors)
        engine.quantize({"text": before})
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, str(place), moment, after], cwd=ROOT, check=False
    )
    assert ended.returncode == -signal.SIGKILL
    (place / "points" / UNFINISHED).mkdir(exist_ok=True)
    (place / "points" / UNFINISHED / "left").touch()
    with EdgeEngine.open(place, rescoring=Rescoring(40, rescore=False)) as engine:
        assert engine.count() == ITEMS
        np.testing.assert_allclose(scores(found(engine, vectors)), scores(exact), atol=1e-6)
        engine.quantize({"text": "turbo"})
        stored = engine.retrieve([uid(i) for i in range(ITEMS)], with_vectors=True)
    np.testing.assert_allclose([p.vectors["text"] for p in stored], vectors, atol=1e-6)
    assert not (place / "points" / UNFINISHED / "left").exists()


def test_no_room_for_a_second_copy(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with EdgeEngine.open(place) as engine:
        free = SimpleNamespace(free=(room.NEEDED_MB << 20) + 1)
        monkeypatch.setattr("mmrag.store.room.shutil.disk_usage", lambda _: free)
        with pytest.raises(StoreError, match=r"to build the index anew .* nothing was changed"):
            engine.quantize({"text": "binary"})
        assert engine.count() == ITEMS


@pytest.mark.parametrize(
    ("kinds", "said"),
    [
        ({"bm25": "int8"}, "'bm25' is sparse.*choose text, clip"),
        ({"nope": "int8"}, "'nope' is unknown; choose text, clip"),
        ({"clip": "binary"}, "'clip' has 32 dimensions.*below 64; choose int8 or turbo"),
        ({"text": "int4"}, "no kind 'int4'; there are none, int8, binary, turbo"),
    ],
)
def test_codes_that_cannot_be_had(
    kinds: dict[str, Quantization], said: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=said):
        checked_quantization(kinds, {space.name: space for space in SPACES})
    with pytest.raises(ConfigError, match=said):
        EdgeEngine.create(tmp_path / "index", SPACES, quantization=kinds)
    assert not (tmp_path / "index").exists()


def test_a_sidecar_with_unknown_codes(place: Path) -> None:
    path = place / "mmrag.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "quantization": {"text": "x"}}))
    with pytest.raises(StoreError, match=r"mmrag\.json is damaged .*no kind 'x'"):
        EdgeEngine.open(place)


def test_an_index_from_before_there_were_codes(place: Path) -> None:
    path = place / "mmrag.json"
    content = json.loads(path.read_text())
    del content["quantization"]
    path.write_text(json.dumps(content))
    with EdgeEngine.open(place) as engine:
        assert engine.quantization == {"text": "none", "clip": "none"}


def test_few_hits_have_many_candidates() -> None:
    assert Rescoring(4.0).of("binary", 2).oversampling == 32
    assert Rescoring(4.0).of("binary", 100).oversampling == 4
    assert Rescoring(4.0, rescore=False).of("int8", 2) == Rescoring(1.0, False)
    assert Rescoring(4.0, rescore=False).of("binary", 100) == Rescoring(4.0)


def test_the_settings_know_the_same_kinds() -> None:
    assert get_args(sections.Quantization) == get_args(Quantization)


def test_what_a_server_is_told() -> None:
    """Translation alone: no Qdrant server runs here, and the double ignores codes."""
    named = {space.name: space for space in SPACES}
    out = dense_out(named, {"text": "turbo"})
    assert isinstance(out["text"].quantization_config, models.TurboQuantization)
    assert out["text"].quantization_config.turbo.bits == models.TurboQuantBitSize.BITS4
    assert out["clip"].quantization_config is None
    for kind in KINDS:
        params = models.CollectionParams(vectors=dense_out(named, {"text": kind}))
        assert quantization_in(params) == {"text": kind}
    assert quantization_diff("none") is models.Disabled.DISABLED
    assert isinstance(quantization_diff("binary"), models.BinaryQuantization)
    query = Query((Prefetch(np.ones(SIZE, np.float32), "text", 5),), 5)
    params_out = query_out(query, lambda _: Rescoring(8.0)).params
    assert params_out is not None and params_out.quantization is not None
    assert (params_out.quantization.rescore, params_out.quantization.oversampling) == (True, 8.0)
    assert query_out(query, lambda _: None).params is None


def test_a_server_engine_asks_for_what_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    client = QdrantClient(":memory:")
    engine = ServerEngine.from_client(client, SPACES)
    asked: list[dict[str, models.VectorParamsDiff]] = []
    monkeypatch.setattr(
        client, "update_collection", lambda _, *, vectors_config: asked.append(vectors_config)
    )
    engine.quantize({"text": "int8"})
    engine.quantize({"text": "int8", "clip": "turbo"})
    engine.quantize({"text": "none"})
    assert [sorted(row) for row in asked] == [["text"], ["clip"], ["text"]]
    assert asked[2]["text"].quantization_config is models.Disabled.DISABLED
    assert engine.quantization == {"text": "none", "clip": "turbo"}
