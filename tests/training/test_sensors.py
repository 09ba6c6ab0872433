"""That the towers for sensors learn from pictures' vectors, and leave the rest as it is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from mmrag.embeddings.tiny_model import TinyConfig, TinyModel, save
from mmrag.embeddings.tiny_sensors import CHANNELS, TinySensors, load
from mmrag.training import sensors
from mmrag.training.contrastive import History
from mmrag.training.sensed import GRAVITY, depth_map, motion, thermal_map
from mmrag.training.sensors import OPTIONS, render, train_sensors
from mmrag.training.shapes import COLOURS, Concept, Item
from mmrag.training.tiny import SEEN, vocabulary

MICRO = TinyConfig(vocabulary(), dimension=8, width=16, layers=1, heads=2)
FEW = [concept for concept in SEEN if concept.shape == "circle"]
SHORT = replace(OPTIONS, steps=20, learning_rate=5e-3, log_every=19)


@pytest.fixture(scope="module", autouse=True)
def threads(one_thread: None) -> Iterator[None]:
    """With models so small, threads only get into each other's way."""
    yield


@pytest.fixture(scope="module")
def model() -> TinyModel:
    torch.manual_seed(0)
    return TinyModel(MICRO).eval()


@pytest.fixture(scope="module")
def trained(model: TinyModel) -> tuple[TinySensors, History]:
    return train_sensors(model, SHORT, width=16, renderings=2, concepts=FEW)


def test_a_short_run_learns_and_the_model_stays(
    model: TinyModel, trained: tuple[TinySensors, History]
) -> None:
    torch.manual_seed(0)
    before = TinyModel(MICRO).state_dict()
    for name, weight in model.state_dict().items():
        assert torch.equal(weight, before[name]), name
    first, last = trained[1].entries[0], trained[1].entries[-1]
    assert set(first.losses) == {f"image-{name}" for name in CHANNELS}
    for pair, loss in first.losses.items():
        assert last.losses[pair] < 0.9 * loss, pair


def test_a_short_run_repeats_itself(model: TinyModel, trained: tuple[TinySensors, History]) -> None:
    again, same = train_sensors(model, SHORT, width=16, renderings=2, concepts=FEW)
    assert same.entries == trained[1].entries
    for name, weight in trained[0].state_dict().items():
        assert torch.equal(weight, again.state_dict()[name]), name


def test_sensors_meet_pictures_of_their_own_only(model: TinyModel) -> None:
    data = render(model, 3, 2, FEW)
    assert [(pair.left, pair.right) for pair in data] == [("image", name) for name in CHANNELS]
    for pair in data:
        assert pair.lefts.shape == (len(FEW), 2, 8)
        assert pair.rights.shape == (len(FEW), 2, CHANNELS[pair.right], 64, 64)
        assert not pair.lefts.requires_grad
    assert not torch.equal(data[0].lefts, data[1].lefts)


def test_the_command_writes_beside_the_checkpoint(
    model: TinyModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(model, tmp_path, {})
    weights = (tmp_path / "model.safetensors").read_bytes()

    def small(given: TinyModel, options: object, **more: object) -> tuple[TinySensors, History]:
        return train_sensors(given, options, width=16, renderings=1, concepts=FEW)  # type: ignore[arg-type]  # options

    monkeypatch.setattr(sensors, "train_sensors", small)
    sensors.main(["--into", str(tmp_path), "--steps", "2", "--seed", "9"])
    assert (tmp_path / "model.safetensors").read_bytes() == weights
    said = json.loads((tmp_path / "sensors.json").read_text(encoding="utf-8"))
    assert (said["options"]["steps"], said["options"]["seed"]) == (2, 9)
    assert load(tmp_path).config.width == 16


def item(colour: str, shape: str = "circle", size: str = "large") -> Item:
    return Item(Concept(colour, shape, size), "top left", 17)


def test_colours_are_distances_temperatures_and_frequencies() -> None:
    nearest = [float(np.quantile(depth_map(item(colour)), 0.02)) for colour in COLOURS]
    warmest = [float(np.quantile(thermal_map(item(colour)), 0.98)) for colour in COLOURS]
    assert nearest == sorted(nearest) and nearest[0] == pytest.approx(0.8, rel=0.08)
    assert warmest == sorted(warmest) and warmest[-1] == pytest.approx(54, abs=1.2)
    spectra = [np.abs(np.fft.rfft(motion(item(colour))[:, 0]))[1:] for colour in COLOURS]
    peaks = [(1 + int(spectrum.argmax())) / 5 for spectrum in spectra]
    assert peaks == sorted(peaks)
    assert peaks[0] == pytest.approx(3, rel=0.1)


def test_sizes_are_strengths_and_gravity_points_down() -> None:
    small, large = (motion(item("red", size=size)) for size in ("small", "large"))
    assert large[:, 0].std() > 3 * small[:, 0].std()
    assert small[:, 2].mean() == pytest.approx(GRAVITY, abs=0.2)


def test_an_item_is_the_same_every_time() -> None:
    for make in (depth_map, thermal_map, motion):
        np.testing.assert_array_equal(make(item("blue", "ring")), make(item("blue", "ring")))
