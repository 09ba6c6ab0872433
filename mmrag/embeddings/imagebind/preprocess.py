"""Pictures and measured arrays as ImageBind takes them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image

from mmrag.errors import InputError
from mmrag.store.spec import FloatArray

MEAN = np.array([0.48145466, 0.4578275, 0.40821073], dtype=np.float32)
STD = np.array([0.26862954, 0.26130258, 0.27577711], dtype=np.float32)
"""Of CLIP's training pictures, which ImageBind's vision tower began as."""

LONGEST_RATIO = 32
"""Of a picture's sides. The middle of a longer one is cut out first, as it would be afterwards."""


def image_input(image: Image.Image, side: int) -> FloatArray:
    """(3, side, side): the shorter side scaled (bicubic, antialiased), the middle, normalised.

    Sizes and offsets are rounded as torchvision's Resize and CenterCrop round them.
    """
    image = _not_too_long(image.convert("RGB"))
    width, height = image.size
    shorter = min(width, height)
    # the longer side is truncated, not rounded
    size = (int(side * width / shorter), int(side * height / shorter))
    scaled = image.resize(size, Image.Resampling.BICUBIC)
    left, top = (round((length - side) / 2) for length in size)
    return normalised(
        np.asarray(scaled.crop((left, top, left + side, top + side))) / np.float32(255)
    )


def normalised(pixels: NDArray[Any]) -> FloatArray:
    """(h, w, 3) in 0..1 to (3, h, w) in standard deviations from the mean."""
    values: FloatArray = ((pixels - MEAN) / STD).astype(np.float32, copy=False)
    return np.ascontiguousarray(values.transpose(2, 0, 1))


def array_input(values: ArrayLike, shape: tuple[int, ...], name: str) -> FloatArray:
    """Numbers of depth, temperature or motion as float32 of `shape`, the channel axis added.

    Args:
        shape: (1, height, width) or (channels, samples); a first axis of 1 may be left out.

    Raises:
        InputError: another shape, or not finite numbers.
    """
    try:
        found: FloatArray = np.asarray(values, dtype=np.float32)
    except (TypeError, ValueError) as exc:
        raise InputError(f"{name} must be an array of numbers: {exc}") from exc
    if shape[0] == 1 and found.shape == shape[1:]:
        found = found[None]
    if found.shape != shape:
        raise InputError(f"{name} must have the shape {shape}, found {found.shape}")
    if not np.isfinite(found).all():
        raise InputError(f"{name} holds NaN or infinity; fill gaps before embedding")
    return found


def _not_too_long(image: Image.Image) -> Image.Image:
    width, height = image.size
    longest = LONGEST_RATIO * min(width, height)
    if max(width, height) <= longest:
        return image
    left, top = max(0, (width - longest) // 2), max(0, (height - longest) // 2)
    return image.crop((left, top, left + min(width, longest), top + min(height, longest)))
