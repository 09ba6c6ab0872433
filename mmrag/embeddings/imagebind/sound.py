"""Sound as ImageBind hears it: three clips of two seconds as log-mel spectrograms."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mmrag.store.spec import FloatArray

SAMPLE_RATE = 16_000
CLIPS, CLIP_S = 3, 2
MEAN, STD = np.float32(-4.268), np.float32(9.138)

_WINDOW, _STEP, _FFT = 400, 160, 512  # 25 ms, 10 ms, the next power of two
_PREEMPHASIS = 0.97
_LOWEST_HZ = 20.0
_FLOOR = 1.1920928955078125e-07  # the smallest step of float32 at 1


def sound_input(samples: FloatArray, shape: tuple[int, ...]) -> FloatArray:
    """(clips, 1, bands, frames) of (n,) mono samples in -1..1 at SAMPLE_RATE.

    Three clips begin at the start, in the middle and two seconds before the end. Of a recording
    of two seconds or less they would be equal, so there is one.

    Args:
        shape: (1, bands, frames) of a spectrogram. Zeros fill the missing frames before the
            values are normalised, as in training.
    """
    _, bands, frames = shape
    length = CLIP_S * SAMPLE_RATE
    last = max(0, len(samples) - length)
    starts = [last * place // (CLIPS - 1) for place in range(CLIPS)] if last else [0]
    out = np.zeros((len(starts), 1, bands, frames), dtype=np.float32)
    for place, start in enumerate(starts):
        rows = fbank(samples[start : start + length], bands)[:frames]
        out[place, 0, :, : len(rows)] = rows.T
    return (out - MEAN) / STD


def fbank(samples: FloatArray, bands: int) -> FloatArray:
    """(frames, bands) log-mel energies of (n,) samples, as Kaldi's compute-fbank-feats.

    Frames of 25 ms every 10 ms that lie wholly within the sound; of each the mean is taken off,
    then pre-emphasis, a Hann window, the power spectrum, triangular filters from 20 Hz to half the
    rate, the logarithm. No dither. torchaudio has it too, but does not install beside every torch,
    and kaldi-native-fbank refuses 128 bands at this rate.
    """
    if len(samples) < _WINDOW:
        return np.zeros((0, bands), dtype=np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(samples, _WINDOW)[::_STEP]
    cut = windows.astype(np.float64)
    cut -= cut.mean(axis=1, keepdims=True)
    before = np.concatenate([cut[:, :1], cut[:, :-1]], axis=1)
    spectrum = np.fft.rfft((cut - _PREEMPHASIS * before) * np.hanning(_WINDOW), _FFT)
    energies = (np.abs(spectrum) ** 2) @ _filters(bands).T
    logs: FloatArray = np.log(np.maximum(energies, _FLOOR)).astype(np.float32)
    return logs


@lru_cache(maxsize=4)
def _filters(bands: int) -> NDArray[np.float64]:
    """(bands, bins) triangles that are evenly spaced and straight on the mel scale."""
    low, high = _mel(np.array([_LOWEST_HZ, SAMPLE_RATE / 2]))
    edges = low + (high - low) / (bands + 1) * np.arange(bands + 2)[:, None]
    bins = _mel(np.arange(_FFT // 2 + 1) * SAMPLE_RATE / _FFT)[None]
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    triangles: NDArray[np.float64] = np.maximum(0.0, np.minimum(rising, falling))
    return triangles


def _mel(hertz: NDArray[np.float64]) -> NDArray[np.float64]:
    mel: NDArray[np.float64] = 1127.0 * np.log1p(hertz / 700.0)
    return mel
