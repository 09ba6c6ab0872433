"""Each embedding that can be trained: its towers are its own, and what is saved loads by path."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from standins.media import texture

from mmrag.embeddings.base import MediaEmbedding
from mmrag.embeddings.catalogue import embedding_named
from mmrag.embeddings.clip import ClipEmbedding
from mmrag.embeddings.ollama import OllamaEmbedding
from mmrag.errors import ConfigError
from mmrag.modalities import Modality

TEXT, IMAGE, AUDIO = Modality.TEXT, Modality.IMAGE, Modality.AUDIO
FOLDERS = ["clip_folder", "metaclip_folder", "siglip_folder", "naflex_folder", "clap_folder"]


def inputs(embedding: MediaEmbedding, modality: Modality) -> list[object]:
    if modality is TEXT:
        return ["a red cat", "dog"]
    if modality is IMAGE:
        return [texture(40, 50, seed) for seed in (1, 2)]
    seconds = np.linspace(0, 1, embedding.sample_rate, dtype=np.float32)
    return [np.sin(2 * np.pi * pitch * seconds).astype(np.float32) for pitch in (220, 440)]


@pytest.fixture(params=[*FOLDERS, "tiny"])
def embedding(request: pytest.FixtureRequest) -> MediaEmbedding:
    name = str(request.param)
    model = name if name == "tiny" else str(request.getfixturevalue(name))
    made = embedding_named(model)
    made.dtype = "float32"
    return made


def test_the_towers_are_apart_and_take_gradients(embedding: MediaEmbedding) -> None:
    trainable = embedding.trainable()
    weights = dict(trainable.module.named_parameters())
    for modality, begins in trainable.towers.items():
        trainable.module.zero_grad()
        given = [embedding.prepared(modality, one) for one in inputs(embedding, modality)]
        vectors = embedding.raw_vectors(modality, given)
        torch.autograd.backward(vectors.float().pow(2).sum())
        reached = {name for name, weight in weights.items() if weight.grad is not None}
        assert reached, modality
        assert all(name.startswith(begins) for name in reached), modality
    owners = [
        sum(name.startswith(begins) for begins in trainable.towers.values()) for name in weights
    ]
    scales = [name for name in weights if "logit" in name]
    assert sorted(set(owners)) == ([0, 1] if scales else [1])
    assert owners.count(0) == len(scales)


def test_raw_vectors_point_where_the_unit_vectors_do(embedding: MediaEmbedding) -> None:
    for modality, embed in (
        (TEXT, embedding.embed_texts),
        (IMAGE, embedding.embed_images),
        (AUDIO, embedding.embed_audios),
    ):
        if modality not in embedding.takes:
            continue
        given = inputs(embedding, modality)
        with torch.no_grad():
            raw = embedding.raw_vectors(modality, [embedding.prepared(modality, g) for g in given])
        unit = torch.nn.functional.normalize(raw.float(), dim=-1).numpy()
        np.testing.assert_allclose(unit, embed(given), atol=2e-5)


def test_what_is_saved_loads_by_path_with_the_changed_weights(
    embedding: MediaEmbedding, tmp_path: Path
) -> None:
    trainable = embedding.trainable()
    before = embedding.embed_texts(["a red cat"])
    with torch.no_grad():
        for weight in trainable.module.parameters():
            weight.mul_(1.25)  # what bfloat16 keeps exactly, for the tiny model
    trainable.save(tmp_path / "saved", 0.05)
    again = embedding_named(str(tmp_path / "saved"))
    again.dtype = "float32"
    assert type(again) is type(embedding)
    for modality in sorted(trainable.towers):
        given = inputs(embedding, modality)
        rows = [embedding.prepared(modality, one) for one in given]
        theirs = [again.prepared(modality, one) for one in given]
        with torch.no_grad():
            ours, found = embedding.raw_vectors(modality, rows), again.raw_vectors(modality, theirs)
        # a stem's BatchNorm and four layers between: rounded weights show a little
        torch.testing.assert_close(found, ours, rtol=0.02, atol=0.02)
    assert np.abs(again.embed_texts(["a red cat"]) - before).max() > 1e-3
    if trainable.temperature is not None:
        assert again.trainable().temperature == pytest.approx(0.05, rel=1e-5)


def test_other_backends_and_models_are_refused(clip_folder: Path) -> None:
    with pytest.raises(ConfigError, match="no weights that can be trained; fine-tune the torch"):
        ClipEmbedding(str(clip_folder), backend="torch-int8").trainable()
    with pytest.raises(ConfigError, match=r"OllamaEmbedding .* cannot be fine-tuned"):
        OllamaEmbedding("ollama:any").trainable()
