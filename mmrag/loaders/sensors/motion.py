"""Motion recordings at one rate and in fixed units, in windows of five seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mmrag.errors import CorruptFile
from mmrag.loaders.limits import DEFAULT, Limits, check_count
from mmrag.loaders.sensors.arrays import MAGIC, Numbers, array_names, read_npy, read_npz
from mmrag.loaders.sensors.motion_table import (
    ACCELERATION,
    AXES,
    CLOCK,
    ROTATION,
    TIME,
    read_table,
)
from mmrag.loaders.sensors.naming import Hint, hint_of

Floats = NDArray[np.float32]

RATE = 400
"""Samples a second, as ImageBind has it; other rates are brought to it."""
WINDOW = 2000
"""Samples of a window: 5 s."""
GAP_S = 0.5
"""Seconds without a sample that end a stretch; shorter gaps are bridged by straight lines."""
SHORTEST_S = 1.0
"""Seconds of a stretch, or of a rest behind the last whole window, below which it is left out."""
SLOWEST, SLOW = 10.0, 50.0
"""Samples a second below which a recording is refused, and below which that is told."""
_LOST = 1.5  # sample periods from one sample to the next beyond which some are missing


@dataclass(frozen=True)
class Window:
    """A stretch of a recording: `samples` is (6, 2000), three axes of m/s² and three of rad/s.

    What ends before the window does is held at its last value.
    """

    start_ms: int
    end_ms: int
    samples: Floats


@dataclass(frozen=True)
class Motion:
    """A recording: its windows, its own rate in Hz, and what had to be done to it."""

    windows: tuple[Window, ...]
    rate: float
    notes: tuple[str, ...]


def read_motion(path: Path, limits: Limits = DEFAULT) -> Motion:
    """A motion recording, its time counted from its first sample.

    Windows follow one another; the last one of a stretch without gaps reaches back over the one
    before it if a second or more is left. Arrays are (n, 6) at 400 Hz unless a sidecar or an array
    `rate_hz` beside them says otherwise; units are m/s² and rad/s unless titles or a sidecar do.

    Raises:
        LoadError: damaged, beyond the limits, too slow, too short, or with a time that runs back.
    """
    status = path.stat()
    beside = path.with_name(f"{path.name}.json")
    told = beside.stat().st_mtime_ns if beside.is_file() else 0
    return _read(path, (status.st_mtime_ns, status.st_size, told), limits)


@lru_cache(maxsize=1)
def _read(path: Path, version: tuple[int, ...], limits: Limits) -> Motion:
    """Its windows are read one after the other, each by its own node."""
    hint = hint_of(path)
    with path.open("rb") as handle:
        head = handle.read(len(MAGIC))
    arrays = head == MAGIC or head.startswith(b"PK")
    time, values = _of_arrays(path, hint, limits) if arrays else _of_table(path, hint, limits)
    return _cut(path, time, values)


def _of_table(
    path: Path, hint: Hint, limits: Limits
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    table = read_table(path, limits)
    units = table.columns.units
    values = table.values * _factors(path, hint, units)
    if table.time is None:
        rate = hint.number("rate_hz")
        if rate is None:
            raise CorruptFile(
                path,
                f"has no column of time; add one, or a file {path.name}.json with rate_hz",
            )
        return np.arange(len(values)) / rate, values
    if (bad := ~np.isfinite(table.time)).any():
        line = table.lines[bad.argmax()]
        raise CorruptFile(path, f"has no time in line {line}")
    back = np.flatnonzero(np.diff(table.time) < 0)
    if back.size:
        line = table.lines[back[0] + 1]
        raise CorruptFile(path, f"runs back in time in line {line}; sort its rows by time")
    unit = (
        _known(path, units[TIME], CLOCK, TIME) if TIME in units else hint.word("time", CLOCK, "s")
    )
    return (table.time - table.time[:1]) * CLOCK[unit], values


def _factors(path: Path, hint: Hint, units: Mapping[str, str]) -> NDArray[np.float64]:
    factors = []
    for axis in AXES:
        name, known, usual = (
            ("acceleration", ACCELERATION, "m/s2")
            if axis.startswith("a")
            else ("rotation", ROTATION, "rad/s")
        )
        stated = units.get(axis)
        unit = _known(path, stated, known, axis) if stated else hint.word(name, known, usual)
        factors.append(known[unit])
    return np.array(factors)


def _known(path: Path, unit: str, known: Mapping[str, float], column: str) -> str:
    if unit not in known:
        raise CorruptFile(
            path, f"gives column {column} in {unit!r}; known units: {', '.join(known)}"
        )
    return unit


def _of_arrays(
    path: Path, hint: Hint, limits: Limits
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    raw, rate = _arrays(path, limits)
    if raw.ndim != 2 or raw.shape[1] != len(AXES):
        raise CorruptFile(
            path, f"holds an array of shape {raw.shape}; motion is (samples, 6): ax ay az gx gy gz"
        )
    check_count(path, "motion_samples", len(raw), limits.motion_samples)
    rate = hint.number("rate_hz") or rate
    return np.arange(len(raw)) / rate, raw.astype(np.float64) * _factors(path, hint, {})


def _arrays(path: Path, limits: Limits) -> tuple[Numbers, float]:
    with path.open("rb") as handle:
        if handle.read(len(MAGIC)) == MAGIC:
            return read_npy(path, limits, "motion_samples", each=len(AXES)), float(RATE)
    names = array_names(path)
    numbers = [name for name in names if name != "rate_hz"]
    wanted = "imu" if "imu" in names else numbers[0] if len(numbers) == 1 else ""
    found = read_npz(path, [wanted, "rate_hz"], limits, "motion_samples", each=len(AXES))
    if wanted not in found:
        raise CorruptFile(path, f"holds no array 'imu' but {', '.join(names[:5])}; name it so")
    rate = found.get("rate_hz")
    if rate is not None and (rate.size != 1 or not 0 < float(rate.reshape(-1)[0]) < 1e9):
        raise CorruptFile(path, "holds a rate_hz that is no single number above 0")
    return found[wanted], float(RATE) if rate is None else float(rate.reshape(-1)[0])


def _cut(path: Path, time: NDArray[np.float64], values: NDArray[np.float64]) -> Motion:
    whole = np.logical_and.reduce(np.isfinite(values), axis=1)
    notes = []
    if not whole.all():
        notes.append(f"{np.count_nonzero(~whole)} of {len(whole)} samples lack a number")
        time, values = time[whole], values[whole]
    first = np.diff(time, prepend=-np.inf) > 0  # of several at one time, the first counts
    if not first.all():
        notes.append(f"{np.count_nonzero(~first)} samples have the time of the one before")
        time, values = time[first], values[first]
    if len(time) < 2:
        raise CorruptFile(path, f"holds {len(time)} usable samples; {SHORTEST_S:g} s is the least")
    period = float(np.median(np.diff(time)))
    rate = round(1 / period, 3)  # differences of times are off by their last digits
    if rate < SLOWEST:
        raise CorruptFile(
            path,
            f"has {rate:.3g} samples a second; motion takes {SLOWEST:g} at least. Is the unit of "
            f"its time right?",
        )
    if rate < SLOW:
        notes.append(f"{rate:.3g} samples a second tell of nothing faster than half of that")
    steps = np.diff(time)
    gaps = steps > max(GAP_S, _LOST * period)
    lost = (steps > _LOST * period) & ~gaps
    if lost.any():
        notes.append(f"{_gaps(lost)} of up to {steps[lost].max():.2g} s bridged")
    if gaps.any():
        notes.append(f"divided by {_gaps(gaps)} of {steps[gaps].sum():.3g} s in all")
    windows: list[Window] = []
    start = time[0]
    for part in np.split(np.arange(len(time)), np.flatnonzero(gaps) + 1):
        windows += _windows(time[part], values[part], start, period)
    if not windows:
        raise CorruptFile(path, f"has no stretch of {SHORTEST_S:g} s without a gap")
    return Motion(tuple(windows), rate, tuple(notes))


def _gaps(mask: NDArray[np.bool_]) -> str:
    count = np.count_nonzero(mask)
    return f"{count} gap{'' if count == 1 else 's'}"


def _windows(
    time: NDArray[np.float64], values: NDArray[np.float64], start: float, period: float
) -> list[Window]:
    count = int((time[-1] - time[0] + period) * RATE + 1e-6)
    if count < SHORTEST_S * RATE:
        return []
    values = _smoothed(values, round(1 / (period * RATE)))
    clock = time[0] + np.arange(count) / RATE
    samples = np.stack([np.interp(clock, time, axis) for axis in values.T]).astype(np.float32)
    starts = list(range(0, max(count - WINDOW, 0) + 1, WINDOW))
    if count > WINDOW and count - starts[-1] - WINDOW >= SHORTEST_S * RATE:
        starts.append(count - WINDOW)
    found = []
    for place in starts:
        part = samples[:, place : place + WINDOW]
        begin = 1000 * (time[0] - start + place / RATE)
        end = begin + 1000 * part.shape[1] / RATE
        held = np.pad(part, ((0, 0), (0, WINDOW - part.shape[1])), mode="edge")
        found.append(Window(round(begin), round(end), held))
    return found


def _smoothed(values: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """Means over `width` samples, or what is faster than 200 Hz would look like something slow."""
    if width < 2 or len(values) < width:
        return values
    kernel = np.full(width, 1 / width)
    padded = np.pad(values, ((width // 2, width - 1 - width // 2), (0, 0)), mode="edge")
    return np.stack([np.convolve(axis, kernel, mode="valid") for axis in padded.T], axis=1)
