"""A small world to learn from: a concept is a shape of a colour and a size.

An item shows one concept in three ways: a picture (`pictures.py`), a tone (`tones.py`) and a
caption. Everything about an item follows from its concept, its corner and its seed.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

COLOURS = ("red", "orange", "yellow", "green", "cyan", "blue", "purple", "pink")
FURTHER_COLOURS = ("maroon", "brown", "olive", "teal", "navy", "magenta")
"""Colours that the tiny model has never seen or read of: something to fine-tune it to. They have
pictures and captions, and no tones."""
SHAPES = ("circle", "square", "triangle", "star", "cross", "ring")
SIZES = ("small", "large")
CORNERS = ("top left", "top right", "bottom left", "bottom right")

UNSEEN = (
    ("red", "triangle"),
    ("yellow", "ring"),
    ("green", "circle"),
    ("blue", "star"),
    ("pink", "square"),
)
"""Pairs of colour and shape that training leaves out, to see what is made of a new combination."""

TEMPLATES = (
    "a {size} {colour} {shape}",
    "a {colour} {shape} that is {size}",
    "a picture of a {size} {colour} {shape}",
    "a {size} {colour} {shape} in the {corner}",
    "there is a {size} {shape} in {colour} at the {corner} of the picture",
    "in the {corner} a {shape}, {size} and {colour}",
)


@dataclass(frozen=True, order=True)
class Concept:
    """What an item is about; two items of one concept belong together."""

    colour: str
    shape: str
    size: str

    @property
    def seen(self) -> bool:
        """Whether training shows this pair of colour and shape."""
        return (self.colour, self.shape) not in UNSEEN

    def __str__(self) -> str:
        return f"{self.size} {self.colour} {self.shape}"


CONCEPTS = tuple(Concept(*names) for names in itertools.product(COLOURS, SHAPES, SIZES))
"""All 96; `Concept.seen` holds for 86."""
FURTHER = tuple(Concept(*names) for names in itertools.product(FURTHER_COLOURS, SHAPES, SIZES))
"""The 72 concepts of further colours."""


@dataclass(frozen=True)
class Item:
    """One picture, tone and caption of a concept; `seed` is for all that differs besides."""

    concept: Concept
    corner: str
    seed: int

    def random(self, kind: str) -> np.random.Generator:
        """Its own stream of numbers for "caption", "picture", "tone", "depth" and so on."""
        return np.random.default_rng((self.seed, *kind.encode()))

    def caption(self) -> str:
        """A sentence about the picture; half of the templates name the corner."""
        template = TEMPLATES[self.random("caption").integers(len(TEMPLATES))]
        concept = self.concept
        return template.format(
            colour=concept.colour, shape=concept.shape, size=concept.size, corner=self.corner
        )


def gallery(seed: int, concepts: Sequence[Concept] = CONCEPTS) -> list[Item]:
    """One new item a concept, in the order given; every seed gives other items."""
    random = np.random.default_rng((seed, *b"gallery"))
    corners = random.integers(len(CORNERS), size=len(concepts))
    seeds = random.integers(2**62, size=len(concepts))
    return [
        Item(concept, CORNERS[corner], int(number))
        for concept, corner, number in zip(concepts, corners, seeds, strict=True)
    ]
