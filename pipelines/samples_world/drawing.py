"""Shared drawing: fractal noise, gradients, fonts, and a heightfield seen from a point on it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFont

Array = NDArray[np.float64]
Colour = tuple[float, float, float]


def font(name: str, size: float) -> ImageFont.FreeTypeFont:
    """A font by file name; Pillow looks in the system's font folders."""
    return ImageFont.truetype(name, size)


def fractal(rng: np.random.Generator, rows: int, columns: int, power: float) -> Array:
    """Tileable noise [rows, columns], mean 0 and deviation 1, with spectrum 1/f**power."""
    wave = np.fft.rfft2(rng.normal(size=(rows, columns)))
    fy = np.fft.fftfreq(rows)[:, None] * rows
    fx = np.fft.rfftfreq(columns)[None, :] * columns
    frequency = np.hypot(fy, fx)
    frequency[0, 0] = 1
    field = np.fft.irfft2(wave / frequency ** (power / 2), s=(rows, columns))
    return (field - field.mean()) / field.std()


def gradient(rows: int, columns: int, stops: list[tuple[float, Colour]]) -> Array:
    """A vertical gradient [rows, columns, 3] through the stops, heights 0 (top) to 1."""
    at = np.linspace(0, 1, rows)
    heights = [stop for stop, _ in stops]
    channels = [np.interp(at, heights, [colour[i] for _, colour in stops]) for i in range(3)]
    return np.repeat(np.stack(channels, axis=-1)[:, None, :], columns, axis=1)


def mix(under: Array, over: Array | Colour, share: Array) -> Array:
    """`over` laid on `under`, with a share [rows, columns] between 0 and 1."""
    part = np.clip(share, 0, 1)[..., None]
    return under * (1 - part) + np.asarray(over) * part


def to_image(pixels: Array, size: tuple[int, int]) -> Image.Image:
    """The pixels (0..1, drawn larger than needed) as an antialiased image of `size`."""
    whole = Image.fromarray((np.clip(pixels, 0, 1) * 255).astype(np.uint8))
    return whole.resize(size, Image.Resampling.LANCZOS)


@dataclass(frozen=True)
class View:
    """A camera over a heightfield: place and height in cells, and what it sees."""

    x: float
    y: float
    height: float
    spread: float
    horizon: float
    furthest: float
    scale: float


def survey(field: Array, view: View, rows: int, columns: int) -> tuple[Array, Array, Array]:
    """Where each pixel's ray meets the field: (x, y, distance) [rows, columns], inf for sky.

    Column by column the projected heights are made monotone from front to back, so that a binary
    search finds the nearest ground that covers a row (the voxel-space method of the nineties).
    """
    distance = np.geomspace(4, view.furthest, 1600)
    angles = np.linspace(-view.spread, view.spread, columns)
    level = (view.horizon - np.arange(rows) / rows) * view.scale
    found = np.full((3, rows, columns), np.inf)
    for column, angle in enumerate(angles):
        x = view.x + distance * np.tan(angle)
        y = view.y + distance
        seen = np.maximum.accumulate((sample(field, x, y) - view.height) / distance)
        nearest = np.searchsorted(seen, level)
        ground = nearest < len(distance)
        hit = nearest[ground]
        found[:, ground, column] = x[hit], y[hit], distance[hit]
    return found[0], found[1], found[2]


def sample(field: Array, x: Array, y: Array) -> Array:
    """Bilinear reading of a tileable field at fractional cells."""
    rows, columns = field.shape[:2]
    x0, y0 = np.floor(x).astype(int), np.floor(y).astype(int)
    fx, fy = x - x0, y - y0
    if field.ndim == 3:
        fx, fy = fx[..., None], fy[..., None]
    x0, x1, y0, y1 = x0 % columns, (x0 + 1) % columns, y0 % rows, (y0 + 1) % rows
    upper = field[y0, x0] * (1 - fx) + field[y0, x1] * fx
    lower = field[y1, x0] * (1 - fx) + field[y1, x1] * fx
    return upper * (1 - fy) + lower * fy


def normals(field: Array) -> Array:
    """Unit normals [rows, columns, 3] of the heightfield, z upward."""
    dy, dx = np.gradient(field)
    across = np.stack([-dx, -dy, np.ones_like(field)], axis=-1)
    return across / np.linalg.norm(across, axis=-1, keepdims=True)
