"""Rows of tables as text."""

from __future__ import annotations

import pytest

from mmrag.loaders.rows import has_header, is_row, row_cells, row_text, table_texts


def test_row_text() -> None:
    assert row_text(["A:", "", "C"], ["1", "2", "", "4"]) == "A: 1; 2; 4"


def test_table_texts() -> None:
    assert list(table_texts([["A", "B"], ["1", None], [None, " "], ["3", "4\n5"]])) == [
        "A: 1",
        "A: 3; B: 4 5",
    ]
    assert list(table_texts([["only", "one"]])) == ["only; one"]
    assert list(table_texts([["one"], ["column"]])) == ["one", "column"]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([["a", "b"], ["1", "2"]], True),
        ([["name", "2019"], ["1", "2"]], True),
        ([["a", "7.5"], ["1", "2"]], False),
        ([["a", "a"], ["1", "2"]], False),
        ([["a", "b"]], False),
    ],
)
def test_has_header(rows: list[list[str]], expected: bool) -> None:
    assert has_header(rows) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (row_text(["A", "B"], ["1", "2"]), True),
        (row_text(["A", "", "C"], ["1", "2", "3"]), True),
        (row_text(["A"], ["1"]), False),
        ("He said: snow; and went on.", False),
        ("A: 1; B: 2\nA: 3; B: 4", False),
    ],
)
def test_a_text_that_looks_like_one_row(text: str, expected: bool) -> None:
    assert is_row(text) is expected


def test_the_cells_of_a_row_without_its_titles() -> None:
    row = row_text(("month", "snow, cm", ""), ("January", "180", "deep: drifts"))
    assert row == "month: January; snow, cm: 180; deep: drifts"
    assert row_cells(row) == "January; 180; drifts"
