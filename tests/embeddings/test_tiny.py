"""The checkpoint in tests/data/tiny: what it has learnt, its numbers, and inputs it cannot know."""

from __future__ import annotations

import json
import shutil
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers.audio_utils import mel_filter_bank, spectrogram

from mmrag.embeddings.tiny import TinyEmbedding
from mmrag.embeddings.tiny_inputs import (
    BUCKET,
    BUCKETS,
    START,
    pixels,
    spectrograms,
    tokenise,
    word_ids,
)
from mmrag.embeddings.tiny_model import load
from mmrag.errors import CheckpointMismatch, CorruptFile, NonFiniteVector
from mmrag.loaders.registry import read_file
from mmrag.modalities import SENSORS, Modality
from mmrag.store.spec import FloatArray
from mmrag.training.pictures import draw
from mmrag.training.pool import write_items
from mmrag.training.recall import recalls
from mmrag.training.shapes import CONCEPTS, Concept, Item, gallery
from mmrag.training.tones import synthesise

CHECKPOINT = Path(__file__).parents[1] / "data" / "tiny"
DIRECTIONS = tuple(permutations(("text", "image", "audio"), 2))
SEEN = [row for row, concept in enumerate(CONCEPTS) if concept.seen]


@pytest.fixture(scope="module")
def embedding() -> TinyEmbedding:
    return TinyEmbedding(model_name=str(CHECKPOINT), device="cpu", dtype="float32")


def embedded(embedding: TinyEmbedding, items: list[Item]) -> dict[str, FloatArray]:
    return {
        "text": embedding.embed_texts([item.caption() for item in items]),
        "image": embedding.embed_images([draw(item) for item in items]),
        "audio": embedding.embed_audios([synthesise(item) for item in items]),
    }


def test_the_checkpoint_is_small_and_says_where_it_is_from() -> None:
    assert sum(path.stat().st_size for path in CHECKPOINT.iterdir()) <= 6_000_000
    state = load_file(CHECKPOINT / "model.safetensors")
    assert {tensor.dtype for tensor in state.values()} == {torch.bfloat16}
    config = json.loads((CHECKPOINT / "config.json").read_text(encoding="utf-8"))
    assert config["licence"] == "Apache-2.0"
    assert config["pairs"] == ["image-text", "image-audio"]
    assert config["options"]["seed"] == 20


def test_new_items_are_found_across_all_modalities(embedding: TinyEmbedding) -> None:
    """text-audio was never trained. Chance is 1 %."""
    found = recalls(embedded(embedding, gallery(77_001)), DIRECTIONS, SEEN)
    assert found["text_image_r1"] >= 0.95
    assert found["text_audio_r1"] >= 0.9
    assert found["audio_image_r1"] >= 0.9
    assert min(found.values()) >= 0.85


def test_files_are_found_as_well_as_arrays(embedding: TinyEmbedding, tmp_path: Path) -> None:
    written = write_items(
        [item for item in gallery(77_002) if item.concept.seen], tmp_path, side=150
    )
    paths = [path for row in written for path in (row.note, row.picture, row.sound)]
    nodes = [node for path in paths for node in read_file(path, source=path.name)]
    done = embedding.embed_nodes(nodes)
    assert done.faults == {}
    rows = np.stack([vector for vector in done.vectors if vector is not None])
    assert len(rows) == len(nodes) == 3 * 86
    found = recalls({"text": rows[0::3], "image": rows[1::3], "audio": rows[2::3]}, DIRECTIONS)
    assert found["text_image_r1"] >= 0.95
    assert min(found["text_audio_r1"], found["audio_image_r1"]) >= 0.9


def test_other_words_around_a_caption_are_passed_over(embedding: TinyEmbedding) -> None:
    items = [item for item in gallery(77_003) if item.concept.seen]
    asked = [f"Please find me the sound of a {item.concept}, thanks!" for item in items]
    sounds = embedding.embed_audios([synthesise(item) for item in items])
    assert (
        recalls({"text": embedding.embed_queries(asked), "audio": sounds}, [("text", "audio")])[
            "text_audio_r1"
        ]
        >= 0.85
    )


