"""Rows of a table as text: "Header: value; Header: value", so that each row stands on its own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from mmrag.loaders.passages import TARGET_WORDS, Block, count_words

ROWS_PER_PASSAGE = 10
_NUMBER = re.compile(r"[-+−]?[\d\s.,  ]*\d[\d.,]*\s?%?")
_NUMBER_CHARS = 40
TITLE_CHARS = 200
_YEAR = re.compile(r"(1[5-9]|20)\d\d")


def cell_text(cell: str | None) -> str:
    """A cell on one line."""
    return " ".join((cell or "").split())


def row_text(header: Sequence[str], cells: Sequence[str]) -> str:
    """One row; empty cells are left out, a cell without a column title stands alone."""
    parts = []
    for column, cell in enumerate(cells):
        title = header[column] if column < len(header) else ""
        if cell:
            parts.append(f"{title.rstrip(':')}: {cell}" if title else cell)
    return "; ".join(parts)


def is_row(text: str) -> bool:
    """Whether a text looks like a row of two or more titled cells, as `row_text` writes them."""
    return "\n" not in text and "; " in text and text.count(": ") >= 2


def row_cells(text: str) -> str:
    """The cells of a row without their column titles."""
    return "; ".join(part.partition(": ")[2] or part for part in text.split("; "))


def table_texts(table: Iterable[Sequence[str | None]]) -> Iterator[str]:
    """The rows of a table in a document, its first row being the column titles.

    A table of one row or one column has no column titles and is taken as it stands, and so is one
    whose first row is too long for titles. A table with nothing below its titles gives the titles.
    """
    rows = [[cell_text(cell) for cell in row] for row in table]
    rows = [row for row in rows if any(row)]
    titled = len(rows) > 1 and max(len(row) for row in rows) > 1 and are_titles(rows[0])
    header = rows.pop(0) if titled else ()
    for row in rows:
        yield row_text(header, row)


def are_titles(row: Sequence[str]) -> bool:
    """Whether cells are short enough for column titles, which every row below repeats."""
    return max(map(len, row), default=0) <= TITLE_CHARS


def has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row of a table file holds column titles.

    Titles are all there, differ, and are no numbers, except years.
    """
    if len(rows) < 2:
        return False
    first = [cell_text(cell) for cell in rows[0]]
    while first and not first[-1]:
        first.pop()
    short = (cell for cell in first if len(cell) <= _NUMBER_CHARS)
    numbers = [cell for cell in short if _NUMBER.fullmatch(cell) and not _YEAR.fullmatch(cell)]
    named = [cell for cell in first if cell]
    return bool(named) and not numbers and len(set(named)) == len(named) and are_titles(first)


def row_blocks(
    rows: Iterable[tuple[int, str]],
    *,
    heading: tuple[str, ...] = (),
    page: int | None = None,
    label: str = "rows",
) -> Iterator[Block]:
    """Group numbered rows into blocks of about one passage, headed "rows 2-11"."""
    group: list[tuple[int, str]] = []
    words = 0
    for number, text in rows:
        size = count_words(text)
        if group and (words + size > TARGET_WORDS or len(group) == ROWS_PER_PASSAGE):
            yield _block(group, heading, page, label)
            group, words = [], 0
        group.append((number, text))
        words += size
    if group:
        yield _block(group, heading, page, label)


def _block(
    group: Sequence[tuple[int, str]], heading: tuple[str, ...], page: int | None, label: str
) -> Block:
    first, last = group[0][0], group[-1][0]
    numbers = f"{label} {first}-{last}" if last > first else f"{label.removesuffix('s')} {first}"
    text = "\n".join(text for _, text in group)
    return Block(text, heading=(*heading, numbers), page=page, whole=True)
