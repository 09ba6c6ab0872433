"""pictures/anemometer-against-the-sky.jpg: three cups on a mast, ray-marched."""

from pathlib import Path

import numpy as np

from samples_world.drawing import Array, Colour, View, fractal, gradient, mix, sample, to_image
from samples_world.pictures import LARGE, SIZE, mountains, paint_land
from samples_world.places import Place

SOURCE = "pictures/anemometer-against-the-sky.jpg"

CUP, ARM, SHELL = 0.46, 1.55, 0.035
STEEL: Colour = (0.34, 0.37, 0.41)
RED: Colour = (0.55, 0.16, 0.10)
SUN = np.array([-0.55, 0.62, -0.56])


def build(folder: Path) -> list[Place]:
    """Write the picture."""
    to_image(_scene(), SIZE).save(folder / SOURCE, quality=86)
    return [Place(SOURCE, "anemometer against the sky", 1)]


def _scene() -> Array:
    """Sky and cloud, a far range along the foot, and the instrument before them."""
    columns, rows = LARGE
    rng = np.random.default_rng(1951)
    sky = gradient(
        rows,
        columns,
        [(0, (0.16, 0.36, 0.64)), (0.5, (0.42, 0.62, 0.82)), (0.9, (0.80, 0.88, 0.93))],
    )
    y, x = np.mgrid[0:rows, 0:columns].astype(float)
    # Cloud lies on a plane overhead, so that it draws together towards the horizon.
    deep = 1 / np.clip(0.93 - y / rows, 0.02, 1)
    u, v = (x / columns - 0.5) * deep * 220, deep * 150
    puffs = sample(fractal(rng, 1024, 1024, 3.1), u + 300, v)
    wisps = sample(fractal(rng, 1024, 1024, 2.6), u * 1.5, v * 3)
    share = np.clip((puffs - 0.25) * 0.75 + 0.10 * wisps, 0, 0.95) * np.clip(1.6 - deep / 14, 0, 1)
    tone = 1.0 - 0.16 * np.clip(puffs - 0.9, 0, 1)
    sky = mix(sky, np.stack([tone * 0.98, tone * 0.98, tone], axis=-1), share)

    view = View(x=300, y=30, height=44, spread=0.55, horizon=0.885, furthest=900, scale=0.9)
    sun = np.array([-0.6, -0.5, 0.6]) / np.linalg.norm([-0.6, -0.5, 0.6])
    pixels = paint_land(
        sky,
        mountains(11, (430, 420), 95),
        view,
        sun,
        np.array([0.95, 0.90, 0.80]),
        np.array([0.72, 0.81, 0.89]),
    )
    return _instrument(pixels)


def _centres() -> list[Array]:
    """The three cups, a third of a turn apart."""
    turns = np.radians([62, 182, 302])
    return [np.array([ARM * np.cos(t), 0.0, ARM * np.sin(t)]) for t in turns]


def _parts(p: Array) -> list[Array]:
    """Signed distance of the points [..., 3] to each part: mast, hub, arms, then the cups."""
    radius = np.hypot(p[..., 0], p[..., 2])
    taper = 0.085 + 0.018 * np.clip(-p[..., 1], 0, 6)
    mast = np.maximum(radius - taper, p[..., 1] - 0.05)
    collar = np.maximum(radius - 0.19, np.abs(p[..., 1] + 0.42) - 0.07) - 0.015
    hub = np.minimum(
        np.maximum(radius - 0.17, np.abs(p[..., 1]) - 0.13) - 0.03,
        np.linalg.norm(p - np.array([0, 0.20, 0]), axis=-1) - 0.11,
    )
    arms = np.full(p.shape[:-1], np.inf)
    cups = []
    for centre in _centres():
        outward = centre / np.linalg.norm(centre)
        along = np.clip(p @ outward, 0, ARM)
        arms = np.minimum(arms, np.linalg.norm(p - along[..., None] * outward, axis=-1) - 0.035)
        # The mouth of each cup looks along the circle, so that the wind turns all three one way.
        mouth = np.array([-outward[2], 0.0, outward[0]])
        local = p - centre
        depth = local @ mouth
        side = np.sqrt(np.clip((local**2).sum(-1) - depth**2, 0, None))
        rim = np.hypot(side - CUP, depth)
        bowl = np.abs(np.hypot(side, depth) - CUP)
        cups.append(np.where(depth < 0, bowl, rim) - SHELL)
    return [np.minimum(np.minimum(mast, collar), hub), arms, *cups]


def _instrument(pixels: Array) -> Array:
    """March rays in the box of the picture that holds the instrument; shade what they meet."""
    rows, columns = pixels.shape[:2]
    left, right = int(columns * 0.14), int(columns * 0.86)
    row, column = np.mgrid[0:rows, left:right].astype(float)
    across, up = (column / columns - 0.5) * 7.8, (0.42 - row / rows) * 5.2
    eye = np.array([0.0, -3.6, -8.0])
    rays = np.stack([across, up - eye[1], np.full_like(up, 8.0)], axis=-1)
    rays /= np.linalg.norm(rays, axis=-1, keepdims=True)
    flat = rays.reshape(-1, 3)
    travelled = np.full(len(flat), 5.0)
    alive = np.arange(len(flat))
    met = np.zeros(len(flat), dtype=bool)
    for _ in range(70):
        nearest = np.minimum.reduce(_parts(eye + flat[alive] * travelled[alive, None]))
        travelled[alive] += nearest * 0.95
        met[alive] = nearest < 0.004
        alive = alive[(nearest >= 0.004) & (travelled[alive] < 13)]
    points = eye + flat[met] * travelled[met, None]
    colour = _shade(points, flat[met])
    out = pixels.copy()
    box = out[:, left:right].reshape(-1, 3)
    box[met] = colour
    out[:, left:right] = box.reshape(rows, right - left, 3)
    return out


def _shade(points: Array, rays: Array) -> Array:
    """Sun, sky and a highlight on steel; the cup that was made anew is red."""
    step = 0.004
    here = np.minimum.reduce(_parts(points))
    facing = np.stack(
        [np.minimum.reduce(_parts(points + step * axis)) - here for axis in np.eye(3)], axis=-1
    )
    facing /= np.linalg.norm(facing, axis=-1, keepdims=True) + 1e-9
    sun = SUN / np.linalg.norm(SUN)
    shadow = np.ones(len(points))
    start = points + facing * 0.03
    walked = np.full(len(points), 0.04)
    for _ in range(26):
        gap = np.minimum.reduce(_parts(start + sun * walked[:, None]))
        shadow = np.minimum(shadow, np.clip(12 * gap / walked, 0, 1))
        walked += np.clip(gap, 0.02, 0.4)
    part = np.argmin(np.stack(_parts(points)), axis=0)
    base = np.where((part == 4)[:, None], np.array(RED), np.array(STEEL))
    direct = np.clip(facing @ sun, 0, 1) * shadow
    above = 0.5 + 0.5 * facing[:, 1]
    mirror = rays - 2 * (rays * facing).sum(-1, keepdims=True) * facing
    glint = np.clip(mirror @ sun, 0, 1) ** 40 * shadow
    light = direct[:, None] * np.array([1.55, 1.45, 1.25]) + above[:, None] * np.array(
        [0.40, 0.52, 0.68]
    )
    return base * (light + 0.16) + glint[:, None] * 0.6
