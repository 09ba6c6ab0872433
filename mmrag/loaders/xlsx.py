"""Excel workbooks: a sheet is a page, a few rows a passage."""

from __future__ import annotations

import datetime
import re
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Protocol

import openpyxl
from llama_index.core.schema import Node
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.workbook import Workbook

from mmrag.loaders.base import FileReader
from mmrag.loaders.damage import damage_reported
from mmrag.loaders.heartbeat import beat
from mmrag.loaders.limits import check_count, check_zip
from mmrag.loaders.passages import Block
from mmrag.loaders.rows import are_titles, cell_text, row_blocks, row_text
from mmrag.modalities import FILE_KINDS

_LAST_ROW = 1_048_576  # of a sheet in Excel; openpyxl makes up the rows that a number leaves out
_BEAT_ROWS = 10_000
_SHEET = re.compile(rb"<(?:\w+:)?sheet\s")


class _Cell(Protocol):
    """What is used of openpyxl's several kinds of cell."""

    @property
    def value(self) -> object: ...

    @property
    def number_format(self) -> str: ...


class XlsxReader(FileReader):
    """Rows as "Header: value; …" under (sheet, "rows 2-11").

    The first row with two filled cells holds the column titles; single cells above it are text. A
    formula counts with the value that Excel last saved; a workbook that no spreadsheet program has
    ever calculated has none, and such cells are empty here.
    """

    def read(self, path: Path, *, source: str) -> list[Node]:
        check_zip(path, self.limits)
        check_count(path, "pages", _sheets(path), self.limits.pages)
        with damage_reported(path, "workbook", InvalidFileException):
            workbook = openpyxl.load_workbook(path, read_only=True, data_only=True)
            with closing(workbook):
                blocks = list(self._blocks(path, workbook))
        mimetype = FILE_KINDS["xlsx"].mimetype
        return self.text_nodes(blocks, path=path, source=source, mimetype=mimetype)

    def _blocks(self, path: Path, workbook: Workbook) -> Iterator[Block]:
        total = cells = chars = 0
        for page, name in enumerate(workbook.sheetnames, start=1):
            sheet = workbook[name]
            if not hasattr(sheet, "iter_rows"):  # a sheet that is a chart
                continue
            sheet.reset_dimensions()  # some writers state a size that is too small
            rows = []
            for number, width, row in _rows(sheet.iter_rows()):
                check_count(path, "rows", number, _LAST_ROW)
                cells += width
                check_count(path, "cells", cells, self.limits.cells)
                if not any(row):
                    continue
                rows.append((number, row))
                chars += sum(map(len, row))
                check_count(path, "text_chars", chars, self.limits.text_chars)
                check_count(path, "rows", total + len(rows), self.limits.rows)
            total += len(rows)
            while rows and sum(map(bool, rows[0][1])) < 2 and len(rows) > 1:
                yield Block(row_text((), rows.pop(0)[1]), heading=(name,), page=page)
            if not rows:
                continue
            titled = len(rows) > 1 and are_titles(rows[0][1])
            header = rows.pop(0)[1] if titled else ()
            texts = ((number, row_text(header, row)) for number, row in rows)
            yield from row_blocks(texts, heading=(name,), page=page)


def _sheets(path: Path) -> int:
    """How many sheets the workbook names: openpyxl looks into each of them before it tells."""
    with damage_reported(path, "workbook"), zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.endswith("workbook.xml")]
        return sum(len(_SHEET.findall(archive.read(name))) for name in names)


def _rows(rows: Iterable[tuple[_Cell, ...]]) -> Iterator[tuple[int, int, list[str]]]:
    """The number of each row in the sheet, how many cells it spans, and what they say."""
    for number, row in enumerate(rows, start=1):
        if number % _BEAT_ROWS == 0:
            beat()
        said = [(at, cell) for at, cell in enumerate(row) if cell.value is not None]
        texts = [""] * (said[-1][0] + 1 if said else 0)
        for at, cell in said:
            texts[at] = _shown(cell)
        yield number, len(row), texts


def _shown(cell: _Cell) -> str:
    """A value as a reader of the sheet would say it; dates as ISO 8601."""
    value = cell.value
    if isinstance(value, datetime.datetime):
        midnight = value.time() == datetime.time()
        return value.date().isoformat() if midnight else value.isoformat(" ", "seconds")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, float):
        if "%" in str(cell.number_format):
            return f"{value * 100:.10g}%"
        return f"{value:.15g}"
    return cell_text(str(value))
