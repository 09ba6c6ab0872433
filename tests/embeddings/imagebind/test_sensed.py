"""Depth, heat and motion for ImageBind: the published recipe, and six modalities in one index."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mmrag import MMRagIndex, Settings
from mmrag.embeddings.imagebind.embedding import ImageBindEmbedding
from mmrag.embeddings.imagebind.sensed import depth_input, motion_input, thermal_input
from mmrag.errors import InputError
from mmrag.loaders.registry import read_file
from mmrag.loaders.sensors.measured import measured
from mmrag.modalities import SENSORS, Modality
from mmrag.training.pool import Sensed, write_items, write_sensed
from mmrag.training.shapes import gallery

SHAPE = (1, 16, 16)


@pytest.fixture(scope="module")
def sensed(tmp_path_factory: pytest.TempPathFactory) -> Sensed:
    return write_sensed(gallery(5)[:1], tmp_path_factory.mktemp("world"), side=48)[0]


def test_depth_is_standardised_disparity_in_pixels() -> None:
    """Focal length x baseline / distance, over 75, less the mean, over the deviation."""
    found = depth_input(np.full((20, 30), 1 / 2.0, np.float32), SHAPE)
    assert found.shape == SHAPE
    assert found == pytest.approx((518.86 * 0.075 / 2.0 / 75 - 0.0418) / 0.0295, rel=1e-4)
    near = depth_input(np.full((20, 30), 1e6, np.float32), SHAPE)
    assert near == pytest.approx((1 - 0.0418) / 0.0295, rel=1e-4)
    far = depth_input(np.zeros((20, 30), np.float32), SHAPE)  # as far as 50 m
    assert far == pytest.approx((518.86 * 0.075 / 50 / 75 - 0.0418) / 0.0295, rel=1e-4)


def test_heat_is_spread_over_its_own_range() -> None:
    ramp = np.tile(np.linspace(10, 40, 32, dtype=np.float32), (16, 1))
    found = thermal_input(ramp, SHAPE)
    assert 0 <= found.min() < 0.3 and 0.7 < found.max() <= 1
    assert found[0, 0].tolist() == sorted(found[0, 0])
    assert thermal_input(np.full((9, 9), 21.0, np.float32), SHAPE) == pytest.approx(0.5)
    noisy = 21 + np.random.default_rng(0).normal(0, 0.05, (64, 64)).astype(np.float32)
    assert np.abs(thermal_input(noisy, SHAPE) - 0.5).max() < 0.05


def test_the_middle_of_a_wide_map_is_seen() -> None:
    wide = np.zeros((16, 48), np.float32)
    wide[:, 16:32] = 1
    assert (depth_input(wide, SHAPE) > 0).all()


def test_motion_stays_as_it_is_or_keeps_its_five_seconds() -> None:
    window = np.random.default_rng(0).normal(size=(6, 2000)).astype(np.float32)
    assert motion_input(window, (6, 2000)) is window
    slope = np.tile(np.arange(2000, dtype=np.float32), (6, 1))
    assert motion_input(slope, (6, 40))[3] == pytest.approx(np.linspace(0, 1999, 40))


def test_files_and_ready_arrays_agree(embedding: ImageBindEmbedding, sensed: Sensed) -> None:
    for sensor, prepare, ready in (
        (Modality.DEPTH, depth_input, embedding.embed_depths),
        (Modality.THERMAL, thermal_input, embedding.embed_thermals),
    ):
        path = getattr(sensed, sensor.value)
        wanted = ready([prepare(measured(path, sensor)[0], SHAPE)])
        (node,) = read_file(path, path.name)
        (found,) = embedding.embed_nodes([node]).vectors
        assert found == pytest.approx(wanted[0], abs=1e-5)


def test_six_modalities_go_from_file_to_search_result(
    folder: Path, sensed: Sensed, tmp_path: Path
) -> None:
    """The weights are random: each file finds itself, and all six are in one space."""
    world = sensed.depth.parents[1]
    (written,) = write_items(gallery(5)[:1], world, side=48)
    settings = Settings().with_changes(
        {"models": {"imagebind": str(folder)}, "ingest.ocr": False, "ingest.asr": False}
    )
    with MMRagIndex(tmp_path / "index", profile="offline", settings=settings) as index:
        assert not index.index(world).failed
        index.add_space("imagebind")
        files = {
            "image": written.picture,
            "audio": written.sound,
            **{sensor.value: getattr(sensed, sensor.value) for sensor in SENSORS},
        }
        for modality, path in files.items():
            hits = index.search(like=path, modalities=[modality]).hits
            assert [hit.source for hit in hits] == [path.relative_to(world).as_posix()]
            assert hits[0].channels["imagebind"].raw == pytest.approx(1, abs=1e-3)
            everything = index.search(like=path).hits
            assert {hit.modality for hit in everything} == {"text", *files}
        with pytest.raises(InputError, match="two files of image"):
            index.search(like=written.picture, image=written.picture)
