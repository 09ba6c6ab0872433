"""The towers: keys and shapes of the published checkpoint, and exact short cuts."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from mmrag.embeddings.imagebind.config import ImageBindConfig, TextTower, Tower
from mmrag.embeddings.imagebind.model import ImageBindModel
from mmrag.errors import InputError

KEYS = Path(__file__).with_name("keys.txt")


def published() -> dict[str, tuple[int, ...]]:
    """Keys and shapes of imagebind_huge, out of a table with one row for all blocks of a tower."""
    found = {}
    for line in KEYS.read_text().splitlines():
        key, shape, times = (cell.strip() for cell in line.split("|"))
        for block in range(int(times.removeprefix("x"))):
            found[key.replace("{i}", str(block))] = tuple(json.loads(shape))
    return found


def test_the_state_dict_of_the_huge_model_is_the_published_one() -> None:
    with torch.device("meta"):
        state = ImageBindModel(ImageBindConfig.huge()).state_dict()
    assert {key: tuple(value.shape) for key, value in state.items()} == published()
    assert len(state) == 1311
    assert sum(value.numel() for value in state.values()) == 1_200_786_990


def test_random_weights_are_repeatable_and_of_the_type_asked_for(config: ImageBindConfig) -> None:
    first, same, other = (ImageBindModel.random(config, seed=seed) for seed in (1, 1, 2))
    halved = ImageBindModel.random(config, dtype=torch.bfloat16, seed=1)
    key = "modality_trunks.vision.blocks.1.attn.in_proj_weight"
    weight = first.state_dict()[key]
    assert torch.equal(weight, same.state_dict()[key])
    assert not torch.equal(weight, other.state_dict()[key])
    assert torch.equal(weight.bfloat16(), halved.state_dict()[key])
    assert weight.std().item() == pytest.approx(0.02, rel=0.1)
    scales = {k.split(".")[1]: v for k, v in halved.state_dict().items() if "logit" in k}
    assert {v.dtype for v in scales.values()} == {torch.float32}
    lengths = {name: round(value.exp().item(), 3) for name, value in scales.items()}
    assert lengths == {"text": 14.286, "audio": 20.0, "depth": 5.0, "thermal": 10.0, "imu": 5.0}
    mask = first.state_dict()["modality_preprocessors.text.mask"]
    assert torch.equal(mask == 0, torch.ones_like(mask).tril().bool())


def test_a_picture_is_a_clip_of_equal_frames(model: ImageBindModel) -> None:
    pictures = torch.randn(3, 3, 32, 32)
    clips = pictures[:, :, None].expand(-1, -1, 2, -1, -1)
    with torch.inference_mode():
        still, moving = (model.encode_clips("vision", values) for values in (pictures, clips))
    assert (still - moving).abs().max() < 1e-6
    assert (still[0] - still[1]).abs().max() > 1e-3


def test_what_follows_the_end_of_a_text_is_not_seen(
    model: ImageBindModel, config: ImageBindConfig
) -> None:
    end = config.text.vocabulary - 1
    ids = torch.randint(
        0, end, (2, config.text.context), generator=torch.Generator().manual_seed(0)
    )
    ids[0, 4] = ids[1, 7] = end
    other = ids.clone()
    other[0, 5:], other[1, 8:] = 3, 0
    with torch.inference_mode():
        found = model.encode_clips("text", ids)
        assert (found - model.encode_clips("text", other)).abs().max() < 1e-6
        assert (found[:1] - model.encode_clips("text", ids[:1, :5])).abs().max() < 1e-5
        other[0, 3] = (ids[0, 3] + 1) % end
        assert (found - model.encode_clips("text", other))[0].abs().max() > 1e-3


def test_clips_are_averaged_at_their_length_and_not_normalised_again(
    model: ImageBindModel,
) -> None:
    clips = torch.randn(2, 3, 1, 16, 204)
    with torch.inference_mode():
        each = torch.stack([model.encode("audio", clips[:, place]) for place in range(3)])
        found = model.encode("audio", clips)
    assert each.norm(dim=-1).flatten().tolist() == pytest.approx([20.0] * 6, abs=1e-4)
    assert (found - each.mean(0)).abs().max() < 1e-5
    assert found.norm(dim=-1).max() < 20.0


def test_each_modality_has_its_length(model: ImageBindModel) -> None:
    inputs = {
        "vision": torch.randn(1, 3, 32, 32),
        "depth": torch.randn(1, 1, 16, 16),
        "thermal": torch.randn(1, 1, 16, 16),
        "imu": torch.randn(1, 6, 40),
    }
    with torch.inference_mode():
        lengths = {name: round(v.norm().item(), 4) for name, v in model(inputs).items()}
    assert lengths == {"vision": 1.0, "depth": 5.0, "thermal": 10.0, "imu": 5.0}


def test_the_learnt_length_of_text_stops_at_a_hundred(config: ImageBindConfig) -> None:
    model = ImageBindModel.random(config)
    ids = torch.tensor([[0, 1, config.text.vocabulary - 1]])
    for wanted, stored in ((30.0, 30.0), (100.0, 5000.0)):
        scale = model.state_dict()["modality_postprocessors.text.1.log_logit_scale"]
        scale.copy_(torch.tensor(stored).log())
        with torch.inference_mode():
            assert model.encode("text", ids).norm().item() == pytest.approx(wanted, rel=1e-5)


def test_every_weight_learns(model: ImageBindModel, config: ImageBindConfig) -> None:
    learning = copy.deepcopy(model).train()
    inputs = {
        "vision": torch.randn(2, 3, 32, 32),
        "text": torch.tensor([[0, 5, config.text.vocabulary - 1]]),
        "audio": torch.randn(2, 3, 1, 16, 204),
        "depth": torch.randn(2, 1, 16, 16),
        "thermal": torch.randn(2, 1, 16, 16),
        "imu": torch.randn(2, 6, 40),
    }
    direction = torch.linspace(-1, 1, config.dimension)
    sum((vectors @ direction).sum() for vectors in learning(inputs).values()).backward()
    still = [n for n, p in learning.named_parameters() if p.grad is None or not p.grad.any()]
    assert still == []


@pytest.mark.parametrize(
    ("modality", "shape", "message"),
    [
        ("vision", (1, 3, 30, 32), r"vision must be \(n, \*\(3, 32, 32\) or \(3, 2, 32, 32\)\)"),
        ("vision", (1, 3, 2, 32, 32), r"found \(n, \*\(2, 32, 32\)\)"),
        ("audio", (1, 3, 1, 17, 204), r"audio must be .*found \(n, \*\(1, 17, 204\)\)"),
        ("imu", (1, 5, 40), r"imu must be"),
        ("text", (1, 13), r"text must be \(n, 1\.\.12\) ids, found \(n, \*\(13,\)\)"),
        ("smell", (1, 3), r"no modality 'smell'"),
    ],
)
def test_other_shapes_are_refused(
    modality: str, shape: tuple[int, ...], message: str, model: ImageBindModel
) -> None:
    with pytest.raises(InputError, match=message):
        model.encode(modality, torch.zeros(shape))


def test_sizes_that_cannot_be_are_refused(config: ImageBindConfig) -> None:
    with pytest.raises(ValueError, match="width 30 is not a multiple of heads 4"):
        Tower(30, 1, 4, (3, 32, 32), 8, 8)
    with pytest.raises(ValueError, match="width 10 is not a multiple of heads 3"):
        TextTower(10, 1, 3)
    with pytest.raises(ValueError, match="kernel 33 is larger"):
        Tower(32, 1, 4, (3, 32, 32), 33, 8)
    assert ImageBindConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config
    with pytest.raises(TypeError, match="unknown"):
        ImageBindConfig.from_dict({**config.to_dict(), "unknown": 1})
    assert replace(config, dimension=8) != config
