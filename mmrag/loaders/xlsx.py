"""Excel workbooks: a sheet is a page, a few rows a passage."""

from __future__ import annotations

import datetime
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
from mmrag.loaders.limits import check_count, check_zip
from mmrag.loaders.passages import Block
from mmrag.loaders.rows import cell_text, row_blocks, row_text
from mmrag.modalities import FILE_KINDS


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
        with damage_reported(path, "workbook", InvalidFileException):
            workbook = openpyxl.load_workbook(path, read_only=True, data_only=True)
            with closing(workbook):
                blocks = list(self._blocks(path, workbook))
        mimetype = FILE_KINDS["xlsx"].mimetype
        return self.text_nodes(blocks, path=path, source=source, mimetype=mimetype)

    def _blocks(self, path: Path, workbook: Workbook) -> Iterator[Block]:
        check_count(path, "pages", len(workbook.sheetnames), self.limits.pages)
        total = 0
        for page, name in enumerate(workbook.sheetnames, start=1):
            sheet = workbook[name]
            if not hasattr(sheet, "iter_rows"):  # a sheet that is a chart
                continue
            sheet.reset_dimensions()  # some writers state a size that is too small
            rows = list(_filled(sheet.iter_rows()))
            total += len(rows)
            check_count(path, "rows", total, self.limits.rows)
            while rows and sum(map(bool, rows[0][1])) < 2 and len(rows) > 1:
                yield Block(row_text((), rows.pop(0)[1]), heading=(name,), page=page)
            if not rows:
                continue
            header = rows[0][1] if len(rows) > 1 else ()
            body = rows[1:] if len(rows) > 1 else rows
            texts = ((number, row_text(header, cells)) for number, cells in body)
            yield from row_blocks(texts, heading=(name,), page=page)


def _filled(rows: Iterable[tuple[_Cell, ...]]) -> Iterator[tuple[int, list[str]]]:
    """Rows with anything in them and their numbers in the sheet."""
    for number, row in enumerate(rows, start=1):
        cells = [_shown(cell) for cell in row]
        if any(cells):
            yield number, cells


def _shown(cell: _Cell) -> str:
    """A value as a reader of the sheet would say it; dates as ISO 8601."""
    value = cell.value
    if value is None:
        return ""
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