PINNED = {
    "text": [-0.1494, 0.23069, -0.01259, -0.00209, 0.09967],
    "image": [0.17568, -0.07212, -0.0509, -0.03096, -0.06223],
    "audio": [0.00354, 0.3749, -0.0018, 0.1498, 0.06097],
}


def test_the_first_numbers_are_pinned(embedding: TinyEmbedding) -> None:
    ramp = np.arange(64 * 64 * 3, dtype=np.uint32).reshape(64, 64, 3) * 7919 % 256
    time = np.arange(24_000, dtype=np.float64) / 16_000
    wave = (0.5 * np.sin(2 * np.pi * 440 * time)).astype(np.float32)
    found = {
        "text": embedding.embed_texts(["a large green ring on the moon"])[0],
        "image": embedding.embed_images([Image.fromarray(ramp.astype(np.uint8))])[0],
        "audio": embedding.embed_audios([wave])[0],
    }
    for name, vector in found.items():
        assert vector.shape == (64,) == (embedding.dimension,)
        assert vector[:5] == pytest.approx(PINNED[name], abs=1e-4), name


def test_bfloat16_points_the_same_way(embedding: TinyEmbedding) -> None:
    coarse = TinyEmbedding(model_name=str(CHECKPOINT), device="cpu", dtype="bfloat16")
    items = gallery(77_004)[:8]
    for name, vectors in embedded(coarse, items).items():
        cosines = (vectors * embedded(embedding, items)[name]).sum(1)
        assert cosines.min() > 0.995, name


def test_a_row_does_not_depend_on_its_batch(embedding: TinyEmbedding) -> None:
    items = gallery(77_005)[:6]
    together = embedded(embedding, items)
    alone = embedded(embedding, items[2:3])
    for name, vectors in together.items():
        assert np.abs(vectors[2] - alone[name][0]).max() < 1e-5, name


def test_odd_pictures_sounds_and_texts_have_a_direction(embedding: TinyEmbedding) -> None:
    random = np.random.default_rng(1)
    minutes = random.normal(0, 0.1, 180 * 16_000).astype(np.float32)
    silence = np.zeros(16_000, dtype=np.float32)
    click = np.ones(1, dtype=np.float32)
    vectors = np.concatenate(
        [
            embedding.embed_images(
                [Image.new(mode, size) for mode, size in (("RGB", (1, 1)), ("L", (5000, 2)))]
            ),
            embedding.embed_audios([silence, minutes, click]),
            embedding.embed_texts(["", "雪 ❄ ...", "circle " * 10_000, "x" * 100_000]),
        ]
    )
    assert np.isfinite(vectors).all()
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(9), abs=1e-5)


def test_what_is_no_sound_is_refused(embedding: TinyEmbedding) -> None:
    with pytest.raises(CorruptFile, match="no sound"):
        embedding.embed_audios([np.zeros(0, dtype=np.float32)])
    with pytest.raises(NonFiniteVector, match="TinyEmbedding"):
        embedding.embed_audios([np.full(16_000, np.nan, dtype=np.float32)])


def test_a_long_recording_is_the_mean_of_windows_spread_over_it(embedding: TinyEmbedding) -> None:
    tone = synthesise(gallery(77_006)[5])
    long = np.zeros(9 * 16_000, dtype=np.float32)  # windows start at 0, 2, 4, 6 and 8 s
    long[2 * 16_000 : 3 * 16_000] = tone
    heard = spectrograms(long)
    assert heard.shape == (5, 1, 64, 64)
    assert np.array_equal(heard[1], spectrograms(tone)[0])
    assert (heard[[0, 2, 3, 4]] == -1).all()
    with torch.inference_mode():
        model = load(CHECKPOINT)
        windows = model.encode("audio", torch.from_numpy(heard)).numpy()
        alone = model.encode("audio", torch.from_numpy(heard[1:2])).numpy()[0]
    found = embedding.embed_audios([tone, long, tone])  # their windows are one batch
    wanted = [alone, windows.mean(0), alone]
    assert np.abs(found - [v / np.linalg.norm(v) for v in wanted]).max() < 1e-5


