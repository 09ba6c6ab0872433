"""CLAP on tiny checkpoints, against the library's own forward."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers
from standins.media import tones, write_wav

from mmrag.embeddings.clap import WINDOWS, ClapEmbedding
from mmrag.embeddings.windows import window_starts
from mmrag.errors import CheckpointMismatch, InputError, NonFiniteVector
from mmrag.store.spec import FloatArray

RATE = 48_000
TEXTS = ["rain on a roof", "", "a dog barks", "ok", "a bell " * 3]
PINNED = {  # of a text and three seconds of sound, computed once by transformers 5.23 alone
    "clap_folder": [
        [0.262039, 0.073540, -0.180778, 0.326979, -0.121714],
        [-0.063443, 0.403689, -0.033981, 0.157797, 0.075802],
    ],
    "fused_clap_folder": [
        [-0.015429, -0.086547, -0.377227, -0.381571, -0.265036],
        [0.360132, -0.113355, 0.166517, 0.029946, 0.126649],
    ],
}


@pytest.fixture(params=list(PINNED))
def folder(request: pytest.FixtureRequest) -> Path:
    path: Path = request.getfixturevalue(request.param)
    return path


@pytest.fixture(scope="module")
def clap(clap_folder: Path) -> ClapEmbedding:
    return ClapEmbedding.from_pretrained(clap_folder, dtype="float32")


def reference_sounds(folder: Path, sounds: list[FloatArray]) -> FloatArray:
    """Of sounds up to 10 s; in none of them anything is to be fused."""
    model = transformers.ClapModel.from_pretrained(folder).eval()
    extractor = transformers.ClapFeatureExtractor.from_pretrained(folder)
    inputs = extractor(sounds, sampling_rate=RATE, return_tensors="pt")
    inputs["is_longer"] = torch.zeros((len(sounds), 1), dtype=torch.bool)
    with torch.no_grad():
        vectors: FloatArray = model.get_audio_features(**inputs).pooler_output.numpy()
        return vectors


def reference_texts(folder: Path, texts: list[str]) -> FloatArray:
    model = transformers.ClapModel.from_pretrained(folder).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    tokens = tokenizer(texts, padding="max_length", max_length=32, return_tensors="pt")
    with torch.no_grad():
        vectors: FloatArray = model.get_text_features(**tokens).pooler_output.numpy()
        return vectors


def test_texts_are_equal_to_the_library(folder: Path) -> None:
    found = ClapEmbedding.from_pretrained(folder, dtype="float32").embed_texts(TEXTS)
    assert abs(found - reference_texts(folder, TEXTS)).max() <= 1e-6


def test_sounds_are_equal_to_the_library(folder: Path) -> None:
    sounds = [tones(3), tones(10, seed=1), tones(0.01, seed=2)]
    found = ClapEmbedding.from_pretrained(folder, dtype="float32").embed_audios(sounds)
    assert abs(found - reference_sounds(folder, sounds)).max() <= 1e-6
    assert abs(found[0] - found[1]).max() > 1e-3


@pytest.mark.parametrize("name", list(PINNED))
def test_the_first_five_numbers_stay(request: pytest.FixtureRequest, name: str) -> None:
    made = ClapEmbedding.from_pretrained(request.getfixturevalue(name), dtype="float32")
    found = [made.embed_texts(["a dog barks"])[0, :5], made.embed_audios([tones(3)])[0, :5]]
    np.testing.assert_allclose(found, PINNED[name], atol=1e-5)


def test_a_batch_gives_what_singles_give(clap: ClapEmbedding) -> None:
    single = np.concatenate([clap.embed_texts([text]) for text in TEXTS])
    assert abs(clap.embed_texts(TEXTS) - single).max() <= 1e-6
    sounds = [tones(1), tones(14, seed=1), tones(2, seed=2)]
    single = np.concatenate([clap.embed_audios([sound]) for sound in sounds])
    assert abs(clap.embed_audios(sounds) - single).max() <= 1e-6


def test_of_a_long_recording_stretches_are_heard_and_averaged(folder: Path) -> None:
    sound = tones(25)
    clap = ClapEmbedding.from_pretrained(folder, dtype="float32", embed_batch_size=2)
    heard = [sound[start : start + 10 * RATE] for start in (0, 360_000, 720_000)]
    mean = reference_sounds(folder, heard).mean(0)
    found = clap.embed_audios([sound])[0]
    assert abs(found - mean / np.linalg.norm(mean)).max() <= 1e-6
    assert abs(found - clap.embed_audios([sound])[0]).max() == 0  # nothing is left to chance


def test_no_more_windows_than_a_batch_are_computed_at_once(
    clap_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clap = ClapEmbedding.from_pretrained(clap_folder, dtype="float32", embed_batch_size=2)
    model, sizes = clap._loaded().model, []
    forward = model.get_audio_features

    def watched(**inputs: torch.Tensor) -> object:
        sizes.append(len(inputs["input_features"]))
        return forward(**inputs)

    monkeypatch.setattr(model, "get_audio_features", watched)
    clap.embed_audios([tones(25), tones(12)])
    assert sizes == [2, 2, 1]


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0.5, [0]),
        (10, [0]),
        (11, [0, 1]),
        (25, [0, 7.5, 15]),
        (180, [0, 34, 68, 102, 136, 170]),
        (7200, [0, 1438, 2876, 4314, 5752, 7190]),
    ],
)
def test_stretches_are_spread_evenly(seconds: float, expected: list[float]) -> None:
    found = window_starts(round(seconds * RATE), 10 * RATE, most=WINDOWS)
    assert [place / RATE for place in found] == expected
    assert len(found) <= WINDOWS


def test_three_minutes_and_silence(clap: ClapEmbedding, tmp_path: Path) -> None:
    path = write_wav(tmp_path / "long.wav", tones(180, rate=8000), rate=8000)
    silence = np.zeros(RATE, dtype=np.float32)
    long, quiet, sound = clap.embed_audios([path, silence, tones(3)])
    norms = np.linalg.norm([long, quiet, sound], axis=1)
    np.testing.assert_allclose(norms, 1, atol=1e-6)
    assert quiet @ sound < 0.999 and long @ quiet < 0.999


def test_files_of_any_rate_are_brought_to_that_of_the_model(
    clap: ClapEmbedding, tmp_path: Path
) -> None:
    time = np.arange(2 * RATE) / RATE
    sound = (0.4 * np.sin(2 * np.pi * 440 * time)).astype(np.float32)
    path = write_wav(tmp_path / "tone.wav", sound[::3], rate=RATE // 3)
    from_file, from_array = clap.embed_audios([path, sound])
    assert from_file @ from_array > 0.999


def test_samples_that_are_no_numbers_are_refused(clap: ClapEmbedding) -> None:
    with pytest.raises(NonFiniteVector):
        clap.embed_audios([np.full(RATE, np.nan, dtype=np.float32)])
    with pytest.raises(InputError, match=r"in -1..1 at 48000 Hz, found an array \(3,\) of int16"):
        clap.embed_audios([np.zeros(3, dtype=np.int16)])


def test_a_long_text_is_cut(clap: ClapEmbedding) -> None:
    whole, read, less = clap.embed_texts(["ab" * 20_000, "ab" * 15, "ab" * 14])
    assert abs(whole - read).max() <= 1e-6
    assert abs(whole - less).max() > 1e-4


def test_it_takes_no_pictures(clap: ClapEmbedding, pictures: Path) -> None:
    with pytest.raises(InputError, match="ClapEmbedding embeds audio, text, not image"):
        clap.embed_images([pictures / "wide.png"])


@pytest.mark.filterwarnings("ignore:At least one mel filter")  # at 16 kHz, which is the point
def test_what_does_not_fit_is_refused(clap_folder: Path, clip_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(CheckpointMismatch, match="type 'clip', not clap; use ClipEmbedding"):
        ClapEmbedding.from_pretrained(clip_folder).embed_texts(["a"])
    made = shutil.copytree(clap_folder, tmp_path / "changed")
    file = made / "preprocessor_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"sampling_rate": 16_000}))
    with pytest.raises(CheckpointMismatch, match="hears 16000 samples a second"):
        ClapEmbedding.from_pretrained(made).embed_texts(["a"])


def test_names_and_sizes(clap: ClapEmbedding) -> None:
    assert ClapEmbedding.class_name() == "ClapEmbedding"
    assert ClapEmbedding().model_name == "laion/clap-htsat-unfused"
    assert clap.dimension == 16
    assert clap.embed_audios([]).shape == (0, 16)
