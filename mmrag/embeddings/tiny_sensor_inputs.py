"""What the tiny model sees of a depth map, a thermal picture and a motion recording; numpy only."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mmrag.embeddings.tiny_inputs import SIDE
from mmrag.modalities import Modality

Floats = NDArray[np.float32]

SIZES, WEIGHTS = "sensors.json", "sensors.safetensors"
"""Files of the towers for these, beside those of the checkpoint."""
NEAR, FAR = 0.25, 32.0
"""Metres: what is nearer or farther looks as near or far as this."""
COLD, HOT = 0.0, 60.0
"""Degrees Celsius, likewise."""
RATE, SAMPLES = 400, 2000
"""Samples a second of motion, and of one window: 5 s."""
_LOWEST_HZ, _HIGHEST_HZ = 1.0, 120.0
_FRAME = 640  # samples: 1.6 s, which tells 3 Hz from 4
_WEAKEST, _STRONGEST = 1e-2, 1e1  # amplitudes in m/s² or rad/s


def depth_grid(disparity: Floats) -> Floats:
    """(1, 64, 64) values in -1..1 of a (h, w) map in 1/m: each octave of distance counts alike."""
    near = np.clip(_squeezed(disparity), 1 / FAR, 1 / NEAR)
    octaves = np.log2(near * FAR) / np.log2(FAR / NEAR)
    values: Floats = (2 * octaves - 1).astype(np.float32)
    return values[None]


def thermal_grid(celsius: Floats) -> Floats:
    """(1, 64, 64) values in -1..1 of a (h, w) picture in degrees Celsius."""
    warm = np.clip((_squeezed(celsius) - COLD) / (HOT - COLD), 0, 1)
    values: Floats = (2 * warm - 1).astype(np.float32)
    return values[None]


def motion_grid(window: Floats) -> Floats:
    """(6, 64, 64) values in -1..1 of (6, 2000) samples: how strongly each axis swings at 64
    frequencies from 1 to 120 Hz, evenly spaced in octaves, at 64 times."""
    hop = SAMPLES / SIDE
    padded = np.pad(window - window.mean(1, keepdims=True), ((0, 0), (_FRAME // 2, _FRAME // 2)))
    starts = np.rint((np.arange(SIDE) + 0.5) * hop).astype(int)
    frames = padded[:, starts[:, None] + np.arange(_FRAME)] * np.hanning(_FRAME)
    pitches = np.geomspace(_LOWEST_HZ, _HIGHEST_HZ, SIDE)
    waves = np.exp(-2j * np.pi * np.outer(np.arange(_FRAME) / RATE, pitches))
    amplitudes = np.abs(frames @ waves) * (4 / _FRAME)  # a Hann window halves the sum
    decades = np.log10(np.clip(amplitudes, _WEAKEST, _STRONGEST) / _WEAKEST)
    values = 2 * decades / np.log10(_STRONGEST / _WEAKEST) - 1
    grid: Floats = values.transpose(0, 2, 1).astype(np.float32)
    return grid


def _squeezed(values: Floats) -> NDArray[np.float32]:
    small = Image.fromarray(np.ascontiguousarray(values, dtype=np.float32)).resize(
        (SIDE, SIDE), Image.Resampling.BOX
    )
    return np.asarray(small)


GRIDS: dict[Modality, Callable[[Floats], Floats]] = {
    Modality.DEPTH: depth_grid,
    Modality.THERMAL: thermal_grid,
    Modality.IMU: motion_grid,
}
