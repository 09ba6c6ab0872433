"""pictures/: two pictures without a word in them, a hut at dusk and an anemometer in the sky."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from samples_world.drawing import (
    Array,
    View,
    fractal,
    gradient,
    mix,
    normals,
    sample,
    survey,
    to_image,
)
from samples_world.places import Place

HUT = "pictures/mountain-hut-at-dusk.jpg"
SIZE = (1200, 800)
LARGE = (2400, 1600)


def mountains(seed: int, peak: tuple[float, float], height: float) -> Array:
    """A heightfield of 1024 cells square: ridged noise with one great peak."""
    rng = np.random.default_rng(seed)
    bend = fractal(rng, 1024, 1024, 3.9)
    ridges = 1 - np.abs(fractal(rng, 1024, 1024, 4.0))
    small = 1 - np.abs(fractal(rng, 1024, 1024, 3.3))
    y, x = np.mgrid[0:1024, 0:1024].astype(float)
    dx, dy = x - peak[0], (y - peak[1]) * 1.15
    away = np.hypot(dx, dy) + 12 * bend
    spokes = 1 - np.abs(np.sin(2.5 * np.arctan2(dy, dx) + 0.9 * bend + 0.35))
    rise = np.clip(1 - away / 270, 0, 1)
    # The spokes are aretes that run down from the summit; at the summit itself they must vanish.
    cone = height * rise**1.5 * (1 - 0.42 * (1 - spokes) * np.clip(away / 120, 0, 1))
    return cone + ridges * (9 + 0.26 * cone) + small * (2.2 + 0.13 * cone)


def paint_land(sky: Array, field: Array, view: View, sun: Array, warm: Array, haze: Array) -> Array:
    """The field under a sky [rows, columns, 3]: snow on the flat, rock on the steep, haze afar."""
    rows, columns = sky.shape[:2]
    x, y, distance = survey(field, view, rows, columns)
    ground = np.isfinite(distance)
    px, py, far = x[ground], y[ground], distance[ground]
    facing = sample(normals(field), px, py)
    height = sample(field, px, py)
    lit = np.clip(facing @ sun, 0, 1)
    steep = np.clip((facing[:, 2] - 0.44) / 0.14, 0, 1)[:, None]
    surface = steep * np.array([0.90, 0.93, 1.0]) + (1 - steep) * np.array([0.30, 0.29, 0.33])
    high = np.clip((height - 40) / 60, 0, 1)[:, None]
    light = np.array([0.27, 0.34, 0.55]) * (0.70 + 0.30 * facing[:, 2:]) + 1.35 * lit[:, None] * (
        warm * (0.25 + 0.75 * high)
    )
    veil = (1 - np.exp(-far / 420))[:, None]
    out = sky.copy()
    out[ground] = surface * light * (1 - veil) + haze * veil
    return out


def build(folder: Path) -> list[Place]:
    """Write the hut at dusk; anemometer.py writes the other picture."""
    to_image(_dusk(), SIZE).save(folder / HUT, quality=84)
    return [Place(HUT, "hut at dusk", 1)]


def _dusk() -> Array:
    """Sky, range, near slope, hut and lamp light, at twice the final size."""
    columns, rows = LARGE
    rng = np.random.default_rng(1931)
    sky = gradient(
        rows,
        columns,
        [
            (0, (0.07, 0.12, 0.27)),
            (0.25, (0.20, 0.28, 0.47)),
            (0.45, (0.58, 0.50, 0.58)),
            (0.60, (0.96, 0.66, 0.45)),
            (1, (0.98, 0.72, 0.48)),
        ],
    )
    _stars(sky, rng)
    cloud = fractal(rng, 512, 512, 3.0)
    v, u = np.mgrid[0:rows, 0:columns].astype(float)
    bands = sample(cloud, u / 9, v / 1.6)
    share = np.clip(bands - 0.35, 0, 1.4) * np.clip((v / rows - 0.12) * 4, 0, 1) * 0.45
    sky = mix(sky, (0.99, 0.60, 0.50), share)

    field = mountains(7, (560, 330), 172)
    view = View(x=512, y=30, height=50, spread=0.62, horizon=0.60, furthest=900, scale=0.92)
    sun = np.array([-0.80, -0.35, 0.42])
    pixels = paint_land(
        sky, field, view, sun / np.linalg.norm(sun), np.array([1.05, 0.62, 0.45]),
        np.array([0.66, 0.55, 0.62]),
    )  # fmt: skip
    pixels = _near_slope(pixels, rng)
    return _hut(pixels)


def _stars(sky: Array, rng: np.random.Generator) -> None:
    """Faint stars in the upper part of the sky."""
    rows, columns = sky.shape[:2]
    for _ in range(170):
        row = int(rng.triangular(0, 0, 0.3) * rows)
        column = int(rng.uniform(3, columns - 4))
        sky[row : row + 3, column : column + 3] += rng.uniform(0.1, 0.55)


def _near_slope(pixels: Array, rng: np.random.Generator) -> Array:
    """The snow in front, blue in the shade, with wind ripples."""
    rows, columns = pixels.shape[:2]
    u = np.linspace(0, 1, columns)
    edge = 0.80 - 0.085 * np.exp(-(((u - 0.27) / 0.20) ** 2)) + 0.05 * u**2
    edge = (edge + 0.004 * np.sin(u * 23 + 1)) * rows
    v = np.arange(rows)[:, None]
    depth = (v - edge[None, :]) / rows
    field = fractal(rng, 512, 512, 3.2)
    y, x = np.mgrid[0:rows, 0:columns].astype(float)
    ripple = sample(field, x / 14 + y / 30, y / 5)
    tone = 0.42 + 0.05 * ripple - 0.62 * depth
    snow = np.stack([tone * 0.78, tone * 0.92, tone * 1.28], axis=-1)
    rim = np.exp(-np.clip(depth, 0, 1) / 0.006)
    snow = mix(snow, (0.93, 0.68, 0.58), 0.55 * rim)
    return mix(pixels, snow, np.clip(depth * rows / 2, 0, 1))


def _hut(pixels: Array) -> Array:
    """The hut with its lit window, chimney smoke, stayed mast, and the glow on the snow."""
    picture = Image.fromarray((np.clip(pixels, 0, 1) * 255).astype(np.uint8))
    smoke = Image.new("L", LARGE, 0)
    pen = ImageDraw.Draw(smoke)
    for step in range(60):
        x, y = 742 + step * 3.4 + 14 * np.sin(step / 7), 945 - step * 6.2
        size = 9 + step * 0.75
        pen.ellipse([x - size, y - size, x + size, y + size], fill=int(110 * (1 - step / 60)))
    smoke = smoke.filter(ImageFilter.GaussianBlur(13))
    picture.paste((226, 205, 205), mask=smoke)

    pen = ImageDraw.Draw(picture)
    pen.line([(960, 1195), (960, 690)], fill=(30, 27, 36), width=9)
    for foot in (850, 1085):
        pen.line([(960, 720), (foot, 1205)], fill=(38, 36, 48), width=3)
    pen.line([(925, 712), (995, 712)], fill=(30, 27, 36), width=6)
    for x in (922, 998):
        pen.ellipse([x - 11, 701, x + 11, 723], fill=(30, 27, 36))

    wall, side, roof = (58, 38, 34), (40, 28, 30), (196, 190, 208)
    pen.polygon([(560, 1070), (800, 1070), (800, 1232), (560, 1232)], fill=wall)
    pen.polygon([(450, 1085), (505, 985), (560, 1070), (560, 1232), (450, 1222)], fill=side)
    for y in range(1084, 1232, 18):
        pen.line([(560, y), (800, y)], fill=(44, 29, 28), width=3)
    pen.polygon([(498, 968), (742, 968), (822, 1082), (566, 1084)], fill=roof)
    pen.polygon([(498, 968), (566, 1084), (554, 1094), (488, 982), (440, 1092), (432, 1084)],
                fill=(150, 148, 172))  # fmt: skip
    pen.polygon([(566, 1084), (822, 1082), (822, 1094), (566, 1096)], fill=(226, 214, 222))
    pen.polygon([(718, 940), (758, 940), (758, 1010), (718, 1000)], fill=(46, 40, 46))
    pen.rectangle([714, 930, 762, 944], fill=(206, 200, 214))
    pen.rectangle([736, 1120, 784, 1230], fill=(34, 24, 26))
    for x in (606, 668):
        pen.rectangle([x - 6, 1114, x + 50, 1182], fill=(30, 21, 22))
        pen.rectangle([x, 1120, x + 44, 1176], fill=(255, 205, 112))
        pen.line([(x + 22, 1120), (x + 22, 1176)], fill=(92, 58, 34), width=4)
        pen.line([(x, 1147), (x + 44, 1147)], fill=(92, 58, 34), width=4)
    drift = Image.new("L", LARGE, 0)
    pen = ImageDraw.Draw(drift)
    for x, y, width in ((430, 1216, 130), (520, 1224, 150), (610, 1226, 120), (770, 1228, 110)):
        pen.ellipse([x, y, x + width, y + 34], fill=255)
    picture.paste((88, 101, 138), mask=drift.filter(ImageFilter.GaussianBlur(7)))

    light = Image.new("RGB", LARGE, 0)
    pen = ImageDraw.Draw(light)
    pen.polygon([(600, 1235), (720, 1235), (800, 1420), (600, 1430)], fill=(120, 76, 30))
    for x in (606, 668):
        pen.rectangle([x - 8, 1112, x + 52, 1184], fill=(255, 176, 84))
    glow = np.asarray(light.filter(ImageFilter.GaussianBlur(34))) / 255 * 0.85
    return np.asarray(picture) / 255 + glow
