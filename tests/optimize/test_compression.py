"""The table of compression on vectors whose answers are known, and its command."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmrag.errors import ConfigError, InputError
from mmrag.optimize.compression import measure, ways
from mmrag.optimize.compression_report import PICTURE, REPORT, write_report
from mmrag.optimize.compression_sample import spaces_of
from mmrag.profiles import GEMMA
from mmrag.store.edge import EdgeEngine
from mmrag.store.manifest import Manifest, SpaceModel
from mmrag.store.quantization import code_bytes
from mmrag.store.spec import DenseSpace, FloatArray, SparseSpace


def clustered(count: int, size: int = 128) -> FloatArray:
    rng = np.random.default_rng(5)
    centres = rng.standard_normal((count // 10, size))
    rows = centres[rng.integers(len(centres), size=count)]
    return (rows + 0.5 * rng.standard_normal((count, size))).astype(np.float32)


def test_what_each_way_costs_and_keeps(tmp_path: Path) -> None:
    made = clustered(340)
    done = measure(made[40:], made[:40], k=5, dimensions=(64,))
    rows = {row.name: row for row in done.rows}
    assert list(rows) == [way.name for way in ways(128, (64,))]
    assert rows["float32"].recall.mean == 1 and rows["float32"].share == 1
    assert rows["int8"].bytes_read == code_bytes("int8", 128)
    assert rows["first 64 of 128"].bytes_read == 256
    assert rows["first 64 of 128"].recall.mean < 1
    # 20 of 300 vectors are read whole
    assert rows["binary, rescored x4"].bytes_read == pytest.approx(16 + 512 * 20 / 300)
    bits = [rows[f"binary, rescored x{factor}"].recall.mean for factor in (1, 2, 4, 8)]
    assert bits[0] < bits[1] <= bits[2] <= bits[3] and bits[3] > 0.95
    assert rows["turbo"].recall.mean < rows["turbo, rescored x4"].recall.mean
    assert all(0 < row.p50_ms <= row.p95_ms and row.disk_mb > 0 for row in done.rows)

    written = write_report([done], tmp_path, location="here")
    assert written == [tmp_path / REPORT, tmp_path / PICTURE]
    text = written[0].read_text()
    assert "300 vectors of 128 dimensions" in text and text.count("\n| ") == len(rows) + 2
    with Image.open(written[1]) as picture:
        assert picture.size == (1125, 660)


def test_distances_other_than_cosine() -> None:
    made = clustered(110, 64)
    made *= np.random.default_rng(0).uniform(0.5, 2, (110, 1)).astype(np.float32)
    for distance in ("dot", "euclid"):
        row = measure(made[10:], made[:10], k=5, distance=distance).rows[0]
        assert row.recall.mean == 1


def test_too_little_to_tell() -> None:
    made = clustered(60)
    with pytest.raises(InputError, match=r"has 49 vectors to search, and at least 50 are needed"):
        measure(made[:49], made[50:])
    with pytest.raises(InputError, match=r"at least 61 are needed to tell recall@60"):
        measure(made, made, k=60)
    with pytest.raises(InputError, match="no queries"):
        measure(made, made[:0])


def test_which_lengths_are_tried(tmp_path: Path) -> None:
    spaces = [DenseSpace("text", 768), DenseSpace("own", 100), SparseSpace("bm25")]
    manifest = Manifest("0", "omni", (SpaceModel("text", GEMMA), SpaceModel("own", "./mine")))
    with EdgeEngine.create(tmp_path / "index", spaces) as engine:
        both = spaces_of(engine, manifest, (), None)
        assert [(row.name, row.dimensions) for row in both] == [
            ("text", (512, 256, 128)),
            ("own", ()),
        ]
        assert spaces_of(engine, manifest, ["text"], [512, 768])[0].dimensions == (512,)
        with pytest.raises(ConfigError, match=r"nothing says that vectors of \./mine"):
            spaces_of(engine, manifest, ["own"], [50])
        for name, what in (("bm25", "sparse"), ("nope", "unknown")):
            with pytest.raises(InputError, match=f"'{name}' is {what}; choose text, own"):
                spaces_of(engine, manifest, [name], None)
