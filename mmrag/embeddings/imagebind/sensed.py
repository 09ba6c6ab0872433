"""Depth, heat and motion as ImageBind takes them.

Meta published no loaders for these, so what its weights were trained on is known in part only:

- depth: disparity in pixels of a stereo camera (focal length x baseline / distance), over 75 and in
  standard deviations from a mean, as its authors say of Omnivore
  (github.com/facebookresearch/omnivore/issues/12; for ImageBind, github.com/facebookresearch/
  ImageBind/issues/134 and 107 report it, with 35 % on SUN RGB-D, the paper's figure). The focal
  length that a depth map was taken with is not known here: that of a Kinect is taken.
- heat: greys in 0..1, not normalised further (github.com/facebookresearch/ImageBind/pull/73, which
  comes near the paper's figure on LLVIP so). Cameras of that data set spread what they see over all
  greys, so each picture is spread over its own range here.
- motion: (6, 2000) samples, 5 s (Girdhar et al. 2023, section 3); in which units is not said.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image

from mmrag.modalities import Modality
from mmrag.store.spec import FloatArray

FOCAL_PIXELS, BASELINE_M = 518.86, 0.075
"""Of the first Kinect, as for NYU Depth V2 (ImageBind/issues/107)."""
NEAREST_M, FARTHEST_M = 0.01, 50.0
MOST_PIXELS = 75.0
MEAN, STD = 0.0418, 0.0295
LEAST_SPAN = 5.0
"""Kelvin that a thermal picture is spread over at least, or noise would look like things."""


def depth_input(disparity: FloatArray, shape: tuple[int, ...]) -> FloatArray:
    """(1, side, side) of (h, w) disparity in 1/m."""
    pixels = FOCAL_PIXELS * BASELINE_M * np.clip(disparity, 1 / FARTHEST_M, 1 / NEAREST_M)
    share = np.minimum(pixels, MOST_PIXELS) / MOST_PIXELS
    return _squared((share - MEAN) / STD, shape)


def thermal_input(celsius: FloatArray, shape: tuple[int, ...]) -> FloatArray:
    """(1, side, side) of (h, w) degrees Celsius, the 1st percentile 0 and the 99th 1."""
    low, high = (float(degrees) for degrees in np.percentile(celsius, (1, 99)))
    short = max(0.0, LEAST_SPAN - (high - low)) / 2
    low, high = low - short, high + short
    return _squared(np.clip((celsius - low) / (high - low), 0, 1), shape)


def motion_input(window: FloatArray, shape: tuple[int, ...]) -> FloatArray:
    """(6, samples) of (6, 2000) samples in m/s² and rad/s; other lengths tell of the same 5 s."""
    count = shape[-1]
    if window.shape[1] == count:
        return window
    there = np.linspace(0, window.shape[1] - 1, count)
    rows = [np.interp(there, np.arange(window.shape[1]), axis) for axis in window]
    return np.stack(rows).astype(np.float32)


def _squared(values: FloatArray, shape: tuple[int, ...]) -> FloatArray:
    """The shorter side scaled to the model's, and the middle of it, as for pictures."""
    side = shape[-1]
    height, width = values.shape
    image = Image.fromarray(np.ascontiguousarray(values, dtype=np.float32))
    shorter = min(width, height)
    left, top = (width - shorter) / 2, (height - shorter) / 2
    box = (left, top, left + shorter, top + shorter)
    return np.asarray(image.resize((side, side), Image.Resampling.BILINEAR, box=box))[None].copy()


INPUTS: dict[Modality, Callable[[FloatArray, tuple[int, ...]], FloatArray]] = {
    Modality.DEPTH: depth_input,
    Modality.THERMAL: thermal_input,
    Modality.IMU: motion_input,
}
