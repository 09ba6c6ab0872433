"""Tones of the small world: the colour is the pitch, the shape the timbre, the size the length."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mmrag.training.shapes import COLOURS, Item

Samples = NDArray[np.float32]

RATE = 16_000
"""Samples a second."""
SECONDS = 1.0

LOWEST = 220.0
"""Hz of the first colour."""
STEP = 0.36
"""Octaves from one colour to the next; no two are an octave apart."""

# Partials of each timbre: multiple of the pitch, and strength.
_PARTIALS = {
    "circle": ((1, 1.0),),
    "square": tuple((n, 1 / n) for n in (1, 3, 5, 7, 9)),
    "triangle": tuple((n, 0.8 ** (n - 1)) for n in range(1, 11)),
    "star": ((1, 1.0), (2.76, 0.7), (5.4, 0.5)),
    "cross": ((1, 1.0), (2, 0.5)),
    "ring": ((1, 1.0), (2, 0.5)),
}
_SECONDS = {"small": (0.22, 0.32), "large": (0.55, 0.7)}


def synthesise(item: Item) -> Samples:
    """The tone of an item: (16000,) samples in -1..1 at 16 kHz, with noise before and after."""
    random = item.random("tone")
    octaves = STEP * COLOURS.index(item.concept.colour) + random.uniform(-0.04, 0.04)
    pitch = LOWEST * 2**octaves
    length = round(RATE * random.uniform(*_SECONDS[item.concept.size]))
    start = random.integers(0, round(RATE * SECONDS) - length)
    level = random.uniform(0.2, 0.7)

    sound = random.normal(0, 10 ** random.uniform(-3.5, -2.3), round(RATE * SECONDS))
    sound[start : start + length] += level * _tone(item.concept.shape, pitch, length, random)
    return np.clip(sound, -1, 1).astype(np.float32)


def _tone(
    shape: str, pitch: float, length: int, random: np.random.Generator
) -> NDArray[np.float64]:
    time = np.arange(length) / RATE
    # A cross beats, a ring wavers; the other shapes are told by their partials alone.
    wobble = 0.06 * np.sin(2 * np.pi * 7 * time) / (2 * np.pi * 7) if shape == "ring" else 0.0
    phase = 2 * np.pi * pitch * (time + wobble)
    partials = [(n, strength) for n, strength in _PARTIALS[shape] if n * pitch < 0.48 * RATE]
    wave = sum(
        (s * np.sin(n * phase + random.uniform(0, 2 * np.pi)) for n, s in partials),
        start=np.zeros(length),
    )
    wave /= sum(strength for _, strength in partials)
    if shape == "cross":
        wave *= 0.5 - 0.5 * np.cos(2 * np.pi * 12 * time)
    ramp = np.minimum(1, np.minimum(np.arange(length), np.arange(length)[::-1]) / (0.01 * RATE))
    return wave * ramp
