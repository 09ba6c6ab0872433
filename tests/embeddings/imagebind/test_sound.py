"""Sound: the filter bank against Kaldi's definition written out, and which clips are heard."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from mmrag.embeddings.imagebind.sound import SAMPLE_RATE, fbank, sound_input
from mmrag.store.spec import FloatArray

TOLERANCE = 3e-4


def mel(hertz: float) -> float:
    return 1127.0 * math.log(1.0 + hertz / 700.0)


def kaldi(samples: FloatArray, bands: int) -> NDArray[np.float64]:
    """feature-fbank.cc, step by step in float64: frames, filters and bins one by one."""
    low, high = mel(20.0), mel(8000.0)
    step = (high - low) / (bands + 1)
    weights = np.zeros((bands, 256))  # 512-point transform, the bin at 8 kHz is not used
    for band in range(bands):
        left, centre, right = (low + (band + place) * step for place in range(3))
        for place in range(256):
            at = mel(place * 16_000 / 512)
            if left < at <= centre:
                weights[band, place] = (at - left) / (centre - left)
            elif centre < at < right:
                weights[band, place] = (right - at) / (right - centre)
    angles = -2j * np.pi * np.outer(np.arange(256), np.arange(400)) / 512
    transform = np.exp(angles)
    hann = np.array([0.5 - 0.5 * math.cos(2 * math.pi * n / 399) for n in range(400)])
    rows = []
    for start in range(0, len(samples) - 400 + 1, 160):
        frame = samples[start : start + 400].astype(np.float64)
        frame = frame - frame.sum() / 400
        sharp = frame.copy()
        for n in range(399, 0, -1):
            sharp[n] -= 0.97 * sharp[n - 1]
        sharp[0] -= 0.97 * sharp[0]
        power = np.abs(transform @ (sharp * hann)) ** 2
        rows.append(np.log(np.maximum(weights @ power, 1.1920928955078125e-07)))
    return np.array(rows)


def noise(count: int) -> FloatArray:
    return (0.1 * np.random.default_rng(0).standard_normal(count)).astype(np.float32)


def tone(count: int, hertz: float) -> FloatArray:
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(count) / SAMPLE_RATE)).astype(np.float32)


def swell(count: int) -> FloatArray:
    """Speech-like: harmonics of a gliding voice that comes and goes, off centre."""
    at = np.arange(count) / SAMPLE_RATE
    voice = sum(np.sin(2 * np.pi * n * (120 * at + 20 * at**2)) / n for n in range(1, 30))
    return (0.1 * voice * np.abs(np.sin(3 * at)) + 0.05).astype(np.float32)


SOUNDS = {
    "noise": noise(32_000),
    "tone": tone(32_000, 440.0),
    "high tone": tone(8_000, 7_900.0),
    "speech-like": swell(32_000),
    "one frame": noise(559),
    "silence": np.zeros(4_000, dtype=np.float32),
}


@pytest.mark.parametrize("bands", [128, 16])
@pytest.mark.parametrize("name", SOUNDS)
def test_the_filter_bank_is_kaldis(name: str, bands: int) -> None:
    samples = SOUNDS[name]
    found, wanted = fbank(samples, bands), kaldi(samples, bands)
    assert found.dtype == np.float32
    assert found.shape == wanted.shape == (1 + (len(samples) - 400) // 160, bands)
    assert np.abs(found - wanted).max() < TOLERANCE


def test_two_seconds_are_198_frames_then_zeros_before_normalising() -> None:
    samples = noise(32_000)
    (clip,) = sound_input(samples, (1, 128, 204))
    assert clip.shape == (1, 128, 204)
    wanted = (kaldi(samples, 128).T + 4.268) / 9.138
    assert np.abs(clip[0, :, :198] - wanted).max() < TOLERANCE / 9
    assert clip[0, :, 198:] == pytest.approx(4.268 / 9.138, abs=1e-6)


def test_three_clips_are_spread_from_the_start_to_two_seconds_before_the_end() -> None:
    samples = noise(5 * SAMPLE_RATE + 1)  # 5 s and one sample: the middle starts at 1.5 s
    clips = sound_input(samples, (1, 128, 204))
    assert clips.shape == (3, 1, 128, 204)
    for clip, start in zip(clips, (0, 24_000, 48_001), strict=True):
        wanted = sound_input(samples[start : start + 32_000], (1, 128, 204))
        assert np.array_equal(clip, wanted[0])


def test_a_recording_of_two_seconds_or_less_is_one_clip() -> None:
    assert len(sound_input(noise(32_000), (1, 128, 204))) == 1
    assert len(sound_input(noise(32_001), (1, 128, 204))) == 3
    (short,) = sound_input(noise(399), (1, 128, 204))  # less than a frame
    assert short == pytest.approx(4.268 / 9.138, abs=1e-6)


def test_a_spectrogram_with_fewer_frames_is_cut() -> None:
    samples = noise(32_000)
    (short,), (whole,) = (sound_input(samples, (1, 16, frames)) for frames in (100, 204))
    assert np.array_equal(short, whole[:, :, :100])
