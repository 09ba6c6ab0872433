"""What cosines are multiplied by: against the logits of the library's own forward pass."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers

from mmrag.embeddings.base import MediaEmbedding
from mmrag.embeddings.clap import ClapEmbedding
from mmrag.embeddings.clip import ClipEmbedding
from mmrag.embeddings.siglip import SiglipEmbedding
from mmrag.embeddings.tiny import TinyEmbedding
from mmrag.errors import InputError
from mmrag.modalities import Modality

TINY = Path(__file__).parents[1] / "data" / "tiny"
PIXELS = torch.linspace(-1, 1, 2 * 3 * 32 * 32).view(2, 3, 32, 32)
TOKENS = torch.tensor([[4, 5, 2], [5, 6, 2]])


@pytest.mark.parametrize(
    ("fixture", "kind", "inputs"),
    [
        ("clip_folder", ClipEmbedding, {"pixel_values": PIXELS}),
        ("metaclip_folder", ClipEmbedding, {"pixel_values": PIXELS}),
        ("siglip_folder", SiglipEmbedding, {"pixel_values": PIXELS}),
        (
            "clap_folder",
            ClapEmbedding,
            {
                "input_features": torch.linspace(-9, 9, 2 * 1001 * 64).view(2, 1, 1001, 64),
                "is_longer": torch.zeros((2, 1), dtype=torch.bool),
            },
        ),
    ],
)
def test_logits_are_those_of_the_library(
    request: pytest.FixtureRequest, fixture: str, kind: type[MediaEmbedding], inputs: Any
) -> None:
    folder = request.getfixturevalue(fixture)
    modality = Modality.AUDIO if kind is ClapEmbedding else Modality.IMAGE
    found = kind.from_pretrained(folder, dtype="float32").logit_scale(modality)
    assert found is not None
    assert (found.bias is not None) == (kind is SiglipEmbedding)
    with torch.no_grad():
        out = transformers.AutoModel.from_pretrained(folder).eval()(input_ids=TOKENS, **inputs)
    media = out.audio_embeds if kind is ClapEmbedding else out.image_embeds
    logits = out.logits_per_audio if kind is ClapEmbedding else out.logits_per_image
    cosines = (media / media.norm(dim=1, keepdim=True)) @ (
        out.text_embeds / out.text_embeds.norm(dim=1, keepdim=True)
    ).T
    assert cosines.std() > 1e-3  # else any scale would do
    np.testing.assert_allclose(found.scale * cosines + (found.bias or 0), logits, atol=1e-5)


def test_the_naflex_checkpoint_has_both_numbers(naflex_folder: Path) -> None:
    found = SiglipEmbedding.from_pretrained(naflex_folder).logit_scale(Modality.IMAGE)
    model = transformers.AutoModel.from_pretrained(naflex_folder)
    assert found is not None
    assert found.scale == pytest.approx(model.logit_scale.exp().item())
    assert found.bias == pytest.approx(model.logit_bias.item())


def test_eight_bits_change_no_scale(clip_folder: Path) -> None:
    rounded = ClipEmbedding.from_pretrained(clip_folder, backend="torch-int8")
    exact = ClipEmbedding.from_pretrained(clip_folder)
    assert rounded.logit_scale(Modality.IMAGE) == exact.logit_scale(Modality.IMAGE)


def test_the_tiny_checkpoint_tells_its_temperature(tmp_path: Path) -> None:
    found = TinyEmbedding.from_pretrained(TINY).logit_scale(Modality.AUDIO)
    assert found is not None
    assert found.scale == pytest.approx(1 / 0.06384672079499334)
    assert found.bias is None


def test_texts_among_themselves_were_not_trained_and_scenes_are_pictures(
    clip_folder: Path,
) -> None:
    clip = ClipEmbedding.from_pretrained(clip_folder)
    assert clip.logit_scale(Modality.TEXT) is None
    assert clip.logit_scale(Modality.VIDEO) == clip.logit_scale(Modality.IMAGE) is not None
    with pytest.raises(InputError, match="embeds image, text, not audio"):
        clip.logit_scale(Modality.AUDIO)