@pytest.mark.parametrize(
    ("seconds", "windows"), [(0.1, 1), (1.0, 1), (1.01, 2), (4.0, 4), (4.5, 5), (60.0, 5)]
)
def test_windows_of_a_recording(seconds: float, windows: int) -> None:
    assert len(spectrograms(np.zeros(round(16_000 * seconds), dtype=np.float32))) == windows


def test_the_spectrogram_is_that_of_transformers() -> None:
    wave = synthesise(Item(Concept("cyan", "triangle", "large"), "top left", 2))
    filters = mel_filter_bank(513, 64, 50.0, 8000.0, 16_000, norm=None, mel_scale="kaldi")
    power = spectrogram(
        np.pad(wave, 387).astype(np.float64),
        np.hanning(1024),
        frame_length=1024,
        hop_length=250,
        power=2.0,
        center=False,
        mel_filters=filters,
    )
    power = power / 1024
    wanted = np.maximum(np.log10(np.maximum(power, 1e-10) / power.max()), -6) / 3 + 1
    found = spectrograms(wave)[0, 0]
    assert found.shape == wanted.shape == (64, 64)
    assert np.abs(found - wanted).max() < 1e-3


def test_pictures_are_squeezed_into_a_square_of_pixels() -> None:
    image = Image.new("RGB", (640, 128), (255, 0, 51))
    image.paste((0, 0, 0), (320, 0, 640, 128))
    values = pixels(image)
    assert (values.shape, values.dtype) == ((3, 64, 64), np.float32)
    assert values[:, 30, 10] == pytest.approx([1, -1, -0.6])
    assert values[:, 30, 50] == pytest.approx([-1, -1, -1])


def test_words_become_known_ids_or_buckets() -> None:
    known = word_ids(("circle", "red"))
    assert known == {"circle": BUCKET + BUCKETS, "red": BUCKET + BUCKETS + 1}
    ids = tokenise("A RED circle, moon!", known, 24)
    assert [ids[0], *ids[2:4]] == [START, known["red"], known["circle"]]
    assert BUCKET <= min(ids[1], ids[4]) <= max(ids[1], ids[4]) < BUCKET + BUCKETS
    assert tokenise("moon", known, 24)[1] == ids[4]  # the same bucket in every process
    assert ids[4] == BUCKET + 40  # the CRC-32 of "moon" is 3823912936
    assert tokenise("", known, 24) == [START]
    assert len(tokenise("red " * 100, known, 24)) == 24


def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CHECKPOINT, tmp_path / "copy"))


def test_a_checkpoint_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    weights = folder / "model.safetensors"
    state = load_file(weights)
    save_file({k: v for k, v in state.items() if k != "words.weight"}, weights)
    with pytest.raises(CheckpointMismatch, match=r"1 weights .* words\.weight"):
        load(folder)
    save_file({**state, "towers.text.head.weight": torch.zeros(3, 3)}, weights)
    with pytest.raises(CheckpointMismatch, match=r"towers\.text\.head\.weight"):
        load(folder)
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(CheckpointMismatch, match="no checkpoint"):
        load(folder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"architecture": "clip"}, "'clip' checkpoint"),
        ({"sizes": {}}, "no checkpoint"),
        ({"sizes": {"vocabulary": ["red"], "wings": 2}}, "no checkpoint"),
    ],
)
def test_a_config_of_something_else_is_refused(
    tmp_path: Path, change: dict[str, object], message: str
) -> None:
    folder = copied(tmp_path)
    path = folder / "config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**config, **change}), encoding="utf-8")
    with pytest.raises(CheckpointMismatch, match=message):
        TinyEmbedding(model_name=str(folder)).embed_texts(["red"])
    path.unlink()
    with pytest.raises(CheckpointMismatch, match="no checkpoint"):
        load(folder)


def test_it_takes_what_it_has_towers_for(embedding: TinyEmbedding) -> None:
    assert embedding.takes == {Modality.TEXT, Modality.IMAGE, Modality.AUDIO, *SENSORS}
    assert embedding.sample_rate == 16_000
