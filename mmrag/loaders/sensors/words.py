"""What a sensor measured, in words: what a search by words finds, and an answer may cite."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mmrag.loaders.sensors.motion import RATE, Motion, Window

Floats = NDArray[np.float32]

_TAILS = (1, 99)
"""Percentiles taken for the least and the most, for single pixels of every sensor are wrong."""
_PLACES = (
    ("top left", "top", "top right"),
    ("left", "middle", "right"),
    ("bottom left", "bottom", "bottom right"),
)
_REST = 0.05
"""m/s² and rad/s, root mean square, below which nothing moves; a phone on a table has 0.01."""
_WAYS = ("to and fro (x)", "sideways (y)", "up and down (z)")
_TURNS = ("about x", "about y", "about z")


def of_depth(disparity: Floats) -> str:
    """As in "Depth map, 0.5 to 4.2 m, nearest at the top left.\""""
    far, near = np.percentile(disparity, _TAILS)
    if near <= 0:
        return "Depth map, endlessly far throughout."
    nearest = f"{1 / near:.2g} m"
    farthest = f"{1 / far:.2g} m" if far > 0 else "endlessly far"
    if nearest == farthest:
        return f"Depth map, {nearest} throughout."
    span = f"{nearest.removesuffix(' m')} to {farthest}" if far > 0 else f"{nearest} to {farthest}"
    return f"Depth map, {span}, nearest at the {_highest(disparity)}."


def of_thermal(celsius: Floats) -> str:
    """As in "Thermal picture, 18.2 to 36.4 °C, hottest at the middle.\""""
    low, high = (f"{degrees:.1f}" for degrees in np.percentile(celsius, _TAILS))
    if low == high:
        return f"Thermal picture, {low} °C throughout."
    return f"Thermal picture, {low} to {high} °C, hottest at the {_highest(celsius)}."


def of_motion(window: Window, motion: Motion) -> str:
    """As in "Motion recording of 5 s, 3.1 m/s² mostly up and down (z), strongest at 3 Hz.\""""
    count = round((window.end_ms - window.start_ms) * RATE / 1000)
    samples = window.samples[:, : max(count, 1)]
    swings = samples - samples.mean(1, keepdims=True)
    rms = np.sqrt((swings**2).mean(1))
    pushed, turned = (float(np.linalg.norm(part)) for part in (rms[:3], rms[3:]))
    opening = f"Motion recording of {(window.end_ms - window.start_ms) / 1000:.3g} s"
    if max(pushed, turned) < _REST:
        return f"{opening}, at rest."
    parts = [opening]
    if pushed >= _REST:
        parts.append(f"shaking with {pushed:.2g} m/s², mostly {_WAYS[int(rms[:3].argmax())]}")
    if turned >= _REST:
        parts.append(f"turning with {turned:.2g} rad/s, mostly {_TURNS[int(rms[3:].argmax())]}")
    if peak := _strongest(swings, min(RATE, motion.rate) / 2):
        parts.append(f"strongest at {peak:.2g} Hz")
    return ", ".join(parts) + "."


def _highest(values: Floats) -> str:
    """Which of nine fields reaches highest, single pixels aside."""
    fields = [
        [float(np.percentile(field, 95)) for field in np.array_split(row, min(3, row.shape[1]), 1)]
        for row in np.array_split(values, min(3, len(values)), 0)
    ]
    down, across = np.unravel_index(int(np.argmax(fields)), np.shape(fields))
    return _PLACES[int(down)][int(across)]


def _strongest(swings: Floats, below: float) -> float | None:
    """Hz of the highest peak of the spectra of all axes together, from 0.5 Hz on."""
    power = (np.abs(np.fft.rfft(swings * np.hanning(swings.shape[1]), axis=1)) ** 2).sum(0)
    hertz = np.fft.rfftfreq(swings.shape[1], 1 / RATE)
    heard = (hertz >= 0.5) & (hertz <= below)
    return float(hertz[heard][power[heard].argmax()]) if heard.any() else None
