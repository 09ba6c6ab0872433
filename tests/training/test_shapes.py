"""The small world: what captions, pictures and tones say of a concept can be measured in them."""

from __future__ import annotations

import colorsys

import numpy as np
import pytest

from mmrag.training.pictures import HUES, draw
from mmrag.training.shapes import (
    COLOURS,
    CONCEPTS,
    CORNERS,
    SHAPES,
    UNSEEN,
    Concept,
    Item,
    gallery,
)
from mmrag.training.tones import LOWEST, RATE, STEP, synthesise


def test_all_concepts_and_those_left_out() -> None:
    assert len(set(CONCEPTS)) == 96
    left_out = [concept for concept in CONCEPTS if not concept.seen]
    assert len(left_out) == 10 == 2 * len(UNSEEN)
    for name in (*COLOURS, *SHAPES):  # each is seen often enough to be known
        assert sum(concept.seen and name in str(concept) for concept in CONCEPTS) >= 10


def test_a_seed_repeats_a_gallery_and_another_shares_nothing() -> None:
    one, again, other = gallery(1), gallery(1), gallery(2)
    assert one == again
    assert [item.concept for item in one] == list(CONCEPTS)
    assert {item.seed for item in one} & {item.seed for item in other} == set()
    for first, second in zip(one[:10], again[:10], strict=True):
        assert first.caption() == second.caption()
        assert draw(first).tobytes() == draw(second).tobytes()
        assert np.array_equal(synthesise(first), synthesise(second))
    assert draw(one[0]).tobytes() != draw(other[0]).tobytes()


def test_captions_name_the_concept_and_in_half_the_corner() -> None:
    items = [item for seed in range(10) for item in gallery(seed)]
    named = 0
    for item in items:
        caption = item.caption()
        concept = item.concept
        assert all(name in caption for name in (concept.colour, concept.shape, concept.size))
        found = [corner for corner in CORNERS if corner in caption]
        assert found in ([], [item.corner])
        named += len(found)
    assert named / len(items) == pytest.approx(0.5, abs=0.06)


@pytest.mark.parametrize("side", [64, 200])
@pytest.mark.parametrize("corner", CORNERS)
def test_the_shape_is_in_its_corner_in_its_colour_at_its_size(corner: str, side: int) -> None:
    areas = {}
    for size in ("small", "large"):
        pixels = np.asarray(draw(Item(Concept("blue", "circle", size), corner, 7), side)) / 255.0
        hues = np.array([colorsys.rgb_to_hsv(*rgb) for rgb in pixels.reshape(-1, 3)])
        shown = (np.abs(hues[:, 0] - HUES["blue"][0]) < 0.05) & (hues[:, 1] > 0.6)
        rows, columns = np.nonzero(shown.reshape(side, side))
        assert ("bottom" in corner) == (rows.mean() > side / 2)
        assert ("right" in corner) == (columns.mean() > side / 2)
        areas[size] = shown.mean()
    # A circle of radius r (a share of the side) covers pi r^2; the noise of the ground adds little.
    assert np.pi * 0.10**2 * 0.9 < areas["small"] < np.pi * 0.13**2 * 1.1
    assert np.pi * 0.19**2 * 0.9 < areas["large"] < np.pi * 0.225**2 * 1.1


@pytest.mark.parametrize("colour", COLOURS)
def test_the_pitch_is_that_of_the_colour(colour: str) -> None:
    wave = synthesise(Item(Concept(colour, "circle", "large"), CORNERS[0], 11))
    assert (len(wave), wave.dtype) == (RATE, np.float32)
    peak = np.abs(np.fft.rfft(wave)).argmax()  # one bin is one Hz
    wanted = LOWEST * 2 ** (STEP * COLOURS.index(colour))
    assert abs(np.log2(peak / wanted)) < 0.05


@pytest.mark.parametrize("shape", SHAPES)
def test_the_length_is_that_of_the_size(shape: str) -> None:
    for size, low, high in (("small", 0.2, 0.34), ("large", 0.53, 0.72)):
        wave = synthesise(Item(Concept("green", shape, size), CORNERS[0], 5))
        loud = np.flatnonzero(np.abs(wave) > 0.25 * np.abs(wave).max())
        assert low < (loud[-1] - loud[0]) / RATE < high


def test_timbres_differ_in_their_partials() -> None:
    def partials(shape: str) -> list[int]:
        wave = synthesise(Item(Concept("red", shape, "large"), CORNERS[0], 3))
        power = np.abs(np.fft.rfft(wave)) ** 2
        bands = [
            power[round(n * LOWEST * 0.95) : round(n * LOWEST * 1.05)].sum() for n in range(1, 6)
        ]
        return [n for n, band in enumerate(bands, 1) if band > 0.01 * max(bands)]

    assert partials("circle") == [1]
    assert partials("square") == [1, 3, 5]
    assert partials("triangle") == [1, 2, 3, 4, 5]
    assert partials("cross") == partials("ring") == [1, 2]
