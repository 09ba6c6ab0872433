"""The towers for depth, heat and motion in tests/data/tiny: what they learnt, and bad inputs."""

from __future__ import annotations

import json
import shutil
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from mmrag.embeddings.tiny import TinyEmbedding
from mmrag.embeddings.tiny_sensor_inputs import depth_grid, motion_grid, thermal_grid
from mmrag.errors import CheckpointMismatch, CorruptFile, InputError
from mmrag.loaders.registry import read_file
from mmrag.modalities import SENSORS, Modality
from mmrag.store.spec import FloatArray
from mmrag.training.pictures import draw
from mmrag.training.pool import write_sensed
from mmrag.training.recall import recalls
from mmrag.training.sensed import as_measured, depth_map, motion, thermal_map
from mmrag.training.shapes import CONCEPTS, Item, gallery
from mmrag.training.tones import synthesise

CHECKPOINT = Path(__file__).parents[1] / "data" / "tiny"
NAMES = ("text", "image", "audio", "depth", "thermal", "imu")
SEEN = [row for row, concept in enumerate(CONCEPTS) if concept.seen]


@pytest.fixture(scope="module")
def embedding() -> TinyEmbedding:
    return TinyEmbedding(model_name=str(CHECKPOINT), device="cpu", dtype="float32")


@pytest.fixture(scope="module")
def vectors(embedding: TinyEmbedding) -> dict[str, FloatArray]:
    """Of new items, one of each concept, in each modality."""
    items = gallery(88_001)
    return {
        "text": embedding.embed_texts([item.caption() for item in items]),
        "image": embedding.embed_images([draw(item) for item in items]),
        "audio": embedding.embed_audios([synthesise(item) for item in items]),
        **{
            sensor.value: embedding.embed_measured(sensor, [as_measured(i, sensor) for i in items])
            for sensor in SENSORS
        },
    }


def test_the_towers_are_small_and_say_where_they_are_from() -> None:
    assert (CHECKPOINT / "sensors.safetensors").stat().st_size < 1_000_000
    state = load_file(CHECKPOINT / "sensors.safetensors")
    assert {tensor.dtype for tensor in state.values()} == {torch.bfloat16}
    said = json.loads((CHECKPOINT / "sensors.json").read_text(encoding="utf-8"))
    assert said["licence"] == "Apache-2.0"
    assert said["pairs"] == ["image-depth", "image-thermal", "image-imu"]
    assert said["concepts_seen"] == 86


def test_six_modalities_find_one_another(vectors: dict[str, FloatArray]) -> None:
    """Only pairs with pictures were trained. Chance is 1 %; over ten galleries, 0.92 to 1."""
    found = recalls(vectors, tuple(permutations(NAMES, 2)), SEEN)
    assert min(found.values()) >= 0.85
    assert np.mean(list(found.values())) >= 0.94


def test_new_combinations_are_found_less_well_yet_above_chance(
    vectors: dict[str, FloatArray],
) -> None:
    unseen = [row for row in range(len(CONCEPTS)) if row not in SEEN]
    found = recalls(vectors, [("text", "depth"), ("text", "thermal"), ("text", "imu")], unseen)
    assert min(found.values()) >= 0.4


def test_files_become_the_vectors_of_their_numbers(
    embedding: TinyEmbedding, vectors: dict[str, FloatArray], tmp_path: Path
) -> None:
    items = gallery(88_001)[:3]
    written = write_sensed(items, tmp_path, side=64)
    for sensor in SENSORS:
        paths = [getattr(row, sensor.value) for row in written]
        nodes = [node for path in paths for node in read_file(path, path.name)]
        done = embedding.embed_nodes(nodes)
        assert done.faults == {}
        by_node = np.stack([vector for vector in done.vectors if vector is not None])
        of_files = embedding.embed_measured(sensor, [str(path) for path in paths])
        assert by_node == pytest.approx(of_files, abs=1e-5)
        assert (by_node * vectors[sensor.value][:3]).sum(1) == pytest.approx(1, abs=5e-3)


def test_a_recording_of_several_windows_has_their_mean(
    embedding: TinyEmbedding, tmp_path: Path
) -> None:
    first, second = (motion(item) for item in gallery(88_002)[:2])
    np.save(tmp_path / "both.imu.npy", np.concatenate([first, second]))
    one, two, both = embedding.embed_measured(
        Modality.IMU, [first.T, second.T, tmp_path / "both.imu.npy"]
    )
    mean = np.float32(0.5) * (one + two)
    # the sum is of vectors before they are normalised, so the longer one counts for more
    assert both @ (mean / np.linalg.norm(mean)) > 0.95


