"""Rows of tables as text."""

from __future__ import annotations

import pytest

from mmrag.loaders.rows import has_header, row_text, table_texts


def test_row_text() -> None:
    assert row_text(["A:", "", "C"], ["1", "2", "", "4"]) == "A: 1; 2; 4"


def test_table_texts() -> None:
    assert table_texts([["A", "B"], ["1", None], [None, " "], ["3", "4\n5"]]) == [
        "A: 1",
        "A: 3; B: 4 5",
    ]
    assert table_texts([["only", "one"]]) == ["only; one"]
    assert table_texts([["one"], ["column"]]) == ["one", "column"]


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
