"""Pictures as OpenCLIP sees them, by the `preprocess_cfg` of open_clip_config.json.

OpenCLIP works through torchvision, which rounds the margin of the middle square where transformers
cuts it off: one pixel apart where a margin is odd, so the steps of transformers do not serve.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from mmrag.embeddings.images import Preprocessing
from mmrag.errors import CheckpointMismatch
from mmrag.store.spec import FloatArray

# open_clip/constants.py: those of OpenAI's CLIP, the default of every model.
_MEAN = (0.48145466, 0.4578275, 0.40821073)
_STD = (0.26862954, 0.26130258, 0.27577711)
_FILTERS = {
    "bicubic": Image.Resampling.BICUBIC,
    "bilinear": Image.Resampling.BILINEAR,
    "random": Image.Resampling.BICUBIC,  # chosen anew in training only
}
_LONG = 16.0
"""Ratio of the sides above which only what is kept is resized, or 1 x 30000 pixels would become
224 x 6720000. Pillow may then take columns before rows, which changes strong contrasts a little."""


@dataclass(frozen=True)
class _Square(Preprocessing):
    """The square of `side` that `resize_mode` "shortest" or "longest" makes of a picture."""

    side: int = 224
    fill: int = 0
    """Grey level around a picture that "longest" fits into the square."""
    whole: bool = False
    """For "longest" the longer side becomes `side`; else the shorter one, and the ends are cut."""

    def _resized(self, image: Image.Image) -> Image.Image:
        return self._fitted(image) if self.whole else self._middle(image)

    def _middle(self, image: Image.Image) -> Image.Image:
        side, upright = self.side, image.height > image.width
        short, long = sorted(image.size)
        longer = int(side * long / short)
        start = round((longer - side) / 2)  # halves to the even neighbour
        if long > _LONG * short:
            ends = (start * long / longer, min(long, (start + side) * long / longer))
            box = (0, ends[0], short, ends[1]) if upright else (ends[0], 0, ends[1], short)
            return image.resize((side, side), self.resample, box)
        resized = image.resize((side, longer) if upright else (longer, side), self.resample)
        left, top = (0, start) if upright else (start, 0)
        return resized.crop((left, top, left + side, top + side))

    def _fitted(self, image: Image.Image) -> Image.Image:
        ratio = max(image.size) / self.side
        width, height = (max(1, round(length / ratio)) for length in image.size)
        square = Image.new("RGB", (self.side, self.side), (self.fill,) * 3)
        corner = ((self.side - width) // 2, (self.side - height) // 2)
        square.paste(image.resize((width, height), self.resample), corner)
        return square


def preprocessing(options: Mapping[str, Any], side: int) -> Preprocessing:
    """The steps to a (3, side, side) input.

    Args:
        options: `preprocess_cfg`; what it leaves out is as in OpenAI's CLIP.
        side: `image_size` of the model, which OpenCLIP puts above the `size` in `options`.

    Raises:
        CheckpointMismatch: options that OpenCLIP does not know.
    """
    given = {key: value for key, value in options.items() if value is not None}
    mode, interpolation = (
        given.get("resize_mode", "shortest"),
        given.get("interpolation", "bicubic"),
    )
    fill = given.get("fill_color", 0)
    if (
        mode not in ("shortest", "longest", "squash")
        or interpolation not in _FILTERS
        or given.get("mode", "RGB") != "RGB"
        or not (isinstance(fill, int) and 0 <= fill <= 255)
    ):
        raise CheckpointMismatch(f"preprocess_cfg {dict(options)} has steps that are not known")
    values = np.arange(256, dtype=np.float32) / np.float32(255)
    table = (values - _column(given, "mean", _MEAN)) / _column(given, "std", _STD)
    resample = _FILTERS[interpolation]
    if mode == "squash":
        return Preprocessing((side, side), None, resample, table)
    return _Square(side, (side, side), resample, table, side, fill, mode == "longest")


def _column(options: Mapping[str, Any], key: str, default: tuple[float, ...]) -> FloatArray:
    """(3, 1) numbers, one a channel."""
    given = options.get(key, default)
    try:
        column = np.broadcast_to(np.asarray(given, dtype=np.float32), 3)[:, None]
    except (TypeError, ValueError) as exc:
        raise CheckpointMismatch(f"preprocess_cfg.{key} is {given!r}, not three numbers") from exc
    if not np.isfinite(column).all() or (key == "std" and not column.all()):
        raise CheckpointMismatch(f"preprocess_cfg.{key} is {given!r}, which cannot be used")
    return column
