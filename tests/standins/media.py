"""Generated pictures and sounds with no two places alike."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
from PIL import Image

from mmrag.store.spec import FloatArray


def texture(width: int, height: int, seed: int = 0) -> Image.Image:
    """Coloured waves of several lengths with noise: no two places are alike."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    waves = [np.sin(x / a + y / b + c) for a, b, c in rng.uniform((2, 2, 0), (40, 40, 6), (3, 3))]
    values = 128 + 80 * np.stack(waves, axis=-1) + rng.normal(0, 12, (height, width, 3))
    return Image.fromarray(values.clip(0, 255).astype(np.uint8))


def tones(seconds: float, rate: int = 48_000, seed: int = 0) -> FloatArray:
    """A melody: another chord every half second, so that no two stretches sound alike."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * rate)) / rate
    steps = (time * 2).astype(int)
    pitches = rng.uniform(150, 3000, (steps.max(initial=0) + 1, 2))[steps]
    waves = 0.3 * np.sin(2 * np.pi * pitches * time[:, None]).sum(1)
    samples: FloatArray = waves.astype(np.float32)
    return samples


def write_wav(path: Path, samples: FloatArray, rate: int = 48_000) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes((samples * 32767).round().astype("<i2").tobytes())
    return path
