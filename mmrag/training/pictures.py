"""Pictures of the small world: one shape in a corner, on a plain ground, with some noise."""

from __future__ import annotations

import colorsys
import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from mmrag.training.shapes import CORNERS, Item

HUES = {
    "red": (0.0, 1.0),
    "orange": (0.08, 1.0),
    "yellow": (0.155, 1.0),
    "green": (0.33, 0.8),
    "cyan": (0.5, 1.0),
    "blue": (0.64, 1.0),
    "purple": (0.76, 0.85),
    "pink": (0.92, 1.0),
    "maroon": (0.0, 0.45),
    "brown": (0.08, 0.5),
    "olive": (0.155, 0.5),
    "teal": (0.5, 0.45),
    "navy": (0.64, 0.45),
    "magenta": (0.84, 1.0),
}
"""Hue and brightness of each colour, 0..1."""
PINK_SATURATION = 0.45

SIDE = 64
"""Pixels a side that the tiny model sees; items are drawn at any side."""
_FINER = 3  # shapes are drawn so much larger and averaged down, so that edges are smooth
_RADII = {"small": (0.10, 0.13), "large": (0.19, 0.225)}  # of the side


def draw(item: Item, side: int = SIDE) -> Image.Image:
    """The picture of an item, RGB, `side` pixels square; the same at every side but for noise."""
    random = item.random("picture")
    placed = _placed(item, random, side * _FINER)
    ground = random.uniform(0, 90) if random.random() < 0.5 else random.uniform(170, 255)
    tint = np.clip(ground + random.uniform(-10, 10, 3), 0, 255).astype(int)

    canvas = Image.new("RGB", (side * _FINER, side * _FINER), tuple(tint.tolist()))
    _shape(ImageDraw.Draw(canvas), item, placed, _paint(item, random))
    pixels = np.asarray(canvas.reduce(_FINER), dtype=np.float32)
    noise = random.normal(0, random.uniform(0, 10), pixels.shape)
    return Image.fromarray(np.clip(pixels + noise, 0, 255).astype(np.uint8))


def silhouette(item: Item, side: int, random: np.random.Generator) -> NDArray[np.float32]:
    """(side, side) how much of each pixel an item's shape covers, 0..1, placed by `random`."""
    canvas = Image.new("L", (side * _FINER, side * _FINER), 0)
    _shape(ImageDraw.Draw(canvas), item, _placed(item, random, side * _FINER), 255)
    return np.asarray(canvas.reduce(_FINER), dtype=np.float32) / np.float32(255)


class _Placed(NamedTuple):
    """Where a shape is, in pixels, and how it is turned, in radians."""

    x: float
    y: float
    radius: float
    turn: float


def _placed(item: Item, random: np.random.Generator, side: int) -> _Placed:
    row, column = divmod(CORNERS.index(item.corner), 2)
    x, y = (np.array([column, row]) * 0.5 + 0.25 + random.uniform(-0.03, 0.03, 2)) * side
    radius = random.uniform(*_RADII[item.concept.size]) * side
    return _Placed(x, y, radius, math.radians(random.uniform(-12, 12)))


def _paint(item: Item, random: np.random.Generator) -> tuple[int, int, int]:
    hue, brightness = HUES[item.concept.colour]
    saturation = PINK_SATURATION if item.concept.colour == "pink" else 1.0
    red, green, blue = colorsys.hsv_to_rgb(
        (hue + random.uniform(-0.015, 0.015)) % 1,
        saturation * random.uniform(0.85, 1.0),
        brightness * random.uniform(0.85, 1.0),
    )
    return round(red * 255), round(green * 255), round(blue * 255)


def _shape(
    pen: ImageDraw.ImageDraw, item: Item, placed: _Placed, paint: tuple[int, int, int] | int
) -> None:
    shape = item.concept.shape
    x, y, radius, turn = placed
    box = (x - radius, y - radius, x + radius, y + radius)
    if shape == "circle":
        pen.ellipse(box, fill=paint)
    elif shape == "ring":
        pen.ellipse(box, outline=paint, width=max(2, round(radius * 0.38)))
    else:
        pen.polygon(
            [
                (
                    x + radius * length * math.sin(turn + angle),
                    y - radius * length * math.cos(turn + angle),
                )
                for length, angle in _OUTLINES[shape]
            ],
            fill=paint,
        )


def _star() -> list[tuple[float, float]]:
    return [(1.12 if n % 2 == 0 else 0.45, n * math.pi / 5) for n in range(10)]


def _cross() -> list[tuple[float, float]]:
    arm, corner = math.hypot(1, 0.33), 0.33 * math.sqrt(2)
    spread = math.atan(0.33)
    return [
        (length, quarter * math.pi / 2 + angle)
        for quarter in range(4)
        for length, angle in ((arm, -spread), (arm, spread), (corner, math.pi / 4))
    ]


_OUTLINES = {
    "square": [(1.2, math.pi / 4 + n * math.pi / 2) for n in range(4)],
    "triangle": [(1.15, n * 2 * math.pi / 3) for n in range(3)],
    "star": _star(),
    "cross": _cross(),
}
"""Corners of each polygon: distance from the centre in radii, and angle from the top in radians."""
