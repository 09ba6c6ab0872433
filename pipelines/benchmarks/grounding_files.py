"""What the cited files really say: read anew, by other code than mmrag's, never from an index.

A quote stands in a file if its letters and figures do, in their order; blanks, punctuation, case
and hyphens at line ends do not count. A table row that mmrag writes as "Title: cell; Title: cell"
stands there if all its cells do, in one row. Of pictures and recordings only those of the generated
world have known words; recognition is not perfect, so `HEARD` of the quote's words must be among
them. Where nothing is known, nothing is decided.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from mmrag import Citation

HEARD = 0.75
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Archive:
    """A folder of files with the questions on it.

    Attributes:
        rows: the questions, in the form of mmrag/samples.
        spoken: of pictures and recordings, each passage's true words with its place.
    """

    name: str
    root: Path
    rows: Sequence[Mapping[str, Any]]
    spoken: Sequence[Mapping[str, Any]] = field(default_factory=tuple)

    def of(self, split: str) -> list[Mapping[str, Any]]:
        """The questions of a split."""
        return [row for row in self.rows if row["split"] == split]

    def says(self, citation: Citation, words: str) -> bool | None:
        """Whether the file says these words at the cited page or time; None where nobody knows."""
        path = self.root / citation.source
        if path.suffix.lower() in _READERS:
            passages = _passages(path)
            there = [text for page, text in passages if page in (None, citation.page)]
            if not any(map(letters, there)):  # a scanned page
                return None
            return any(_stands(words, text) or is_row_of(words, text) for text in there)
        true = " ".join(
            row["text"]
            for row in self.spoken
            if row["source"] == citation.source and _meets(row, citation)
        )
        known = any(row["source"] == citation.source for row in self.spoken)
        return _heard(words, true) if known else None

    def text_at(self, citation: Citation) -> str:
        """All that the file says at the cited page or time, and its name."""
        path = self.root / citation.source
        if path.suffix.lower() not in _READERS:
            read = [r["text"] for r in self.spoken if r["source"] == citation.source]
        else:
            read = [text for page, text in _passages(path) if page in (None, citation.page)]
        return "\n".join((citation.source, citation.section or "", *read, citation.quote))


def letters(text: str) -> str:
    """The letters and figures of a text, in their order."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(char for char in folded if char.isalnum())


def _stands(words: str, text: str) -> bool:
    wanted = letters(words)
    return bool(wanted) and wanted in letters(text)


def is_row_of(quote: str, row: str) -> bool:
    """Whether "Title: cell; Title: cell" is of a row: all its cells are there, as whole words."""
    cells = [_spaced(part.partition(": ")[2] or part) for part in quote.split("; ")]
    return len(cells) > 1 and all(cell.strip() and cell in _spaced(row) for cell in cells)


def _spaced(text: str) -> str:
    return f" {' '.join(_WORD.findall(text.casefold()))} "


def _heard(words: str, true: str) -> bool:
    said = _WORD.findall(words.casefold())
    there = set(_WORD.findall(true.casefold()))
    return bool(said) and sum(word in there for word in said) / len(said) >= HEARD


def _meets(row: Mapping[str, Any], citation: Citation) -> bool:
    if row["start_ms"] is None:
        return row["page"] in (None, citation.page)
    if citation.start_ms is None or citation.end_ms is None:
        return False
    return bool(row["start_ms"] < citation.end_ms and row["end_ms"] > citation.start_ms)


Passages = Sequence[tuple[int | None, str]]


@cache
def _passages(path: Path) -> Passages:
    """A file's text, page by page or row by row."""
    return list(_READERS[path.suffix.lower()](path))


def _plain(path: Path) -> Iterator[tuple[int | None, str]]:
    yield None, path.read_text(encoding="utf-8-sig")


def _list(path: Path) -> Iterator[tuple[int | None, str]]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        yield from ((None, " ".join(row)) for row in csv.reader(lines))


def _page(path: Path) -> Iterator[tuple[int | None, str]]:
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
    yield None, soup.get_text(" ")
    for row in soup.find_all("tr"):
        yield None, row.get_text(" ")


def _document(path: Path) -> Iterator[tuple[int | None, str]]:
    from docx import Document

    document = Document(str(path))
    yield None, "\n".join(paragraph.text for paragraph in document.paragraphs)
    for table in document.tables:
        for row in table.rows:
            yield None, " ".join(cell.text for cell in row.cells)


def _workbook(path: Path) -> Iterator[tuple[int | None, str]]:
    from openpyxl import load_workbook

    for number, sheet in enumerate(load_workbook(path, data_only=True).worksheets, 1):
        for row in sheet.iter_rows(values_only=True):
            yield number, " ".join(str(cell) for cell in row if cell is not None)


def _slides(path: Path) -> Iterator[tuple[int | None, str]]:
    from pptx import Presentation

    for number, slide in enumerate(Presentation(str(path)).slides, 1):
        for shape in slide.shapes:
            if shape.has_text_frame:
                yield number, shape.text_frame.text
            if shape.has_table:
                for row in shape.table.rows:
                    yield number, " ".join(cell.text for cell in row.cells)
        if slide.has_notes_slide:
            yield number, slide.notes_slide.notes_text_frame.text


def _pdf(path: Path) -> Iterator[tuple[int | None, str]]:
    import pypdfium2

    document = pypdfium2.PdfDocument(path)
    for number in range(len(document)):
        yield number + 1, document[number].get_textpage().get_text_bounded()
    document.close()


_READERS = {
    ".md": _plain,
    ".txt": _plain,
    ".csv": _list,
    ".html": _page,
    ".docx": _document,
    ".xlsx": _workbook,
    ".pptx": _slides,
    ".pdf": _pdf,
}
