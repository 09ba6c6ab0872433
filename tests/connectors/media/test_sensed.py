"""Pictures of what sensors measured."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmrag.errors import CorruptFile
from mmrag.modalities import SENSORS, Modality
from mmrag.training.pool import write_sensed
from mmrag.training.shapes import CONCEPTS, Item
from mmrag_connectors.http.schemas.found import seen
from mmrag_connectors.media.previews import preview, thumbnail
from mmrag_connectors.media.sensed import AXES, drawn
from mmrag_connectors.web.sources import source_view


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[Modality, Path]:
    """Of a large red shape at the top left."""
    item = Item(CONCEPTS[3], "top left", 9)
    (row,) = write_sensed([item], tmp_path_factory.mktemp("world"), side=64)
    return {sensor: getattr(row, sensor.value) for sensor in SENSORS}


@pytest.mark.parametrize("sensor", [Modality.DEPTH, Modality.THERMAL])
@pytest.mark.parametrize("size", [64, 256, 1024])
def test_what_is_near_or_warm_is_bright(
    sensor: Modality, size: int, files: dict[Modality, Path]
) -> None:
    image = drawn(files[sensor], sensor, size)
    assert max(image.size) <= size
    grey = np.asarray(image.convert("L"), dtype=float)
    middle = int(0.4 * image.height)  # the scale is below
    halves = (grey[:middle], grey[middle : 2 * middle])
    quarters = [half[:, x : x + middle].max() for half in halves for x in (0, middle)]
    assert int(np.argmax(quarters)) == 0


def test_motion_is_drawn_in_the_colours_of_its_axes(files: dict[Modality, Path]) -> None:
    image = drawn(files[Modality.IMU], Modality.IMU, 400)
    assert image.size == (400, 250)
    pixels = np.asarray(image)
    for colour in AXES:
        assert (pixels == colour).all(axis=2).any()


def test_rest_looks_like_rest(tmp_path: Path) -> None:
    np.save(tmp_path / "a.imu.npy", np.random.default_rng(0).normal(0, 0.005, (2000, 6)))
    pixels = np.asarray(drawn(tmp_path / "a.imu.npy", Modality.IMU, 400))
    inked = (pixels == AXES[2]).all(axis=2)
    rows = np.flatnonzero(inked[:125].any(axis=1))
    assert rows.max() - rows.min() < 8


def test_flat_and_narrow_maps_are_drawn(tmp_path: Path) -> None:
    np.save(tmp_path / "flat.depth.npy", np.full((4, 900), 2.0))
    np.save(tmp_path / "tall.thermal.npy", np.full((900, 4), 20.0))
    assert drawn(tmp_path / "flat.depth.npy", Modality.DEPTH, 256).width <= 256
    assert drawn(tmp_path / "tall.thermal.npy", Modality.THERMAL, 256).height <= 256


def test_doors_show_them(files: dict[Modality, Path], found: Callable[..., object]) -> None:
    for sensor, path in files.items():
        mimetype = f"application/vnd.mmrag.{sensor.value}"
        source = found(path, mimetype=mimetype, modality=sensor.value)
        for made in (preview, thumbnail):
            image = Image.open(io.BytesIO(made(source, 200).content))  # type: ignore[arg-type]  # a FoundSource
            assert max(image.size) <= 200
        assert source_view(source)["shown"] == "picture"  # type: ignore[arg-type]  # likewise
        assert seen("1", path.name, sensor.value)["preview"] == "/media/1/preview"


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.depth.npy").write_bytes(b"\x93NUMPY\x01\x00")
    with pytest.raises(CorruptFile):
        drawn(tmp_path / "a.depth.npy", Modality.DEPTH, 200)
