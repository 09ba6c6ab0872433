"""What a sensor measured, drawn: distance and heat in colours with a scale, motion as curves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from mmrag.limits import DEFAULT, Limits
from mmrag.loaders.sensors.measured import measured
from mmrag.modalities import Modality

Floats = NDArray[np.float32]

PAPER, INK, FAINT = (241, 243, 246), (40, 48, 60), (205, 210, 218)
AXES = ((238, 102, 119), (34, 136, 51), (68, 119, 170))
"""Of x, y and z: Paul Tol's "bright" scheme."""
# Five colours each, evenly spaced along matplotlib's viridis and inferno.
_VIRIDIS = ((68, 1, 84), (59, 82, 139), (33, 145, 140), (94, 201, 98), (253, 231, 37))
_INFERNO = ((0, 0, 4), (87, 16, 110), (188, 55, 84), (249, 142, 9), (252, 255, 164))
_TAILS = (1, 99)
_SMALLEST = 12  # pixels of letters
_LEAST = 0.5  # m/s² or rad/s that fill the height at least, so that rest looks like rest


def drawn(
    path: Path,
    sensor: Modality,
    size: int,
    start_ms: int | None = None,
    end_ms: int | None = None,
    *,
    limits: Limits = DEFAULT,
) -> Image.Image:
    """A picture of a depth map, a thermal picture, or the first window of a stretch of motion, its
    longer side at most `size` pixels.

    Raises:
        LoadError: the file cannot be read.
    """
    values = measured(path, sensor, start_ms, end_ms, limits=limits)[0]
    if sensor is Modality.IMU:
        return _curves(values, size)
    low, high = (float(bound) for bound in np.percentile(values, _TAILS))
    if sensor is Modality.THERMAL:
        return _coloured(values, low, high, size, _INFERNO, (f"{low:.1f} °C", f"{high:.1f} °C"))
    ends = (f"{1 / low:.2g} m" if low > 0 else "far", f"{1 / high:.2g} m" if high > 0 else "far")
    return _coloured(values, low, high, size, _VIRIDIS, ends)


def _coloured(
    values: Floats,
    low: float,
    high: float,
    size: int,
    ramp: tuple[tuple[int, int, int], ...],
    ends: tuple[str, str],
) -> Image.Image:
    """The map above a bar that says what the colours mean, the least on the left."""
    letters = max(_SMALLEST, size // 24)
    strip = 2 * letters
    share = np.clip((values - low) / max(high - low, 1e-9), 0, 1)
    image = Image.fromarray(_paint(share, ramp))
    scale = min(size / image.width, (size - strip) / image.height)
    across, down = (max(1, round(side * scale)) for side in image.size)
    way = Image.Resampling.NEAREST if scale > 1 else Image.Resampling.BOX
    sheet = Image.new("RGB", (max(across, min(size, 8 * letters)), down + strip), PAPER)
    sheet.paste(image.resize((across, down), way), ((sheet.width - across) // 2, 0))
    font = ImageFont.load_default(size=letters)
    pen = ImageDraw.Draw(sheet)
    margin, middle = letters // 3, down + strip // 2
    left = margin + pen.textlength(ends[0], font) + margin
    right = sheet.width - margin - pen.textlength(ends[1], font) - margin
    pen.text((margin, middle), ends[0], INK, font, anchor="lm")
    pen.text((sheet.width - margin, middle), ends[1], INK, font, anchor="rm")
    if right - left >= letters:
        bar = _paint(np.linspace(0, 1, round(right - left), dtype=np.float32)[None], ramp)
        half = letters // 3
        sheet.paste(
            Image.fromarray(bar).resize((bar.shape[1], 2 * half)), (round(left), middle - half)
        )
    return sheet


def _paint(share: Floats, ramp: tuple[tuple[int, int, int], ...]) -> NDArray[np.uint8]:
    """Colours of values in 0..1."""
    places = np.linspace(0, 1, len(ramp))
    planes = [np.interp(share, places, [colour[plane] for colour in ramp]) for plane in range(3)]
    colours: NDArray[np.uint8] = np.rint(np.stack(planes, axis=-1)).astype(np.uint8)
    return colours


def _curves(window: Floats, size: int) -> Image.Image:
    """Acceleration above rotation, three axes each, about their means; x red, y green, z blue."""
    height = round(size * 5 / 8)
    sheet = Image.new("RGB", (size, height), PAPER)
    pen = ImageDraw.Draw(sheet)
    letters = max(_SMALLEST, size // 24)
    font = ImageFont.load_default(size=letters)
    swings = window - window.mean(1, keepdims=True)
    halves = ((swings[:3], "m/s^2", 0), (swings[3:], "rad/s", height // 2))
    for part, unit, top in halves:
        most = max(float(np.abs(part).max()), _LEAST)
        middle, reach = top + height / 4, 0.8 * height / 4
        pen.line((0, middle, size, middle), FAINT)
        places = np.linspace(0, size - 1, part.shape[1])
        for curve, colour in zip(part, AXES, strict=True):
            heights = middle - curve / most * reach
            pen.line(
                list(zip(places.tolist(), heights.tolist(), strict=True)), colour, 1 + size // 400
            )
        label = f"±{most:.2g} {unit}"
        box = pen.textbbox((letters // 3, top + letters // 4), label, font)
        pen.rectangle((box[0] - 2, box[1] - 1, box[2] + 2, box[3] + 2), PAPER)
        pen.text((letters // 3, top + letters // 4), label, INK, font)
    pen.line((0, height // 2, size, height // 2), FAINT, 2)
    return sheet
