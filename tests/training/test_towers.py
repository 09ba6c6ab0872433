"""Towers: frozen ones stay, LoRA trains little and leaves no trace, modes never change."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from mmrag.embeddings.media import ImagePart
from mmrag.errors import ConfigError, InputError
from mmrag.modalities import Modality
from mmrag.profiles import MINILM
from mmrag.training.towers import Towers, exact_attention, trained_embedding

IMAGE, TEXT, AUDIO = Modality.IMAGE, Modality.TEXT, Modality.AUDIO
CAPTIONS = ["a red ring", "a blue star"]


def towers(model: Path, **options: object) -> Towers:
    sides = (IMAGE, TEXT)
    return Towers(trained_embedding(str(model), sides), sides, **options)  # type: ignore[arg-type]


def trained(found: Towers) -> set[str]:
    return {name for name, weight in found.model.named_parameters() if weight.requires_grad}


def test_only_the_towers_of_the_pairs_are_trained(micro: Path) -> None:
    both = towers(micro)
    assert {name.split(".")[1] for name in trained(both) if name.startswith("tower")} == {
        "image",
        "text",
    }
    few, whole = both.counts
    assert 0 < few < whole == sum(w.numel() for w in both.model.parameters())
    frozen = towers(micro, freeze=[TEXT])
    assert all(".image." in name for name in trained(frozen))
    with pytest.raises(ConfigError, match="every tower of these pairs is frozen"):
        towers(micro, freeze=[TEXT, IMAGE])


def test_batch_norms_keep_their_statistics(micro: Path, stamps: Path) -> None:
    found = towers(micro)
    before = {name: value.clone() for name, value in found.model.named_buffers()}
    found.train()
    row = found.embedding.prepared(IMAGE, ImagePart(stamps / "00.png"))
    alone, beside = found.encode("image", [row]), found.encode("image", [row, row * 0])
    torch.testing.assert_close(alone[0], beside[0])
    for name, value in found.model.named_buffers():
        assert torch.equal(value, before[name]), name


def test_lora_trains_little_counts_without_gradients_and_merges(micro: Path) -> None:
    found = towers(micro, freeze=[IMAGE], lora_rank=2)
    names = trained(found)
    assert names
    assert all("lora_" in name and ".text." in name for name in names)
    assert not any("self_attn" in name for name in names)
    start = found.encode("text", CAPTIONS).detach()
    with torch.no_grad():
        for number, (name, weight) in enumerate(found.model.named_parameters()):
            if name in names:
                weight.copy_(
                    torch.randn(weight.shape, generator=torch.Generator().manual_seed(number))
                )
    with exact_attention():
        changed = found.encode("text", CAPTIONS)
        with torch.no_grad():
            torch.testing.assert_close(found.encode("text", CAPTIONS), changed.detach())
    assert (changed - start).abs().max() > 0.01
    keys = set(towers(micro).model.state_dict())
    found.merge()
    assert set(found.model.state_dict()) == keys
    torch.testing.assert_close(found.encode("text", CAPTIONS), changed, atol=1e-4, rtol=1e-4)


def test_a_seed_repeats_loras_first_values(micro: Path) -> None:
    one, two, other = (
        towers(micro, lora_rank=2, seed=seed).model.state_dict() for seed in (1, 1, 2)
    )
    drawn = [name for name in one if "lora_A" in name]
    assert all(torch.equal(one[name], two[name]) for name in drawn)
    assert not any(torch.equal(one[name], other[name]) for name in drawn)


def test_models_that_do_not_take_the_pairs_are_refused() -> None:
    with pytest.raises(InputError, match="takes text, and these pairs have image"):
        trained_embedding(MINILM, (IMAGE, TEXT))
