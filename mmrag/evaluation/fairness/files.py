"""Rows of the files that say who is of which group: CSV with a header, or JSON lines."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from mmrag.errors import InputError


def rows_of(
    path: Path, columns: Sequence[Sequence[str]]
) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The rows of a CSV file with a header, or of JSON lines, with their line numbers.

    Args:
        columns: that must be there, each under one of several names; not looked for in JSON lines.

    Raises:
        InputError: the file cannot be read or has no such form.
    """
    if path.suffix.lower() in {".jsonl", ".ndjson"}:
        yield from json_lines(path)
        return
    reader = csv.DictReader(io.StringIO(_read(path), newline=""), strict=True)
    header = [name.strip() for name in reader.fieldnames or ()]
    for names in columns:
        if not set(names) & set(header):
            raise InputError(
                f"{path} needs a column {names[0]!r} in its first line, found: "
                f"{', '.join(header) or 'nothing'}"
            )
    reader.fieldnames = header
    try:
        for row in reader:
            if None in row or None in row.values():
                raise InputError(
                    f"{path}, line {reader.line_num}: not the {len(header)} columns of the header"
                )
            yield reader.line_num, row
    except csv.Error as exc:
        raise InputError(f"{path}, line {reader.line_num}: {exc}") from exc


def text_of(row: Mapping[str, Any], *names: str) -> str:
    """The first of these that a row has, as text without blanks around it; empty if none."""
    found = next((row[name] for name in names if row.get(name) is not None), "")
    return str(found).strip()


def json_lines(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The objects of a file of JSON lines, with their line numbers; errors as of `rows_of`."""
    for number, line in enumerate(_read(path).split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as exc:
            raise InputError(f"{path}, line {number}: {exc}") from exc
        if not isinstance(row, dict):
            raise InputError(
                f"{path}, line {number}: expected an object, found {type(row).__name__}"
            )
        yield number, row


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as exc:
        raise InputError(f"cannot read {path}: {exc.strerror}") from exc
    except UnicodeDecodeError as exc:
        raise InputError(f"{path} is not UTF-8: {exc}") from exc
