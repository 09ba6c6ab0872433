"""Lines of a picture in reading order, as blocks, on their page; no model is needed."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmrag.bridges.ocr import Line, blocks, reading_order
from mmrag.schema import BBox


def line(text: str, left: float, top: float, right: float, *, height: float = 0.04) -> Line:
    return Line(text, (left, top, right, top + height), 0.99)


def texts(lines: list[Line]) -> list[str]:
    return [one.text for one in lines]


def test_lines_are_read_down_and_lines_of_one_height_from_the_left() -> None:
    page = [
        line("b2", 0.6, 0.205, 0.9),
        line("c", 0.1, 0.3, 0.9),
        line("b1", 0.1, 0.21, 0.5),
        line("a", 0.3, 0.1, 0.7),
    ]
    assert texts(reading_order(page)) == ["a", "b1", "b2", "c"]


def test_a_slanted_row_stays_one_row_and_close_rows_stay_apart() -> None:
    row = [line(str(i), 0.1 * i, 0.5 + 0.003 * i, 0.1 * i + 0.09) for i in range(6)]
    below = line("next", 0.0, 0.53, 0.5)  # boxes of neighbouring lines may overlap a little
    assert texts(reading_order([below, *reversed(row)])) == [*"012345", "next"]


boxes = st.tuples(*[st.integers(0, 100).map(lambda n: n / 100)] * 4)


@given(st.lists(boxes, max_size=12, unique_by=lambda box: box[1]), st.integers(0, 99))
def test_no_line_is_lost_and_the_order_of_arrival_does_not_matter(
    found: list[BBox], seed: int
) -> None:
    page = [line(str(n), left, top, right) for n, (left, top, right, _) in enumerate(found)]
    shuffled = random.Random(seed).sample(page, len(page))
    ordered = reading_order(shuffled)
    assert sorted(texts(ordered)) == sorted(texts(page))
    assert ordered == reading_order(page)


def test_lines_that_run_on_are_joined_and_short_ones_end() -> None:
    page = [
        line("The hut was built", 0.1, 0.10, 0.9),
        line("in 1931.", 0.1, 0.15, 0.3),
        line("Goats lived there", 0.1, 0.20, 0.82),  # a little short of the edge still runs on
        line("later.", 0.1, 0.25, 0.2),
    ]
    (block,) = blocks(page, frame=None)
    assert block.text == "The hut was built in 1931.\nGoats lived there later."
    assert [block.text[span.start : span.end] for span in block.spans] == texts(page)
    assert [span.bbox for span in block.spans] == [one.bbox for one in page]


def test_a_gap_of_more_than_a_line_starts_a_new_block() -> None:
    page = [line("Title", 0.1, 0.1, 0.4), line("near", 0.1, 0.18, 0.4), line("far", 0.1, 0.27, 0.4)]
    assert [block.text for block in blocks(page, frame=None)] == ["Title near", "far"]
    assert blocks([], frame=None) == []


def test_boxes_are_mapped_from_the_picture_into_its_page() -> None:
    frame = (0.2, 0.5, 0.6, 0.9)
    (block,) = blocks([line("whole", 0.0, 0.0, 1.0, height=1.0)], frame=frame)
    assert block.spans[0].bbox == frame
    (block,) = blocks([line("part", 0.25, 0.5, 0.75, height=0.25)], frame=frame)
    assert block.spans[0].bbox == pytest.approx((0.3, 0.7, 0.5, 0.8))
