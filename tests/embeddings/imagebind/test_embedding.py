"""ImageBind as an embedding: vectors of a tiny model by the real path, and inputs that go wrong."""

from __future__ import annotations

import pickle
import shutil
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import torch
from llama_index.core.schema import Node
from PIL import Image

from mmrag.embeddings.imagebind import checkpoint
from mmrag.embeddings.imagebind.embedding import ImageBindEmbedding
from mmrag.embeddings.imagebind.film import film_input
from mmrag.embeddings.imagebind.model import ImageBindModel
from mmrag.embeddings.imagebind.preprocess import image_input
from mmrag.embeddings.imagebind.sound import SAMPLE_RATE, sound_input
from mmrag.embeddings.imagebind.tokenizer import TextTokenizer
from mmrag.embeddings.media import VideoPart
from mmrag.errors import (
    CheckpointMismatch,
    InputError,
    LoadError,
    ModelUnavailable,
    NonFiniteVector,
)
from mmrag.modalities import Modality
from mmrag.schema import Provenance, build_node
from mmrag.store.spec import FloatArray

TOLERANCE = 1e-5


def ramp(*shape: int) -> FloatArray:
    """Numbers of one period after another, without a random generator."""
    return np.sin(np.arange(np.prod(shape)) * 0.37).reshape(shape).astype(np.float32)


def picture() -> Image.Image:
    return Image.fromarray(np.rint(127 * ramp(40, 60, 3) + 128).astype(np.uint8))


