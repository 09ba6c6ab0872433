"""Depth maps and thermal pictures as grids of numbers in fixed units."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mmrag.errors import CorruptFile, UnsupportedFile
from mmrag.loaders.limits import DEFAULT, Limits, check_count
from mmrag.loaders.pixels import opened
from mmrag.loaders.sensors.arrays import MAGIC, Numbers, array_names, read_npy, read_npz
from mmrag.loaders.sensors.naming import Hint, hint_of
from mmrag.modalities import Modality

Floats = NDArray[np.float32]

MISSING = 0.9
"""Share of a grid without measurements from which on it is refused."""
FARTHEST = 1e5
"""Metres; a depth beyond it is a mark for "nothing seen"."""

# By unit: what makes metres or degrees Celsius of it. Disparity is 1 / metres already.
_DEPTH_UNITS: dict[str, float] = {"m": 1.0, "cm": 0.01, "mm": 0.001, "disparity": 1.0}
_THERMAL_UNITS: dict[str, tuple[float, float]] = {
    "C": (1.0, 0.0),
    "K": (1.0, -273.15),
    "cK": (0.01, -273.15),  # as FLIR's radiometric cameras write 16 bits, in high gain
    "dK": (0.1, -273.15),  # in low gain
    "F": (5 / 9, -160 / 9),
}
_COLDEST, _HOTTEST = -273.15, 3500.0  # no thermal camera measures beyond


@dataclass(frozen=True)
class Grid:
    """What a sensor measured over its picture.

    Attributes:
        values: (h, w) disparity in 1/m, 0 being endlessly far, or degrees Celsius; holes filled.
        missing: share of `values` that was not measured.
    """

    values: Floats
    missing: float


def read_depth(path: Path, limits: Limits = DEFAULT) -> Grid:
    """A depth map as disparity in 1/m.

    Floats are metres and 16-bit integers millimetres unless a sidecar says otherwise. NaN,
    infinity, zero and less are holes; of disparity zero is endlessly far.

    Raises:
        LoadError: damaged, beyond the limits, of another shape, or with hardly a measurement.
    """
    hint, raw = _raw(path, Modality.DEPTH, limits)
    unit = hint.word("unit", _DEPTH_UNITS, "mm" if raw.dtype.kind in "iu" else "m")
    scaled = raw.astype(np.float32) * np.float32(hint.number("scale") or 1.0)
    if unit == "disparity":
        return _filled(path, scaled, np.isfinite(scaled) & (scaled >= 0))
    metres = scaled * np.float32(_DEPTH_UNITS[unit])
    known = np.isfinite(metres) & (metres > 0) & (metres < FARTHEST)
    near: Floats = np.where(known, metres, 1).astype(np.float32)
    return _filled(path, np.float32(1) / near, known)


def read_thermal(path: Path, limits: Limits = DEFAULT) -> Grid:
    """A thermal picture in degrees Celsius.

    Floats are degrees Celsius and 16-bit integers hundredths of a kelvin unless a sidecar says
    otherwise. NaN, infinity and what no camera measures are holes.

    Raises:
        LoadError: as of `read_depth`.
    """
    hint, raw = _raw(path, Modality.THERMAL, limits)
    unit = hint.word("unit", _THERMAL_UNITS, "cK" if raw.dtype.kind in "iu" else "C")
    factor, offset = _THERMAL_UNITS[unit]
    scaled = raw.astype(np.float32) * np.float32(hint.number("scale") or 1.0)
    celsius = scaled * np.float32(factor) + np.float32(offset)
    known = np.isfinite(celsius) & (celsius > _COLDEST) & (celsius < _HOTTEST)
    return _filled(path, celsius, known)


READERS: dict[Modality, Callable[[Path, Limits], Grid]] = {
    Modality.DEPTH: read_depth,
    Modality.THERMAL: read_thermal,
}


def _raw(path: Path, sensor: Modality, limits: Limits) -> tuple[Hint, Numbers]:
    hint = hint_of(path)
    with path.open("rb") as handle:
        head = handle.read(len(MAGIC))
    if head == MAGIC:
        raw = read_npy(path, limits, "sensor_pixels")
    elif head.startswith(b"PK"):
        raw = _member(path, sensor, limits)
    else:
        raw = _sixteen_bits(path, limits)
    if raw.ndim == 3 and 1 in (raw.shape[0], raw.shape[2]):
        raw = raw.squeeze(0 if raw.shape[0] == 1 else 2)
    if raw.ndim != 2:
        raise CorruptFile(
            path, f"holds an array of shape {raw.shape}; a {sensor.value} map is (height, width)"
        )
    return hint, raw


def _member(path: Path, sensor: Modality, limits: Limits) -> Numbers:
    names = array_names(path)
    wanted = sensor.value if sensor.value in names else names[0] if len(names) == 1 else ""
    found = read_npz(path, [wanted], limits, "sensor_pixels")
    if not found:
        raise CorruptFile(
            path,
            f"holds no array {sensor.value!r} but {', '.join(names[:5]) or 'none'}; name it so",
        )
    return found[wanted]


def _sixteen_bits(path: Path, limits: Limits) -> Numbers:
    with opened(path, limits) as image:
        if not image.mode.startswith("I"):
            raise UnsupportedFile(
                path,
                f"is to hold measurements but has the mode {image.mode}; save 16 bits of grey",
            )
        check_count(path, "sensor_pixels", image.width * image.height, limits.sensor_pixels)
        try:
            return np.asarray(image).astype(np.uint16)
        except (OSError, SyntaxError, ValueError) as exc:
            raise CorruptFile(path, f"is a damaged or truncated picture: {exc}") from exc


def _filled(path: Path, values: Floats, known: NDArray[np.bool_]) -> Grid:
    """Holes take the value beside them in their row, rows without any that of a row beside."""
    missing = 1 - float(known.mean())
    if missing >= MISSING:
        raise CorruptFile(
            path,
            f"has no measurement in {missing:.0%} of its pixels; from {MISSING:.0%} on there is "
            f"nothing to search by. Is its unit right?",
        )
    if missing:
        values = _beside(np.where(known, values, np.nan).astype(np.float32))
    return Grid(np.ascontiguousarray(values, dtype=np.float32), missing)


def _beside(values: Floats) -> Floats:
    for axis in (1, 0):
        for flipped in (False, True):
            turned = np.flip(values, axis) if flipped else values
            places = np.where(np.isnan(turned), 0, _counted(turned, axis))
            latest = np.maximum.accumulate(places, axis=axis)
            turned = np.take_along_axis(turned, latest, axis)
            values = np.flip(turned, axis) if flipped else turned
    return values


def _counted(values: Floats, axis: int) -> NDArray[np.int64]:
    shape = [1, 1]
    shape[axis] = -1
    return np.arange(values.shape[axis]).reshape(shape)
