"""Graphs of the embedded engine: from which size there are any, and that they find the nearest."""

from __future__ import annotations

import uuid
from pathlib import Path

import numpy as np
import pytest

from mmrag.store.edge import EdgeEngine
from mmrag.store.spec import DenseSpace, Point, Prefetch, Query

POINTS, SIZE = 300, 64
VECTORS = np.random.default_rng(0).standard_normal((POINTS, SIZE)).astype(np.float32)


def _graphs(directory: Path) -> int:
    return len(list(directory.rglob("graph.bin")))


def _filled(directory: Path, graph_from: int) -> EdgeEngine:
    engine = EdgeEngine.create(directory, [DenseSpace("text", SIZE)], graph_from=graph_from)
    engine.upsert(
        [Point(str(uuid.UUID(int=row)), {"text": vector}) for row, vector in enumerate(VECTORS)]
    )
    return engine


@pytest.mark.parametrize(("graph_from", "built"), [(250, POINTS), (350, 0)])
def test_graphs_are_built_from_a_size_on(tmp_path: Path, graph_from: int, built: int) -> None:
    asked = Query((Prefetch(VECTORS[77], "text", 3),), 3)
    with _filled(tmp_path / "index", graph_from) as engine:
        before = engine.query(asked)
        assert _graphs(tmp_path) == 0
        assert engine.optimize() == built
        assert _graphs(tmp_path) == (1 if built else 0)
        assert engine.count() == POINTS
        assert engine.query(asked)[0].id == before[0].id == str(uuid.UUID(int=77))


def test_a_graph_stays_when_an_index_is_opened_and_is_built_again_of_codes(tmp_path: Path) -> None:
    _filled(tmp_path / "index", 250).close()
    with EdgeEngine.open(tmp_path / "index", graph_from=250) as engine:
        assert engine.optimize() == POINTS
    with EdgeEngine.open(tmp_path / "index", graph_from=250) as engine:
        assert _graphs(tmp_path) == 1
        engine.quantize({"text": "int8"})
        assert engine.optimize() == POINTS
        assert engine.quantization == {"text": "int8"}


def test_an_index_of_ordinary_size_is_scanned(tmp_path: Path) -> None:
    with EdgeEngine.create(tmp_path / "index", [DenseSpace("text", 8)]) as engine:
        engine.upsert([Point(str(uuid.UUID(int=1)), {"text": np.ones(8, np.float32)})])
        assert engine.optimize() == 0
