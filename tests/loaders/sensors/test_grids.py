"""Depth maps and thermal pictures: units, holes, and what their nodes say."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from llama_index.core.schema import Node
from PIL import Image

from mmrag.errors import CorruptFile, LimitExceeded
from mmrag.limits import Limits
from mmrag.loaders.registry import read_file
from mmrag.loaders.sensors.grids import read_depth, read_thermal
from mmrag.modalities import Modality
from mmrag.schema import MIMETYPE, MODALITY, NOTE, SURROGATE, VIA, text_of

RAMP = np.linspace(0.5, 4.0, 400).reshape(20, 20)
"""Metres."""


def saved(path: Path, values: np.ndarray, **sidecar: object) -> Path:
    if path.suffix == ".png":
        Image.fromarray(values.astype(np.uint16)).save(path)
    else:
        np.save(path, values)
    if sidecar:
        path.with_name(f"{path.name}.json").write_text(json.dumps(sidecar))
    return path


def only(path: Path) -> Node:
    (node,) = read_file(path, path.name)
    return node


@pytest.mark.parametrize(
    ("name", "values", "sidecar"),
    [
        ("a.depth.npy", RAMP, {}),
        ("a.depth.npy", RAMP.astype(">f4"), {}),
        ("a_depth.png", RAMP * 1000, {}),
        ("a-depth.png", RAMP * 5000, {"unit": "m", "scale": 0.0002}),
        ("a.npy", RAMP * 100, {"sensor": "depth", "unit": "cm"}),
        ("depth.npy", 1 / RAMP, {"unit": "disparity"}),
        ("a.depth.npy", RAMP[None], {}),
    ],
)
def test_depth_is_disparity_whatever_it_was(
    name: str, values: np.ndarray, sidecar: dict[str, object], tmp_path: Path
) -> None:
    grid = read_depth(saved(tmp_path / name, values, **sidecar))
    assert grid.values.dtype == np.float32
    assert grid.values == pytest.approx(1 / RAMP, rel=1e-2)
    assert grid.missing == 0


@pytest.mark.parametrize(
    ("name", "values", "sidecar"),
    [
        ("a.thermal.npy", RAMP * 10, {}),
        ("a.thermal.png", (RAMP * 10 + 273.15) * 100, {}),
        ("a.thermal.png", (RAMP * 10 + 273.15) * 10, {"unit": "dK"}),
        ("a.thermal.npy", RAMP * 10 + 273.15, {"unit": "K"}),
        ("a.thermal.npy", RAMP * 18 + 32, {"unit": "F"}),
    ],
)
def test_heat_is_in_celsius_whatever_it_was(
    name: str, values: np.ndarray, sidecar: dict[str, object], tmp_path: Path
) -> None:
    grid = read_thermal(saved(tmp_path / name, values, **sidecar))
    assert grid.values == pytest.approx(RAMP * 10, abs=0.11)


def test_holes_take_what_is_beside_them_and_are_told(tmp_path: Path) -> None:
    values = RAMP.copy()
    values[:, :3], values[0], values[7, 7], values[8, 8] = np.nan, 0, -1, np.inf
    grid = read_depth(saved(tmp_path / "a.depth.npy", values))
    assert np.isfinite(grid.values).all()
    assert grid.missing == pytest.approx(79 / 400)  # 60 + 17 + 2
    assert grid.values[5, 0] == grid.values[5, 3] == pytest.approx(1 / values[5, 3])
    assert grid.values[0, 9] == pytest.approx(1 / values[1, 9])
    assert grid.values[7, 7] == pytest.approx(1 / values[7, 6])
    assert only(tmp_path / "a.depth.npy").metadata[NOTE].startswith("19.8% was not measured")


@pytest.mark.parametrize("values", [np.full((8, 8), np.nan), np.zeros((8, 8)), -RAMP])
def test_a_map_without_measurements_is_refused(values: np.ndarray, tmp_path: Path) -> None:
    with pytest.raises(CorruptFile, match="no measurement in 100%"):
        only(saved(tmp_path / "a.depth.npy", values))


@pytest.mark.parametrize("values", [np.ones((4, 5, 6)), np.float32(3), np.ones(9)])
def test_another_shape_is_refused(values: np.ndarray, tmp_path: Path) -> None:
    with pytest.raises(CorruptFile, match=r"\(height, width\)"):
        only(saved(tmp_path / "a.depth.npy", values))


@pytest.mark.parametrize(
    ("sidecar", "words"),
    [({"unit": "furlong"}, "'furlong'; known: m, cm"), ({"scale": -1}, "a number above 0")],
)
def test_a_sidecar_that_cannot_be_is_named(
    sidecar: dict[str, object], words: str, tmp_path: Path
) -> None:
    path = saved(tmp_path / "a.depth.png", RAMP * 1000, **sidecar)
    with pytest.raises(CorruptFile, match=words) as caught:
        only(path)
    assert caught.value.path == f"{path}.json"


def test_a_large_picture_is_refused_by_its_header(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.depth.png", RAMP * 1000)
    with pytest.raises(LimitExceeded, match="sensor_pixels=399"):
        read_depth(path, Limits(sensor_pixels=399))
    path.write_bytes(path.read_bytes()[:90])
    with pytest.raises(CorruptFile, match="truncated"):
        read_depth(path)


def test_the_node_says_what_was_measured(tmp_path: Path) -> None:
    node = only(saved(tmp_path / "hall.depth.npy", np.flipud(np.full((30, 30), 4.0)) - _near()))
    assert text_of(node) == "Depth map, 1 to 4 m, nearest at the bottom left."
    assert node.metadata[MODALITY] == Modality.DEPTH
    assert node.metadata[MIMETYPE] == "application/vnd.mmrag.depth"
    assert node.metadata[VIA] == "measured"
    assert SURROGATE not in node.metadata
    warm = np.full((30, 30), 18.2)
    warm[12:18, 12:18] = 36.4
    node = only(saved(tmp_path / "hall.thermal.npy", warm))
    assert text_of(node) == "Thermal picture, 18.2 to 36.4 °C, hottest at the middle."


def _near() -> np.ndarray:
    near = np.zeros((30, 30))
    near[22:28, 2:8] = 3
    return near


def test_a_wall_is_a_wall(tmp_path: Path) -> None:
    node = only(saved(tmp_path / "a.depth.npy", np.full((8, 8), 2.0)))
    assert text_of(node) == "Depth map, 2 m throughout."
