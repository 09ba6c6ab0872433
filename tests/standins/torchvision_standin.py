"""A stand-in for the part of torchvision that open_clip uses, while open_clip is imported.

The package index has no torchvision that runs beside the CPU-only torch: importing it fails with
"operator torchvision::nms does not exist". What open_clip needs for inference is a handful of
functions on PIL pictures, written here after the documentation of torchvision.transforms. Compared
with the real ones of torchvision 0.29 on 1080 pictures of 3 to 90 pixels a side, `shortest`,
`longest` and `squash`, bicubic and bilinear: equal to the last bit.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import Enum
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image


class InterpolationMode(Enum):
    BILINEAR = Image.Resampling.BILINEAR
    BICUBIC = Image.Resampling.BICUBIC


def resize(
    image: Image.Image, size: int | Sequence[int], interpolation: InterpolationMode
) -> Image.Image:
    if isinstance(size, int):
        width, height = image.size
        short, long = min(width, height), max(width, height)
        longer = int(size * long / short)
        size = (longer, size) if width <= height else (size, longer)
    height, width = size
    return image.resize((width, height), interpolation.value)


def get_dimensions(image: Image.Image) -> tuple[int, int, int]:
    return len(image.getbands()), image.height, image.width


def pad(image: Image.Image, padding: Sequence[int], fill: int = 0) -> Image.Image:
    left, top, right, bottom = padding
    size = (image.width + left + right, image.height + top + bottom)
    framed = Image.new("RGB", size, (fill, fill, fill))
    framed.paste(image, (left, top))
    return framed


def crop(image: Image.Image, top: int, left: int, height: int, width: int) -> Image.Image:
    return image.crop((left, top, left + width, top + height))


def to_tensor(image: Image.Image) -> torch.Tensor:
    return torch.from_numpy(np.array(image)).permute(2, 0, 1).contiguous().float().div(255)


class Compose:
    def __init__(self, steps: Sequence[Callable[[Any], Any]]) -> None:
        self.steps = steps

    def __call__(self, image: Any) -> Any:
        for step in self.steps:
            image = step(image)
        return image


class Resize:
    def __init__(self, size: int | Sequence[int], interpolation: InterpolationMode) -> None:
        self.size, self.interpolation = size, interpolation

    def __call__(self, image: Image.Image) -> Image.Image:
        return resize(image, self.size, self.interpolation)


class CenterCrop:
    def __init__(self, size: Sequence[int]) -> None:
        self.size = size

    def __call__(self, image: Image.Image) -> Image.Image:
        height, width = self.size
        top, left = round((image.height - height) / 2.0), round((image.width - width) / 2.0)
        return crop(image, top, left, height, width)


class Normalize:
    def __init__(self, mean: Sequence[float], std: Sequence[float]) -> None:
        self.mean, self.std = (torch.tensor(row).view(-1, 1, 1) for row in (mean, std))

    def __call__(self, values: torch.Tensor) -> torch.Tensor:
        return (values - self.mean) / self.std


class ToTensor:
    """open_clip derives its own from it."""


class ForTrainingOnly:
    """What open_clip imports and inference does not use."""

    def __init__(self, *_: object, **__: object) -> None:
        raise NotImplementedError("the stand-in for torchvision is for inference only")


def _modules() -> dict[str, ModuleType]:
    functional = [resize, get_dimensions, pad, crop, to_tensor]
    classes = [InterpolationMode, Compose, Resize, CenterCrop, Normalize, ToTensor]
    modules = {
        "torchvision": {},
        "torchvision.transforms": {part.__name__: part for part in classes}
        | dict.fromkeys(("RandomResizedCrop", "ColorJitter", "Grayscale"), ForTrainingOnly),
        "torchvision.transforms.functional": {part.__name__: part for part in functional},
        "torchvision.ops": {},
        "torchvision.ops.misc": {"FrozenBatchNorm2d": ForTrainingOnly},
    }
    made = {}
    for name, parts in modules.items():
        made[name] = ModuleType(name, "stand-in, see tests/standins/torchvision_standin.py")
        made[name].__dict__.update(parts)
        if "." in name:
            parent, _, child = name.rpartition(".")
            setattr(made[parent], child, made[name])
    return made


@contextmanager
def open_clip_without_torchvision() -> Iterator[ModuleType]:
    """The real open_clip package; both are forgotten afterwards, as is what importing it changes.

    Skips the test where open_clip is not installed.
    """
    # transformers asks whether there is torchvision, once; the answer must be the true one
    import transformers.utils

    transformers.utils.is_torchvision_available()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TOKENIZERS_PARALLELISM", "false")  # open_clip sets it
        for name, module in _modules().items():
            patch.setitem(sys.modules, name, module)
        try:
            yield pytest.importorskip(
                "open_clip",
                reason="open_clip is not installed; make test installs it",
                exc_type=ImportError,
            )
        finally:
            for name in [n for n in sys.modules if n.partition(".")[0] == "open_clip"]:
                del sys.modules[name]