def unit(vectors: torch.Tensor) -> FloatArray:
    found: FloatArray = torch.nn.functional.normalize(vectors, dim=-1).numpy()
    return found


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds of a picture that grows brighter, wider than tall."""
    import av

    path = tmp_path_factory.mktemp("film") / "film.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=10)
        stream.width, stream.height, stream.pix_fmt = 60, 40, "bgr0"
        for number in range(30):
            pixels = np.asarray(picture()) // 2 + 4 * number
            frame = av.VideoFrame.from_ndarray(pixels.astype(np.uint8), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


CANONICAL = {
    "text": [0.42484, -0.17346, 0.01278, 0.18753, 0.36235],
    "image": [0.14576, -0.09655, -0.48808, -0.22653, 0.17316],
    "audio": [-0.54066, -0.44664, 0.15071, 0.32552, -0.25283],
    "film": [0.15632, -0.13822, -0.43008, -0.20191, 0.1234],
    "depth": [-0.00806, 0.36964, 0.40778, 0.03684, -0.15125],
    "thermal": [-0.65387, 0.5147, -0.03145, 0.33643, 0.27928],
    "imu": [0.03708, -0.00106, 0.04506, 0.44258, 0.59454],
}


@pytest.mark.parametrize("kind", CANONICAL)
def test_the_first_numbers_are_pinned(kind: str, embedding: ImageBindEmbedding, film: Path) -> None:
    found = {
        "text": lambda: embedding.embed_texts(["a dog & a cat"]),
        "image": lambda: embedding.embed_images([picture()]),
        "audio": lambda: embedding.embed_audios([ramp(48_000)]),
        "film": lambda: embedding.embed_videos([film]),
        "depth": lambda: embedding.embed_depths([ramp(16, 16)]),
        "thermal": lambda: embedding.embed_thermals([ramp(16, 16)]),
        "imu": lambda: embedding.embed_imus([ramp(6, 40)]),
    }[kind]()
    assert found.dtype == np.float32
    assert found.shape == (1, embedding.dimension) == (1, 16)
    assert np.linalg.norm(found) == pytest.approx(1.0, abs=1e-6)
    assert found[0, :5] == pytest.approx(CANONICAL[kind], abs=1e-4)


def test_vectors_are_those_of_the_towers(
    embedding: ImageBindEmbedding,
    model: ImageBindModel,
    tokenizer: TextTokenizer,
    film: Path,
) -> None:
    texts = ["dog", "a cat sat", "og og og at"]
    sounds = [ramp(16_000), ramp(80_000)[::-1].copy()]
    with torch.inference_mode():
        wanted = model.encode("text", torch.from_numpy(tokenizer.ids(texts)))
        assert np.abs(embedding.embed_texts(texts) - unit(wanted)).max() < TOLERANCE
        assert np.abs(embedding.embed_queries(texts) - unit(wanted)).max() < TOLERANCE
        pixels = torch.from_numpy(image_input(picture(), 32))[None]
        found = embedding.embed_images([picture()])
        assert np.abs(found - unit(model.encode("vision", pixels))).max() < TOLERANCE
        clips = torch.from_numpy(film_input(film, 32))[None]
        found = embedding.embed_videos([film, film])
        assert found.shape == (2, 16)
        assert np.abs(found - unit(model.encode("vision", clips))).max() < TOLERANCE
        found = embedding.embed_audios(sounds)  # one clip and three in one batch
        for row, samples in zip(found, sounds, strict=True):
            heard = torch.from_numpy(sound_input(samples, (1, 16, 204)))[None]
            assert np.abs(row - unit(model.encode("audio", heard))[0]).max() < TOLERANCE


def test_scenes_of_films_are_embedded_as_clips(
    embedding: ImageBindEmbedding, film: Path, tmp_path: Path
) -> None:
    def scene(path: Path, start: int, end: int) -> Node:
        where = Provenance("film.mkv", start_ms=start, end_ms=end, frame_ms=start)
        kind = {"modality": Modality.VIDEO, "mimetype": "video/x-matroska"}
        return build_node("", where, path=path, **kind)  # type: ignore[arg-type]

    (tmp_path / "cut.mkv").write_bytes(film.read_bytes()[:40])
    nodes = [scene(film, 0, 2_400), scene(tmp_path / "cut.mkv", 0, 900), scene(film, 2_400, 3_000)]
    done = embedding.embed_nodes(nodes)
    parts = [VideoPart(film, 0, 2_400), VideoPart(film, 2_400, 3_000)]
    wanted = embedding.embed_videos(parts)
    assert np.abs(wanted[0] - wanted[1]).max() > 1e-3
    assert done.vectors[1] is None and list(done.faults) == [1]
    for row, vector in zip((0, 2), wanted, strict=True):
        found = done.vectors[row]
        assert found is not None and np.abs(found - vector).max() < TOLERANCE
    with pytest.raises(LoadError, match=r"cut\.mkv"):
        embedding.embed_videos([tmp_path / "cut.mkv"])


def test_equal_clips_of_a_short_recording_are_computed_once(
    embedding: ImageBindEmbedding, model: ImageBindModel
) -> None:
    samples = ramp(20_000)
    once = torch.from_numpy(sound_input(samples, (1, 16, 204)))
    assert once.shape == (1, 1, 16, 204)
    with torch.inference_mode():
        thrice = model.encode("audio", once.repeat(3, 1, 1, 1)[None])
    assert np.abs(embedding.embed_audios([samples]) - unit(thrice)).max() < TOLERANCE


def test_bfloat16_stays_close(folder: Path, embedding: ImageBindEmbedding) -> None:
    coarse = ImageBindEmbedding.from_pretrained(folder, dtype="bfloat16", device="cpu")
    weights = coarse._loaded().towers.state_dict()
    assert weights["modality_heads.vision.2.weight"].dtype is torch.bfloat16
    for found, wanted in (
        (coarse.embed_texts(["a dog"]), embedding.embed_texts(["a dog"])),
        (coarse.embed_images([picture()]), embedding.embed_images([picture()])),
        (coarse.embed_audios([ramp(48_000)]), embedding.embed_audios([ramp(48_000)])),
        (coarse.embed_imus([ramp(6, 40)]), embedding.embed_imus([ramp(6, 40)])),
    ):
        assert 1e-6 < 1 - float(found[0] @ wanted[0]) < 2e-3


def test_three_minutes_of_sound_give_the_same_vector_twice_in_bounded_memory(
    embedding: ImageBindEmbedding,
) -> None:
    samples = ramp(180 * SAMPLE_RATE)  # 11.5 MB
    embedding.embed_audios([samples])
    tracemalloc.start()
    first = embedding.embed_audios([samples])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert np.array_equal(first, embedding.embed_audios([samples]))
    assert peak < 8_000_000  # three clips; a spectrogram of the whole would take 110 MB
    middle = 89 * SAMPLE_RATE
    samples[middle : middle + 2 * SAMPLE_RATE] *= 0.01  # the second clip
    assert float(first[0] @ embedding.embed_audios([samples])[0]) < 0.9999


def test_silence_and_clicks_have_vectors(embedding: ImageBindEmbedding) -> None:
    found = embedding.embed_audios(
        [np.zeros(48_000, dtype=np.float32), np.ones(10, dtype=np.float32)]
    )
    assert np.isfinite(found).all()
    assert np.linalg.norm(found, axis=1) == pytest.approx([1, 1], abs=1e-6)


def test_a_single_pixel_has_the_vector_of_its_colour(embedding: ImageBindEmbedding) -> None:
    pixel, plane = (Image.new("RGB", (side, side), (200, 30, 90)) for side in (1, 300))
    found = embedding.embed_images([pixel, plane])
    assert np.abs(found[0] - found[1]).max() < TOLERANCE


def test_texts_without_words_and_with_too_many(embedding: ImageBindEmbedding) -> None:
    found = embedding.embed_texts(["", " \n", "cat " * 10_000, "cat " * 10, "cat " * 9])
    assert np.abs(found[0] - found[1]).max() < TOLERANCE
    assert np.abs(found[2] - found[3]).max() < TOLERANCE  # what the context holds
    assert np.abs(found[3] - found[4]).max() > 1e-3
    assert embedding.embed_texts([]).shape == embedding.embed_videos([]).shape == (0, 16)


def test_wrong_inputs_are_refused(embedding: ImageBindEmbedding, tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"depth must have the shape \(1, 16, 16\), found \(8, 8\)"
    ):
        embedding.embed_depths([ramp(16, 16), ramp(8, 8)])
    with pytest.raises(InputError, match="thermal holds NaN"):
        embedding.embed_thermals([np.full((16, 16), np.nan)])
    with pytest.raises(InputError, match=r"imu must have the shape \(6, 40\)"):
        embedding.embed_imus([ramp(40, 6)])
    with pytest.raises(LoadError, match="no such file"):
        embedding.embed_videos([tmp_path / "absent.mp4"])


def test_nan_from_the_model_is_refused(folder: Path) -> None:
    broken = ImageBindEmbedding.from_pretrained(folder, dtype="float32", device="cpu")
    towers = broken._loaded().towers
    towers.get_parameter("modality_trunks.audio.blocks.0.mlp.fc1.bias").data[3] = float("nan")
    with pytest.raises(NonFiniteVector, match="ImageBindEmbedding"):
        broken.embed_audios([ramp(16_000)])
    assert np.isfinite(broken.embed_images([picture()])).all()


def test_a_tokenizer_of_another_model_is_refused(folder: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    TextTokenizer.from_merges(
        [("a", "b"), ("c", "d"), ("e", "f"), ("g", "h"), ("i", "j")], 12
    ).save(copy)
    with pytest.raises(CheckpointMismatch, match="has 519 tokens, the model 518"):
        ImageBindEmbedding.from_pretrained(copy).embed_texts(["cat"])


def test_a_file_of_weights_is_read_with_what_lies_beside_it(
    folder: Path, embedding: ImageBindEmbedding
) -> None:
    file = ImageBindEmbedding.from_pretrained(
        folder / checkpoint.WEIGHTS, dtype="float32", device="cpu"
    )
    assert np.array_equal(file.embed_texts(["a dog"]), embedding.embed_texts(["a dog"]))


def test_weights_that_are_not_here_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(ModelUnavailable, match=r"imagebind_huge.*--profile offline"):
        ImageBindEmbedding().embed_texts(["a dog"])
    with pytest.raises(ModelUnavailable, match=r"no model folder at .*absent"):
        ImageBindEmbedding(str(tmp_path / "absent.pth")).embed_texts(["a dog"])


def test_it_says_what_it_is(embedding: ImageBindEmbedding) -> None:
    assert embedding.class_name() == "ImageBindEmbedding"
    assert embedding.takes == set(Modality)
    assert embedding.sample_rate == 16_000
    assert ImageBindEmbedding().model_name == "imagebind_huge"
    again = pickle.loads(pickle.dumps(embedding))
    assert np.array_equal(again.embed_texts(["a dog"]), embedding.embed_texts(["a dog"]))


def test_scales_are_those_of_the_pairs_of_training(
    embedding: ImageBindEmbedding, model: ImageBindModel
) -> None:
    pictures, sounds = (embedding.logit_scale(m) for m in (Modality.IMAGE, Modality.AUDIO))
    assert pictures is not None and sounds is not None
    learnt = model.modality_postprocessors["text"][1].log_logit_scale.exp().item()
    assert learnt != pytest.approx(1 / 0.07)  # it was moved, so what is learnt is read
    assert pictures.scale == pytest.approx(learnt)
    assert sounds.scale == pytest.approx(20)
    published = {Modality.DEPTH: 5, Modality.THERMAL: 10, Modality.IMU: 5}
    for modality, scale in published.items():
        found = embedding.logit_scale(modality)
        assert found is not None and found.scale == pytest.approx(scale)
