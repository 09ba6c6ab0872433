"""Ruled tables of PDF pages. pdfplumber is slow, so it only sees pages that have ruling lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pdfplumber
import pypdfium2
import pypdfium2.raw as pdfium_c
from pdfplumber.page import Page
from pdfplumber.pdf import PDF
from pdfplumber.utils.exceptions import PdfminerException

from mmrag.loaders.pdf_lines import Box
from mmrag.loaders.rows import table_texts

# pdfminer meets odd files with whatever its parser runs into. A page that it cannot read keeps its
# text as running text, so nothing is lost.
_UNREADABLE = (
    PdfminerException,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RecursionError,
)
_BROKEN_WORD = re.compile(r"(?<=\w)[-\u00ad]\n(?=[^\W\d_A-ZÅÄÖ])")
_MOST_PATHS = 10_000  # above it a page is a drawing, over which pdfplumber sits for minutes
_THIN = 4.0  # points, with the width of the stroke


@dataclass(frozen=True)
class Table:
    """A ruled table: where it stands, and its rows as text with their places."""

    box: Box
    rows: tuple[tuple[str, Box], ...]


class TableFinder:
    """Finds ruled tables page by page in one open file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._document: PDF | None = None

    def find(self, page: pypdfium2.PdfPage, index: int) -> list[Table]:
        """Tables of page `index` (from 0), in points of the upright page."""
        if not has_rules(page):
            return []
        try:
            if self._document is None:
                self._document = pdfplumber.open(self._path)
            return list(_tables(self._document.pages[index]))
        except _UNREADABLE:
            return []

    def close(self) -> None:
        if self._document is not None:
            self._document.stream.close()  # PDF.close() parses all pages once more


@contextmanager
def table_finder(path: Path) -> Iterator[TableFinder]:
    """A `TableFinder` that is closed at the end."""
    finder = TableFinder(path)
    try:
        yield finder
    finally:
        finder.close()


def has_rules(page: pypdfium2.PdfPage) -> bool:
    """Whether a page draws enough lines or frames for a table of two rows and two columns."""
    across = down = 0
    paths = page.get_objects(filter=[pdfium_c.FPDF_PAGEOBJ_PATH], max_depth=5)
    for count, item in enumerate(paths):
        if count == _MOST_PATHS:
            return False
        left, bottom, right, top = item.get_bounds()
        width, height = right - left, top - bottom
        if height <= _THIN and width >= 20:
            across += 1
        elif width <= _THIN and height >= 8:
            down += 1
        elif width >= 20 and height >= 8:
            corners = pdfium_c.FPDFPath_CountSegments(item)
            across += corners // 4
            down += corners // 4
    return across >= 3 and down >= 2


def _tables(page: Page) -> Iterator[Table]:
    # pdfplumber measures from the media box; the page as shown begins at the crop box.
    left, top = page.cropbox[0], page.cropbox[1]

    def moved(box: Box) -> Box:
        return box[0] - left, box[1] - top, box[2] - left, box[3] - top

    for table in page.find_tables():
        cells = [
            [_BROKEN_WORD.sub("", cell or "") for cell in row] for row in table.extract() or ()
        ]
        filled = [row for row in cells if sum(bool(cell.strip()) for cell in row) >= 2]
        if len(filled) < 2 or len(filled) < len(cells) / 2:
            continue
        kept = [
            (row, moved(place.bbox))
            for row, place in zip(cells, table.rows, strict=True)
            if any(cell.strip() for cell in row)
        ]
        texts = list(table_texts(row for row, _ in kept))
        body = kept[-len(texts) :]  # without the row of titles, if it is one
        rows = tuple((text, box) for text, (_, box) in zip(texts, body, strict=True))
        yield Table(moved(table.bbox), rows)
    page.close()
