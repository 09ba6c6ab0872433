"""What a file or a stretch of it measured, as the numbers that models are given."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mmrag.loaders.limits import DEFAULT, Limits
from mmrag.loaders.sensors.grids import READERS
from mmrag.loaders.sensors.motion import Window, read_motion
from mmrag.modalities import Modality

Floats = NDArray[np.float32]

MOST_WINDOWS = 10
"""Of a whole recording, so many windows are taken, spread evenly."""


def measured(
    path: Path,
    sensor: Modality,
    start_ms: int | None = None,
    end_ms: int | None = None,
    *,
    limits: Limits = DEFAULT,
) -> Floats:
    """(1, h, w) disparity in 1/m or degrees Celsius, or (windows, 6, 2000) of motion.

    Args:
        sensor: depth, thermal or imu.
        start_ms, end_ms: of a motion recording, only the windows within, or the nearest one.

    Raises:
        LoadError: the file cannot be read as that.
    """
    if sensor in READERS:
        return READERS[sensor](path, limits).values[None]
    windows = read_motion(path, limits).windows
    if start_ms is not None:
        windows = _within(windows, start_ms, windows[-1].end_ms if end_ms is None else end_ms)
    chosen = np.linspace(0, len(windows) - 1, min(len(windows), MOST_WINDOWS)).round().astype(int)
    return np.stack([windows[place].samples for place in chosen])


def _within(windows: tuple[Window, ...], start_ms: int, end_ms: int) -> tuple[Window, ...]:
    inside = tuple(w for w in windows if w.start_ms >= start_ms and w.end_ms <= end_ms)
    middle = (start_ms + end_ms) / 2
    return inside or (min(windows, key=lambda w: abs((w.start_ms + w.end_ms) / 2 - middle)),)
