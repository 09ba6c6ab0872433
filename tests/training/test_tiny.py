"""What the tiny model is trained on, and that a run of a few steps learns and repeats itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from mmrag.embeddings.tiny_inputs import BUCKET, BUCKETS
from mmrag.embeddings.tiny_model import TinyConfig, TinyModel, load, save
from mmrag.training import tiny
from mmrag.training.contrastive import History
from mmrag.training.shapes import COLOURS, CONCEPTS, Item
from mmrag.training.tiny import OPTIONS, PAIRS, SEEN, one_of_each, render, train_tiny, vocabulary

MICRO = TinyConfig(vocabulary(), dimension=8, width=16, layers=1, heads=2)
FEW = [concept for concept in SEEN if concept.shape == "circle"]
SHORT = replace(OPTIONS, steps=20, learning_rate=5e-3, log_every=19)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """The models are so small that threads only get into each other's way."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def trained() -> tuple[TinyModel, History]:
    return train_tiny(MICRO, SHORT, renderings=2, concepts=FEW)


def test_a_short_run_learns(trained: tuple[TinyModel, History]) -> None:
    _, history = trained
    first, last = history.entries[0], history.entries[-1]
    assert (first.step, last.step) == (1, 20)
    assert set(first.losses) == {"image-text", "image-audio"}
    for pair, loss in first.losses.items():
        assert last.losses[pair] < 0.8 * loss


def test_a_short_run_repeats_itself(trained: tuple[TinyModel, History]) -> None:
    model, history = trained
    again, same = train_tiny(MICRO, SHORT, renderings=2, concepts=FEW)
    assert same.entries == history.entries
    for name, weight in model.state_dict().items():
        assert torch.equal(weight, again.state_dict()[name]), name


def test_the_recipe_is_the_one_that_made_the_checkpoint(
    trained: tuple[TinyModel, History],
) -> None:
    """Numbers of the trainer before it could do more than this; processors differ a little."""
    model, history = trained
    assert dict(history.entries[0].losses) == pytest.approx(
        {"image-text": 7.9996395, "image-audio": 6.0794773}, abs=1e-4
    )
    assert dict(history.entries[-1].losses) == pytest.approx(
        {"image-text": 1.9481055, "image-audio": 2.0472488}, abs=2e-3
    )
    first = model.state_dict()["towers.image.head.weight"].flatten()[:5].tolist()
    assert first == pytest.approx([0.230145, -0.013359, 0.239860, -0.190478, 0.158088], abs=1e-3)


def test_text_and_sound_never_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [set(pair) for pair in PAIRS] == [{"image", "text"}, {"image", "audio"}]
    shown: dict[str, list[Item]] = {}

    def note(model: TinyModel, modality: str, items: list[Item]) -> torch.Tensor:
        shown.setdefault(modality, []).extend(items)
        return torch.zeros(len(items), 1)

    monkeypatch.setattr(tiny, "inputs", note)
    data = render(TinyModel(MICRO), seed=4, renderings=3)
    assert [(pair.left, pair.right) for pair in data] == list(PAIRS)
    # No item, and so no picture, is in both pairs.
    assert len(shown["image"]) == 2 * 3 * len(SEEN)
    assert {item.seed for item in shown["text"]} & {item.seed for item in shown["audio"]} == set()
    assert {item.concept for item in shown["image"]} == set(SEEN)
    assert len(set(CONCEPTS) - {item.concept for item in shown["image"]}) == 10


def test_a_gradient_of_one_pair_leaves_the_third_tower_alone(
    trained: tuple[TinyModel, History],
) -> None:
    model, _ = trained
    for left, right, third in (("image", "text", "audio"), ("image", "audio", "text")):
        data = [pair for pair in render(model, 1, 1, FEW) if pair.right == right]
        (batch,) = one_of_each(data)(torch.Generator().manual_seed(0))
        model.zero_grad()
        (model.encode(left, batch.lefts) * model.encode(right, batch.rights)).sum().backward()
        moved = {name for name, p in model.named_parameters() if p.grad is not None}
        assert not any(name.startswith(f"towers.{third}.") for name in moved)
        assert any(name.startswith(f"towers.{right}.") for name in moved)


def test_a_batch_holds_each_concept_once_and_partners_side_by_side() -> None:
    concepts = [concept for concept in CONCEPTS if concept.shape == "ring" and concept.seen]
    model = TinyModel(MICRO)
    data = [pair for pair in render(model, 2, 4, concepts) if pair.right == "text"]
    (batch,) = one_of_each(data)(torch.Generator().manual_seed(3))
    words = {row: word for word, row in model.known.items()}
    for concept, ids in zip(concepts, batch.rights.tolist(), strict=True):
        said = {words[i] for i in ids if i in words}
        assert concept.size in said
        assert said & set(COLOURS) == {concept.colour}
    assert batch.lefts.dtype == torch.float32
    assert len({tuple(picture.flatten().tolist()) for picture in batch.lefts}) == len(concepts)


def test_half_of_the_captions_hold_words_without_meaning() -> None:
    model = TinyModel(MICRO)
    (data,) = [pair for pair in render(model, 5, 4, SEEN[:30]) if pair.right == "text"]
    ids = data.rights.flatten(0, 1)
    meaningless = (ids >= BUCKET) & (ids < BUCKET + BUCKETS)
    assert 0.35 < meaningless.any(1).float().mean() < 0.65
    assert meaningless.sum(1).max() <= 6


def test_the_command_writes_a_checkpoint_that_says_where_it_is_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tiny, "RENDERINGS", 1)
    monkeypatch.setattr(tiny, "train_tiny", _micro)
    tiny.main(["--out", str(tmp_path / "new"), "--steps", "2", "--seed", "9"])
    config = json.loads((tmp_path / "new" / "config.json").read_text(encoding="utf-8"))
    assert config["licence"] == "Apache-2.0"
    assert config["pairs"] == ["image-text", "image-audio"]
    assert (config["options"]["steps"], config["options"]["seed"]) == (2, 9)
    assert config["sizes"]["width"] == 16
    assert set(config["last_step"]["losses"]) == {"image-text", "image-audio"}
    assert load(tmp_path / "new").config == MICRO


def _micro(config: TinyConfig, options: object, **more: object) -> tuple[TinyModel, History]:
    assert config == TinyConfig(vocabulary())
    return train_tiny(MICRO, options, renderings=1, concepts=FEW)  # type: ignore[arg-type]  # options


def test_running_statistics_are_kept_and_used(
    trained: tuple[TinyModel, History], tmp_path: Path
) -> None:
    model, _ = trained
    save(model, tmp_path, {})
    loaded = load(tmp_path)
    assert not loaded.training
    norm = loaded.stems["image"].layers[1]
    assert isinstance(norm, torch.nn.BatchNorm2d)
    assert norm.running_mean is not None
    assert norm.running_mean.abs().max() > 1e-3
    pictures = torch.randn(4, 3, 64, 64, generator=torch.Generator().manual_seed(2))
    with torch.inference_mode():
        together, alone = loaded.encode("image", pictures), loaded.encode("image", pictures[:1])
        before = model.encode("image", pictures)
    assert torch.allclose(together[:1], alone, atol=1e-5)  # a batch does not change its rows
    # bfloat16 keeps 8 bits of each weight.
    assert torch.nn.functional.cosine_similarity(together, before).min() > 0.999
