"""Pictures and sounds through sentence-transformers, against transformers' own use of the model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from standins.media import texture, tones

from mmrag.embeddings.sentence_transformer import SentenceTransformerEmbedding
from mmrag.errors import CorruptFile, MmragError
from mmrag.modalities import Modality
from mmrag.store.spec import FloatArray

RATE = 48_000
HEARD = 10 * RATE  # samples, of CLAP


def unit(rows: Any) -> FloatArray:
    values = np.asarray(rows, dtype=np.float32)
    found: FloatArray = values / np.linalg.norm(values, axis=-1, keepdims=True)
    return found


@pytest.fixture(scope="module")
def clip(clip_folder: Path) -> SentenceTransformerEmbedding:
    return SentenceTransformerEmbedding(str(clip_folder), device="cpu")


@pytest.fixture(scope="module")
def clap(clap_folder: Path) -> SentenceTransformerEmbedding:
    return SentenceTransformerEmbedding(str(clap_folder), device="cpu")


def heard(folder: Path, samples: FloatArray) -> FloatArray:
    """(d,) of up to 10 s by transformers."""
    import torch
    from transformers import ClapFeatureExtractor, ClapModel

    model = ClapModel.from_pretrained(folder).eval()
    taken = ClapFeatureExtractor.from_pretrained(folder)(
        samples, sampling_rate=RATE, return_tensors="pt"
    )
    with torch.no_grad():
        return unit(model.get_audio_features(**taken).pooler_output)[0]


def test_pictures_are_those_of_transformers(
    clip: SentenceTransformerEmbedding, clip_folder: Path, pictures: Path
) -> None:
    import torch
    from transformers import CLIPImageProcessorPil, CLIPModel

    files = [pictures / f"{name}.png" for name in ("wide", "tall", "grey", "dot")]
    images = [Image.open(file).convert("RGB") for file in files]
    pixels = CLIPImageProcessorPil.from_pretrained(clip_folder)(images, return_tensors="pt")
    with torch.no_grad():
        features = CLIPModel.from_pretrained(clip_folder).eval().get_image_features(**pixels)
    assert clip.takes == {Modality.TEXT, Modality.IMAGE}
    found = clip.embed_images([files[0], images[1], *files[2:]])
    assert np.abs(found - unit(features.pooler_output)).max() < 1e-5
    assert clip.embed_texts(["a red cat"]).shape == (1, found.shape[1]) == (1, clip.dimension)


def test_the_library_never_gets_a_path(
    clip: SentenceTransformerEmbedding, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, taken = clip._loaded(), []
    preprocess = model.preprocess
    monkeypatch.setattr(model, "preprocess", lambda x, **kw: taken.extend(x) or preprocess(x, **kw))
    path = str(pictures / "wide.png")
    clip.embed_queries([path])
    clip.embed_texts([path])
    clip.embed_images([path])
    assert taken[:2] == [{"text": path}, {"text": path}]
    assert isinstance(taken[2]["image"], Image.Image)


def test_a_damaged_picture_costs_its_own_row(
    clip: SentenceTransformerEmbedding, pictures: Path
) -> None:
    faults: dict[int, MmragError] = {}
    files = [pictures / "wide.png", pictures / "broken.png", pictures / "tall.png"]
    found = clip.embed_images(files, on_fault=faults.__setitem__)
    assert list(faults) == [1]
    assert isinstance(faults[1], CorruptFile)
    assert not found[1].any()
    assert np.abs(found[[0, 2]] - clip.embed_images([files[0], files[2]])).max() < 1e-6


def test_sounds_are_those_of_transformers(
    clap: SentenceTransformerEmbedding, clap_folder: Path
) -> None:
    sounds = [tones(2, seed=1), tones(9.5, seed=2), np.zeros(RATE, dtype=np.float32)]
    assert clap.takes == {Modality.TEXT, Modality.AUDIO}
    assert clap.sample_rate == RATE
    wanted = np.stack([heard(clap_folder, samples) for samples in sounds])
    assert np.abs(clap.embed_audios(sounds) - wanted).max() < 1e-5


def test_three_minutes_are_heard_at_four_places_and_always_the_same(
    clap: SentenceTransformerEmbedding, clap_folder: Path
) -> None:
    long = tones(180, seed=3)
    starts = np.linspace(0, len(long) - HEARD, 4).round().astype(int)
    mean = unit(np.mean([heard(clap_folder, long[s : s + HEARD]) for s in starts], axis=0))
    short = tones(1, seed=4)
    found = clap.embed_audios([long, short])
    assert np.abs(found - [mean, heard(clap_folder, short)]).max() < 1e-5


def test_each_place_of_a_recording_counts_the_same(
    clap: SentenceTransformerEmbedding, monkeypatch: pytest.MonkeyPatch
) -> None:
    # CLAP scales its vectors itself; these stand for a model that does not
    import torch

    rows = torch.zeros(2, clap.dimension)
    rows[0, 0], rows[1, 1] = 3.0, 1.0
    monkeypatch.setattr(SentenceTransformerEmbedding, "_encode", lambda *_, **__: rows)
    found = clap.embed_audios([tones(20)])
    assert found[0, :3].tolist() == pytest.approx([0.5**0.5, 0.5**0.5, 0])


def test_a_router_of_several_models_takes_what_each_of_them_takes(
    clip: SentenceTransformerEmbedding,
    clap: SentenceTransformerEmbedding,
    clip_folder: Path,
    clap_folder: Path,
    tmp_path: Path,
) -> None:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.modules import Router, Transformer

    parts = {"clip": [Transformer(str(clip_folder))], "clap": [Transformer(str(clap_folder))]}
    routes = {(None, "text"): "clip", (None, "image"): "clip", (None, "audio"): "clap"}
    SentenceTransformer(
        modules=[Router(parts, route_mappings=routes)], device="cpu"
    ).save_pretrained(str(tmp_path))
    both = SentenceTransformerEmbedding(str(tmp_path), device="cpu")
    assert both.takes == {Modality.TEXT, Modality.IMAGE, Modality.AUDIO}
    assert both.sample_rate == RATE
    sounds, words, images = [tones(2, seed=1)], ["a red cat"], [texture(50, 40)]
    assert np.abs(both.embed_audios(sounds) - clap.embed_audios(sounds)).max() < 1e-6
    assert np.abs(both.embed_texts(words) - clip.embed_texts(words)).max() < 1e-6
    assert np.abs(both.embed_images(images) - clip.embed_images(images)).max() < 1e-6
