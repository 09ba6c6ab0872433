"""Pictures against transformers' CLIP processor, and arrays of the other kinds."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

from mmrag.embeddings.imagebind.preprocess import array_input, image_input
from mmrag.errors import InputError


def picture(width: int, height: int) -> Image.Image:
    """Colours that change in both directions, with fine noise."""
    rng = np.random.default_rng(0)
    across, down = np.meshgrid(np.linspace(0, 200, width), np.linspace(0, 200, height))
    pixels = np.stack([across, down, 200 - across], axis=-1) + rng.uniform(
        0, 55, (height, width, 3)
    )
    return Image.fromarray(pixels.astype(np.uint8))


@pytest.mark.parametrize(
    "size", [(640, 480), (300, 601), (224, 224), (1000, 301), (50, 32), (4000, 100)]
)
def test_pictures_are_those_of_the_clip_processor(size: tuple[int, int]) -> None:
    image = picture(*size)
    wanted = CLIPImageProcessorPil()(image, return_tensors="np")["pixel_values"][0]
    found = image_input(image, 224)
    assert found.dtype == np.float32
    assert found.flags["C_CONTIGUOUS"]
    assert np.abs(found - wanted).max() < 1e-5


def test_an_odd_rest_is_halved_as_torchvision_rounds_it() -> None:
    # 427x640 becomes 224x335: the middle starts at round(55.5) = 56
    image = picture(427, 640)
    scaled = np.asarray(image.resize((224, 335), Image.Resampling.BICUBIC), dtype=np.float64)
    mean = np.array([0.48145466, 0.4578275, 0.40821073])
    std = np.array([0.26862954, 0.26130258, 0.27577711])
    wanted = ((scaled[56:280] / 255 - mean) / std).transpose(2, 0, 1)
    assert np.abs(image_input(image, 224) - wanted).max() < 1e-5


def test_a_single_pixel_fills_the_picture() -> None:
    found = image_input(Image.new("RGB", (1, 1), (255, 0, 128)), 224)
    assert found.shape == (3, 224, 224)
    assert found[:, 0, 0] == pytest.approx([1.93034, -1.75210, 0.33990], abs=1e-4)
    assert np.ptp(found.reshape(3, -1), axis=1) == pytest.approx([0, 0, 0])


def test_of_a_strip_only_the_middle_is_scaled(monkeypatch: pytest.MonkeyPatch) -> None:
    strip = np.zeros((2, 100_000, 3), dtype=np.uint8)
    strip[:, 49_990:50_010] = 255
    sizes, resize = [], Image.Image.resize
    monkeypatch.setattr(
        Image.Image,
        "resize",
        lambda image, size, *rest: sizes.append(size) or resize(image, size, *rest),
    )
    found = image_input(Image.fromarray(strip), 224)
    assert found[0].min() == pytest.approx((1 - 0.48145466) / 0.26862954, abs=1e-4)
    assert sizes == [(32 * 224, 224)]  # the whole would be 11 million pixels wide


def test_arrays_keep_their_numbers() -> None:
    depth = np.random.default_rng(0).uniform(size=(4, 4))
    for given in (depth, depth[None], depth.tolist()):
        found = array_input(given, (1, 4, 4), "depth")
        assert found.dtype == np.float32
        assert found.shape == (1, 4, 4)
        assert np.array_equal(found[0], depth.astype(np.float32))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (np.zeros((4, 5)), r"depth must have the shape \(1, 4, 4\), found \(4, 5\)"),
        (np.full((4, 4), np.nan), "depth holds NaN or infinity"),
        ("a wall", "depth must be an array of numbers"),
    ],
)
def test_other_arrays_are_refused(given: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        array_input(given, (1, 4, 4), "depth")  # type: ignore[arg-type]  # that is the point
