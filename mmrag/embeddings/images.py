"""Pictures as the CLIP family sees them, by the checkpoint's preprocessor_config.json.

Our own, in PIL and numpy: the image processors of transformers give the same numbers, copy each
picture several times on the way, and blow up one that is 1 pixel high to its whole width at the
model's height. tests/embeddings/test_images.py compares numbers and time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mmrag.embeddings.weights import Weights
from mmrag.errors import CheckpointMismatch
from mmrag.store.spec import FloatArray

Size = tuple[int, int]
"""Height and width."""

DRAFT = 1.25
"""Pixels a side of a JPEG's draft, as a share of those needed, at least."""

_LONG = 8
"""Ratio of the sides above which only what the crop keeps is resized.

The whole of a picture 1 pixel high would fill the memory. Pillow orders and rounds its two passes
by the size asked for, so that the part differs a little from the same part of the whole.
"""


@dataclass(frozen=True)
class Preprocessing:
    """Steps from an RGB picture to a model's input, in this order.

    Attributes:
        size: (height, width) to squeeze to, one number for the shorter side, None for no change.
        crop: (height, width) cut out of the middle, with black around smaller pictures.
        resample: Pillow's filter.
        table: (3, 256) what each channel's values become by rescaling and normalising. A table of
            all 256 is exact, and quicker than the arithmetic on each pixel.
    """

    size: Size | int | None
    crop: Size | None
    resample: Image.Resampling
    table: FloatArray

    @property
    def output(self) -> Size | None:
        """Height and width of the input; None where it depends on the picture."""
        if self.crop is not None:
            return self.crop
        return self.size if isinstance(self.size, tuple) else None

    @property
    def draft_side(self) -> int | None:
        """Pixels of a JPEG's shorter side from which its vector is as good as from all of them.

        A quarter more than needed: the cosine to the vector of the whole picture stays above 0.9998
        (photographs and fine textures of 2 megapixels, ViT-B/32; benchmark `embed_speed`), and
        decoding costs half of what twice the pixels would.
        """
        if self.size is None:
            return None
        side = self.size if isinstance(self.size, int) else max(self.size)
        return ceil(DRAFT * side)

    def check_output(self, weights: Weights, side: int) -> None:
        """Raise CheckpointMismatch if this makes other pictures than squares of `side` pixels."""
        if self.output != (side, side):
            raise CheckpointMismatch(
                f"{weights.model}: preprocessor_config.json makes pictures of {self.output} "
                f"pixels, and the model takes {(side, side)}"
            )

    def __call__(self, image: Image.Image) -> FloatArray:
        """(3, height, width) of an RGB picture of any size."""
        pixels = np.asarray(self._resized(image))
        if self.crop is not None:
            pixels = _centred(pixels, self.crop)
        out = np.empty((3, *pixels.shape[:2]), dtype=np.float32)
        for channel in range(3):
            # no value of a uint8 lies outside of the table, so there is nothing to check
            np.take(self.table[channel], pixels[..., channel], out=out[channel], mode="clip")
        return out

    def _resized(self, image: Image.Image) -> Image.Image:
        if self.size is None:
            return image
        if isinstance(self.size, tuple):
            return image.resize(self.size[::-1], self.resample)
        upright = image.height > image.width
        short, long = sorted(image.size)
        longer, box = int(self.size * long / short), None  # truncated, as in torchvision
        if self.crop is not None and long > _LONG * short:
            kept = min(longer, self.crop[0 if upright else 1])
            start = (longer - kept) // 2
            ends = (start * long / longer, min(long, (start + kept) * long / longer))
            box = (0, ends[0], short, ends[1]) if upright else (ends[0], 0, ends[1], short)
            longer = kept
        target = (self.size, longer) if upright else (longer, self.size)
        return image.resize(target, self.resample, box)


def _centred(pixels: NDArray[np.uint8], size: Size) -> NDArray[np.uint8]:
    """The middle of (h, w, 3) pixels; zeros around those that are smaller."""
    lacking = [max(0, wanted - found) for wanted, found in zip(size, pixels.shape, strict=False)]
    if any(lacking):
        (top, left), (bottom, right) = [ceil(n / 2) for n in lacking], [n // 2 for n in lacking]
        pixels = np.pad(pixels, ((top, bottom), (left, right), (0, 0)))
    top, left = ((found - wanted) // 2 for wanted, found in zip(size, pixels.shape, strict=False))
    return pixels[top : top + size[0], left : left + size[1]]


def steps_of(processor: Any) -> Preprocessing:  # noqa: ANN401  (an image processor of transformers)
    """The steps of an image processor of transformers with all its defaults.

    Raises:
        CheckpointMismatch: steps that are not known here.
    """
    size: Size | int | None = None
    if processor.do_resize:
        size = _side(processor.size)
    return Preprocessing(
        size=size,
        crop=_rectangle(processor.crop_size) if getattr(processor, "do_center_crop", 0) else None,
        resample=Image.Resampling(processor.resample),
        table=_table(processor),
    )


def _rectangle(size: Any) -> Size:  # noqa: ANN401  (a SizeDict of transformers)
    if not (size.height and size.width):
        raise CheckpointMismatch(f"pictures are to be cut to {size}, which is no rectangle")
    return int(size.height), int(size.width)


def _side(size: Any) -> Size | int:  # noqa: ANN401
    if size.shortest_edge and not size.longest_edge:
        return int(size.shortest_edge)
    return _rectangle(size)


def _table(processor: Any) -> FloatArray:  # noqa: ANN401
    """(3, 256), rounded to float32 at the places where transformers rounds."""
    values = np.arange(256, dtype=np.float64)
    if processor.do_rescale:
        values = values * processor.rescale_factor
    table = np.tile(values.astype(np.float32), (3, 1))
    if processor.do_normalize:
        mean, std = (_column(row) for row in (processor.image_mean, processor.image_std))
        table = (table - mean) / std
    return table


def _column(numbers: float | Sequence[float]) -> FloatArray:
    column: FloatArray = np.broadcast_to(np.asarray(numbers, dtype=np.float32), 3)[:, None]
    return column
