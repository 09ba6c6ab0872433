"""Rows of CSV and JSONL files with the line that each begins on."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from mmrag.errors import InputError

Cell: TypeAlias = "str | Mapping[str, Any]"


@dataclass(frozen=True)
class Row:
    """The cells of a row by column; `place` is "line 7"."""

    place: str
    cells: Mapping[str, Cell]


def csv_rows(path: Path) -> list[Row]:
    """The rows of a CSV file, or of one with tabs if its name ends in .tsv; line 1 has the columns.

    Raises:
        InputError: no UTF-8, damaged, or a row with more or fewer cells than there are columns.
    """
    rows: list[Row] = []
    line = 0
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(
                file, delimiter="\t" if path.suffix.lower() == ".tsv" else ",", strict=True
            )
            header = [name.strip() for name in next(reader, [])]
            if len(set(header)) != len(header):
                raise InputError(f"{path}, line 1: a column is there twice: {', '.join(header)}")
            line = reader.line_num
            for cells in reader:
                line, begun = reader.line_num, line + 1
                if not cells:
                    continue
                if len(cells) != len(header):
                    raise InputError(
                        f"{path}, line {begun}: {len(cells)} cells for {len(header)} columns; "
                        f"a text with commas stands in quotation marks"
                    )
                rows.append(Row(f"line {begun}", dict(zip(header, cells, strict=True))))
    except csv.Error as exc:
        raise InputError(f"{path}, line {line + 1}: {exc}") from exc
    except UnicodeDecodeError as exc:
        raise InputError(f"{path} is not UTF-8, after line {line}: {exc.reason}") from exc
    return rows


def json_rows(path: Path) -> list[Row]:
    """The rows of a JSONL file: an object of strings, or of objects with a path, on each line.

    Raises:
        InputError: no UTF-8, or a line that is no such object.
    """
    rows: list[Row] = []
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except UnicodeDecodeError as exc:
        raise InputError(f"{path} is not UTF-8: {exc.reason}") from exc
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
        except ValueError as exc:
            raise InputError(f"{path}, line {number}: no JSON: {exc}") from exc
        if not isinstance(found, dict):
            raise InputError(f"{path}, line {number}: must be an object, found {line[:40]!r}")
        rows.append(Row(f"line {number}", found))
    return rows
