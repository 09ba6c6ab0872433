"""Marks: seen on any ground, within the picture, wherever the region lies."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mmrag_connectors.media.marks import marked

fraction = st.floats(0, 1)


@given(
    st.tuples(fraction, fraction, fraction, fraction),
    st.tuples(st.integers(1, 80), st.integers(1, 80)),
)
def test_any_region_of_any_picture_is_marked(
    corners: tuple[float, float, float, float], size: tuple[int, int]
) -> None:
    left, right = sorted(corners[:2])
    top, bottom = sorted(corners[2:])
    image = Image.new("RGB", size, "white")
    done = marked(image, (left, top, right, bottom))
    assert done.size == size and done.mode == "RGB"
    middle = (
        min(size[0] - 1, int((left + right) / 2 * size[0])),
        min(size[1] - 1, int((top + bottom) / 2 * size[1])),
    )
    assert done.getpixel(middle) != (255, 255, 255)
    assert image.getpixel((0, 0)) == (255, 255, 255), "the given picture stays as it is"


@pytest.mark.parametrize("ground", ["white", "black", "#ffaa00", "#181818", "#808080"])
def test_the_outline_stands_out_on_any_ground(ground: str) -> None:
    image = Image.new("RGB", (200, 100), ground)
    before = np.asarray(image, dtype=int)
    after = np.asarray(marked(image, (0.3, 0.3, 0.7, 0.7)), dtype=int)
    outline = np.abs(after - before).max(axis=2)[50, 45:70]  # across its left side
    assert outline.max() > 90


def test_nothing_is_marked_without_a_region() -> None:
    image = Image.new("RGB", (20, 10))
    assert marked(image, None) is image
