"""ImageBind for fine-tuning: float32, its image tower as anchor, saved with its licence."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from mmrag.embeddings.imagebind.embedding import ImageBindEmbedding
from mmrag.errors import ConfigError
from mmrag.modalities import Modality


def test_a_tower_is_trained_and_saved(folder: Path, tmp_path: Path) -> None:
    embedding = ImageBindEmbedding(str(folder), dtype="float32")
    trainable = embedding.trainable()
    assert (trainable.anchor, trainable.licence) == (Modality.IMAGE, "Apache-2.0")
    picture = [Image.new("RGB", (40, 40), "red")]
    sound = [np.sin(np.linspace(0, 900, 32_000)).astype(np.float32)]
    before = embedding.embed_images(picture)
    rows = [embedding.prepared(Modality.AUDIO, one) for one in sound]
    torch.autograd.backward(embedding.raw_vectors(Modality.AUDIO, rows)[:, 0].sum())
    weights = dict(trainable.module.named_parameters())
    reached = {name for name, weight in weights.items() if weight.grad is not None}
    assert all(name.startswith(trainable.towers[Modality.AUDIO]) for name in reached)
    with torch.no_grad():
        for name in reached:
            weights[name].sub_(0.1 * torch.sign(weights[name].grad))  # type: ignore[arg-type]
    changed = embedding.embed_audios(sound)
    trainable.save(tmp_path / "saved", 0.07)
    again = ImageBindEmbedding(str(tmp_path / "saved"), dtype="float32")
    np.testing.assert_allclose(again.embed_audios(sound), changed, atol=1e-6)
    np.testing.assert_allclose(again.embed_images(picture), before, atol=1e-6)
    assert json.loads((tmp_path / "saved" / "config.json").read_text())["licence"] == "Apache-2.0"


def test_weights_of_few_digits_are_refused(folder: Path) -> None:
    with pytest.raises(ConfigError, match="load with dtype='float32'"):
        ImageBindEmbedding(str(folder), dtype="bfloat16").trainable()
