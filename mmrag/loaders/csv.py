"""Tables in text files: CSV, TSV and their kin, a few rows a passage."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

from llama_index.core.schema import Node

from mmrag.errors import CorruptFile
from mmrag.loaders.base import FileReader
from mmrag.loaders.limits import check_count
from mmrag.loaders.rows import cell_text, has_header, row_blocks, row_text
from mmrag.loaders.text import read_text
from mmrag.modalities import FILE_KINDS

_DELIMITERS = ",;\t|"
_PROBED = 50  # rows by which the delimiter is chosen


class CsvReader(FileReader):
    """Rows as "Header: value; …" under ("rows 2-11",); rows are counted as in a spreadsheet.

    A file whose first row is no row of titles gives its values alone.
    """

    def read(self, path: Path, *, source: str) -> list[Node]:
        lines = read_text(path, self.limits).splitlines(keepends=True)
        try:
            rows = []
            cells = 0
            for row in csv.reader(lines, delimiter=delimiter_of(lines)):
                rows.append(row)
                cells += len(row)
                check_count(path, "rows", len(rows), self.limits.rows)
                check_count(path, "cells", cells, self.limits.cells)
        except csv.Error as exc:
            raise CorruptFile(path, f"is not a readable table: {exc}") from exc
        numbered = [(n, row) for n, row in enumerate(rows, start=1) if any(map(str.strip, row))]
        header: list[str] = []
        if has_header([row for _, row in numbered]):
            header = [cell_text(cell) for cell in numbered[0][1]]
            numbered = numbered[1:]
        texts = ((n, row_text(header, [cell_text(cell) for cell in row])) for n, row in numbered)
        mimetype = FILE_KINDS["csv"].mimetype
        return self.text_nodes(row_blocks(texts), path=path, source=source, mimetype=mimetype)


def delimiter_of(lines: list[str]) -> str:
    """The delimiter that gives most rows the same number of columns, and more than one.

    Own count: `csv.Sniffer` takes letters for delimiters in files of few columns.
    """

    def score(delimiter: str) -> tuple[float, int]:
        probe = csv.reader(lines[: _PROBED * 4], delimiter=delimiter)
        widths = Counter(len(row) for row, _ in zip(probe, range(_PROBED), strict=False) if row)
        if not widths:
            return 0.0, 0
        width, count = widths.most_common(1)[0]
        return (count / widths.total() if width > 1 else 0.0), width

    return max(_DELIMITERS, key=score)
