"""What the tiny model sees of a text, a picture and a recording; numpy only.

The log-mel spectrogram is our own: the feature extractors of transformers are fixed to the sizes of
their models.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Floats = NDArray[np.float32]

SIDE = 64
"""Pixels a side of a picture, mel bands of a spectrogram, and its frames."""
RATE = 16_000
WINDOWS = 5
"""At most so many windows of one second are heard of a recording."""

_FRAME, _HOP = 1024, RATE // SIDE
_LOWEST_HZ, _HIGHEST_HZ = 50.0, RATE / 2
_FLOOR = 1e-10  # power below which nothing is heard
_QUIETEST_PEAK = 1e-4  # what stays below it all along is not made louder
_DECADES = 6.0  # of power below the peak that are kept

PAD, START, BUCKET = 0, 1, 2
"""Token ids: padding, the start of every text, and the first bucket of unknown words."""
BUCKETS = 64
_WORD = re.compile(r"[^\W_]+")


def tokenise(text: str, known: dict[str, int], longest: int) -> list[int]:
    """START and the ids of the first words, at most `longest` in all.

    A word that is not `known` falls into one of BUCKETS buckets by its CRC-32.
    """
    ids = [START]
    for match in _WORD.finditer(text.casefold()):
        if len(ids) == longest:
            break
        word = match[0]
        ids.append(known.get(word, BUCKET + zlib.crc32(word.encode()) % BUCKETS))
    return ids


def word_ids(words: Sequence[str]) -> dict[str, int]:
    """The ids of a vocabulary, after those that need none."""
    return {word: BUCKET + BUCKETS + n for n, word in enumerate(words)}


def pixels(image: Image.Image) -> Floats:
    """(3, 64, 64) values in -1..1 of an RGB picture of any size, squeezed into a square."""
    small = image.resize((SIDE, SIDE), Image.Resampling.BOX, reducing_gap=2.0)
    values = np.asarray(small, dtype=np.float32).transpose(2, 0, 1)
    return values / 127.5 - 1


def spectrograms(samples: Floats) -> Floats:
    """(windows, 1, 64, 64) log-mel values in -1..1 of mono samples at 16 kHz of any length.

    Windows of one second are spread evenly over the recording, one for each second begun, WINDOWS
    at most; what is shorter than a second is followed by silence. Loudness is told from the
    loudest place of the recording.
    """
    count = min(WINDOWS, max(1, -(-len(samples) // RATE)))
    padded = np.pad(samples, (0, max(0, RATE - len(samples))))
    starts = np.linspace(0, len(padded) - RATE, count).round().astype(int)
    power = np.stack([_mel_power(padded[start : start + RATE]) for start in starts])
    peak = max(float(power.max()), _QUIETEST_PEAK)
    below = np.log10(np.maximum(power, _FLOOR) / peak)
    values: Floats = (np.maximum(below, -_DECADES) * (2 / _DECADES) + 1).astype(np.float32)
    return values[:, None]


def _mel_power(second: Floats) -> NDArray[np.float64]:
    """(64 bands, 64 frames) power of one second; frame n is centred on sample 250 n + 125."""
    padded = np.pad(second, (_FRAME - _HOP) // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, _FRAME)[::_HOP][:SIDE]
    spectrum = np.fft.rfft(frames * np.hanning(_FRAME))
    power: NDArray[np.float64] = _filters() @ (np.abs(spectrum) ** 2).T / _FRAME
    return power


@cache
def _filters() -> NDArray[np.float64]:
    """(64, 513) triangles, evenly spaced in mel (O'Shaughnessy 1987: 1127 ln(1 + f / 700))."""
    low, high = (1127 * np.log1p(hz / 700) for hz in (_LOWEST_HZ, _HIGHEST_HZ))
    corners = 700 * np.expm1(np.linspace(low, high, SIDE + 2) / 1127)
    bins = np.linspace(0, RATE / 2, _FRAME // 2 + 1)
    left, middle, right = corners[:-2, None], corners[1:-1, None], corners[2:, None]
    triangles = np.minimum((bins - left) / (middle - left), (right - bins) / (right - middle))
    filters: NDArray[np.float64] = np.maximum(triangles, 0)
    return filters