def test_a_damaged_file_costs_its_own_row(embedding: TinyEmbedding, tmp_path: Path) -> None:
    written = write_sensed(gallery(88_003)[:2], tmp_path, side=32)
    nodes = [node for row in written for node in read_file(row.depth, row.depth.name)]
    written[0].depth.write_bytes(written[0].depth.read_bytes()[:100])
    done = embedding.embed_nodes(nodes)
    assert isinstance(done.faults[0], CorruptFile)
    assert done.vectors[0] is None
    assert done.vectors[1] is not None


@pytest.mark.parametrize(
    ("sensor", "values"),
    [
        (Modality.DEPTH, np.ones((3, 4, 5), np.float32)),
        (Modality.DEPTH, np.ones((4, 5), np.int32)),
        (Modality.THERMAL, np.full((4, 5), np.nan, np.float32)),
        (Modality.IMU, np.ones((2000, 6), np.float32)),
    ],
)
def test_arrays_of_another_shape_are_refused(
    embedding: TinyEmbedding, sensor: Modality, values: FloatArray
) -> None:
    with pytest.raises(InputError, match=rf"{sensor.value} must be finite floats"):
        embedding.embed_measured(sensor, [values])


def test_a_checkpoint_without_the_towers_takes_what_it_took(tmp_path: Path) -> None:
    old = tmp_path / "old"
    shutil.copytree(CHECKPOINT, old, ignore=shutil.ignore_patterns("sensors.*"))
    before = TinyEmbedding(model_name=str(old), device="cpu", dtype="float32")
    now = TinyEmbedding(model_name=str(CHECKPOINT), device="cpu", dtype="float32")
    assert before.takes == now.takes - set(SENSORS)
    np.testing.assert_array_equal(before.embed_texts(["a ring"]), now.embed_texts(["a ring"]))
    with pytest.raises(InputError, match="embeds audio, image, text, not depth"):
        before.embed_measured(Modality.DEPTH, [np.ones((4, 4), np.float32)])


@pytest.mark.parametrize("damage", ["cut", "other sizes", "no sizes"])
def test_damaged_towers_are_told(damage: str, tmp_path: Path) -> None:
    folder = tmp_path / "tiny"
    shutil.copytree(CHECKPOINT, folder)
    if damage == "cut":
        weights = folder / "sensors.safetensors"
        weights.write_bytes(weights.read_bytes()[:5000])
    elif damage == "other sizes":
        said = json.loads((folder / "sensors.json").read_text())
        said["sizes"]["width"] = 32
        (folder / "sensors.json").write_text(json.dumps(said))
    else:
        (folder / "sensors.json").unlink()
    with pytest.raises(CheckpointMismatch, match="sensors"):
        TinyEmbedding(model_name=str(folder)).embed_texts(["a ring"])


def test_inputs_are_measured_on_fixed_scales() -> None:
    octave = depth_grid(np.full((5, 7), 1 / 2.0, np.float32))[0, 0, 0] - depth_grid(
        np.full((5, 7), 1 / 4.0, np.float32)
    )
    assert octave == pytest.approx(2 / 7)  # seven octaves from 0.25 to 32 m
    degrees = np.float32([[0, 30, 60, 90]])
    assert thermal_grid(degrees)[0, 0, ::16] == pytest.approx([-1, 0, 1, 1])
    time = np.arange(2000) / 400
    window = np.zeros((6, 2000), np.float32)
    window[2] = 9.81 + np.sin(2 * np.pi * 10 * time)
    grid = motion_grid(window)
    assert grid.shape == (6, 64, 64)
    assert (grid[[0, 1, 3, 4, 5]] == -1).all()
    strongest = np.geomspace(1, 120, 64)[grid[2, :, 32].argmax()]
    assert strongest == pytest.approx(10, rel=0.05)
    assert grid[2, :, 32].max() == pytest.approx(2 * 2 / 3 - 1, abs=0.03)  # 1 m/s² of 0.01 to 10


def test_items_are_of_one_world() -> None:
    item = Item(CONCEPTS[0], "top left", 5)
    near, warm = 1 / depth_map(item, 32), thermal_map(item, 32)
    for values in (near, warm):
        quarters = [q.max() for half in np.split(values, 2) for q in np.split(half, 2, axis=1)]
        assert int(np.argmax(quarters)) == 0
