"""Our preprocessing against the image processors of transformers, bit for bit."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import transformers
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from standins.media import texture

from mmrag.embeddings.images import Preprocessing, steps_of
from mmrag.errors import CheckpointMismatch
from mmrag.loaders.pixels import picture, to_rgb

CLIP = transformers.CLIPImageProcessorPil(
    size={"shortest_edge": 30}, crop_size={"height": 30, "width": 30}
)


def reference(processor: object, image: Image.Image) -> np.ndarray:
    return processor(images=image, return_tensors="np")["pixel_values"][0]  # type: ignore[operator]


def noise(width: int, height: int) -> Image.Image:
    values = np.random.default_rng(width * 1000 + height).integers(0, 256, (height, width, 3))
    return Image.fromarray(values.astype(np.uint8))


@settings(max_examples=60)
@given(st.integers(1, 97), st.integers(1, 97))
def test_every_size_and_shape_is_equal(width: int, height: int) -> None:
    width, height = min(width, 8 * height), min(height, 8 * width)
    image = noise(width, height)
    np.testing.assert_array_equal(steps_of(CLIP)(image), reference(CLIP, image))


@pytest.mark.parametrize("name", ["wide", "tall", "grey", "palette", "dot"])
def test_every_kind_of_picture_is_equal(pictures: Path, name: str) -> None:
    path = pictures / f"{name}.png"
    with Image.open(path) as image:
        expected = reference(CLIP, to_rgb(image))
    found = steps_of(CLIP)(picture(path))
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    "asked",
    [
        {"crop_size": {"height": 20, "width": 24}},
        {"crop_size": {"height": 41, "width": 30}},  # black above and below
        {"do_center_crop": False, "size": {"height": 17, "width": 29}},
        {"do_resize": False},
        {"do_normalize": False, "resample": 2},
        {"do_rescale": False},
        {"rescale_factor": 1 / 127.5, "image_mean": [0.5] * 3, "image_std": [1.0, 2.0, 0.5]},
    ],
)
def test_what_the_checkpoint_asks_for_is_done(asked: dict[str, object]) -> None:
    processor = transformers.CLIPImageProcessorPil(**{**CLIP.to_dict(), **asked})
    image = texture(64, 51)
    np.testing.assert_array_equal(steps_of(processor)(image), reference(processor, image))


def test_siglip_squeezes_to_a_square() -> None:
    processor = transformers.SiglipImageProcessorPil(size={"height": 24, "width": 24})
    image = texture(64, 31)
    np.testing.assert_array_equal(steps_of(processor)(image), reference(processor, image))
    assert steps_of(processor).output == (24, 24)


def test_an_unknown_size_is_refused() -> None:
    processor = transformers.CLIPImageProcessorPil(
        size={"shortest_edge": 30, "longest_edge": 60}, do_center_crop=False
    )
    with pytest.raises(CheckpointMismatch, match="no rectangle"):
        steps_of(processor)


@pytest.mark.parametrize("size", [(360, 30), (30, 360)])
def test_the_middle_of_a_long_picture_is_close_to_that_of_the_whole(size: tuple[int, int]) -> None:
    image = texture(*size)
    found, expected = steps_of(CLIP)(image), reference(CLIP, image)
    assert abs(found - expected).max() * 255 * 0.27 < 4  # of 255; a shift by a pixel gives 60


def test_a_line_of_pixels_does_not_fill_the_memory() -> None:
    line = Image.new("RGB", (200_000, 1), (10, 20, 30))  # 18 billion pixels when resized whole
    found = steps_of(CLIP)(line)
    assert found.shape == (3, 30, 30)
    np.testing.assert_allclose(found, reference(CLIP, Image.new("RGB", (4, 4), (10, 20, 30))))


def whole_and_drafted(path: Path, steps: Preprocessing) -> tuple[np.ndarray, np.ndarray]:
    return (
        steps(picture(path)).ravel(),
        steps(picture(path, shorter_side=steps.draft_side)).ravel(),
    )


def test_a_draft_is_as_good_as_the_whole(tmp_path: Path) -> None:
    texture(225, 175).resize((900, 700)).save(tmp_path / "photo.jpg", quality=88)
    steps = steps_of(CLIP)
    assert steps.draft_side == 38
    assert picture(tmp_path / "photo.jpg", shorter_side=38).size == (113, 88)
    whole, drafted = whole_and_drafted(tmp_path / "photo.jpg", steps)
    assert abs(whole - drafted).max() > 0  # it was a draft
    assert np.corrcoef(whole, drafted)[0, 1] > 0.99


@pytest.mark.slow
@pytest.mark.skipif(sys.gettrace() is not None, reason="a tracer takes the time")
def test_two_megapixels_take_less_than_half_of_what_transformers_takes(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    texture(1632, 1224).save(path, quality=88)
    processor = transformers.CLIPImageProcessorPil()
    steps = steps_of(processor)

    def seconds(work: object) -> float:
        runs = []
        for _ in range(7):
            start = time.process_time()
            work()  # type: ignore[operator]
            runs.append(time.process_time() - start)
        return min(runs)

    ours = seconds(lambda: steps(picture(path, shorter_side=steps.draft_side)))
    theirs = seconds(lambda: reference(processor, Image.open(os.fspath(path)).convert("RGB")))
    assert ours < theirs / 2
