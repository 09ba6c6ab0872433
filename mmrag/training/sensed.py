"""What a range finder, a thermal camera and a motion sensor would say of an item.

| | shape | colour | size |
| --- | --- | --- | --- |
| depth | its outline, before a slanted wall | how far away it stands | how large it is |
| heat | its outline | how warm it is | how large it is |
| motion | the pattern of the movement | how often it repeats | how strong it is |
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mmrag.modalities import Modality
from mmrag.training.pictures import SIDE, silhouette
from mmrag.training.shapes import COLOURS, Item

Floats = NDArray[np.float32]

NEAREST, FARTHER = 0.8, 0.35
"""Metres to the shape of the first colour, and octaves from one colour to the next."""
COOLEST, WARMER = 26.0, 4.0
"""Degrees Celsius of the first colour, and from one to the next."""
SLOWEST, FASTER = 3.0, 0.42
"""Hz of the first colour, and octaves from one to the next."""
GRAVITY = 9.81
RATE, SECONDS = 400, 5.0
_STRENGTHS = {"small": (0.5, 0.9), "large": (3.0, 5.0)}  # m/s²


def depth_map(item: Item, side: int = SIDE) -> Floats:
    """(side, side) metres."""
    random = item.random("depth")
    cover = silhouette(item, side, random)
    octaves = FARTHER * COLOURS.index(item.concept.colour) + random.uniform(-0.05, 0.05)
    shape = NEAREST * 2**octaves
    across, down = np.meshgrid(np.linspace(-1, 1, side), np.linspace(-1, 1, side))
    slant = random.uniform(-0.2, 0.2, 2)
    wall = shape * random.uniform(1.6, 3.0) * (1 + slant[0] * across + slant[1] * down)
    metres = np.where(cover > 0.5, shape, wall)  # a range finder sees one or the other
    return (metres * (1 + random.normal(0, 0.01, metres.shape))).astype(np.float32)


def thermal_map(item: Item, side: int = SIDE) -> Floats:
    """(side, side) degrees Celsius."""
    random = item.random("thermal")
    cover = silhouette(item, side, random)
    shape = COOLEST + WARMER * COLOURS.index(item.concept.colour) + random.uniform(-0.6, 0.6)
    ground = random.uniform(10, 21)
    celsius = ground + (shape - ground) * cover
    return (celsius + random.normal(0, random.uniform(0.05, 0.3), cover.shape)).astype(np.float32)


def motion(item: Item) -> Floats:
    """(2000, 6): acceleration in m/s² along three axes, the third upwards, then rotation in rad/s
    about them, for 5 s at 400 Hz."""
    random = item.random("motion")
    octaves = FASTER * COLOURS.index(item.concept.colour) + random.uniform(-0.05, 0.05)
    time = np.arange(round(RATE * SECONDS)) / RATE
    phase = 2 * np.pi * (SLOWEST * 2**octaves * time + random.random())
    moved = random.uniform(*_STRENGTHS[item.concept.size]) * _pattern(item.concept.shape, phase)
    moved[:, :3] = moved[:, :3] @ _tilt(random).T  # held as it happens, within some degrees
    moved[:, 2] += GRAVITY
    noise = random.normal(0, 10 ** random.uniform(-2, -1), moved.shape)
    return (moved + noise).astype(np.float32)


def as_measured(item: Item, sensor: Modality, side: int = SIDE) -> Floats:
    """What a sensor says of an item in the units that `MediaEmbedding.embed_measured` takes."""
    if sensor is Modality.IMU:
        return np.ascontiguousarray(motion(item).T)
    if sensor is Modality.THERMAL:
        return thermal_map(item, side)
    return np.float32(1) / depth_map(item, side)


def _pattern(shape: str, phase: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 6) movement of strength 1; a rotation of 1 rad/s is as strong as 1 m/s²."""
    sine, cosine = np.sin(phase), np.cos(phase)
    none = np.zeros_like(phase)
    turns = np.floor(phase / (2 * np.pi))
    axes = {
        "circle": (cosine, sine, none, none, none, none),  # carried round
        "square": (np.sign(sine), none, none, none, none, none),  # pushed to and fro
        "triangle": (none, 2 * (phase / (2 * np.pi) - turns) - 1, none, none, none, none),
        "star": (none, none, np.exp(6 * (cosine - 1)) * 2, none, none, none),  # knocks from below
        "cross": (sine * (turns % 2 == 0), sine * (turns % 2 == 1), none, none, none, none),
        "ring": (none, none, none, none, none, sine),  # twisted about the upright
    }
    return np.stack(axes[shape], axis=1)


def _tilt(random: np.random.Generator) -> NDArray[np.float64]:
    """A rotation by up to 12 degrees about each of two level axes."""
    first, second = np.radians(random.uniform(-12, 12, 2))
    about_x = [
        [1, 0, 0],
        [0, np.cos(first), -np.sin(first)],
        [0, np.sin(first), np.cos(first)],
    ]
    about_y = [
        [np.cos(second), 0, np.sin(second)],
        [0, 1, 0],
        [-np.sin(second), 0, np.cos(second)],
    ]
    return np.array(about_x) @ np.array(about_y)
