"""What files are said to be, to compare with: by the folders they lie in, or by a table."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from mmrag.errors import InputError
from mmrag.tasks.label_files import FoundFile

SEPARATOR = ";"
"""Between several labels in one cell."""


def truth_of_folders(files: Sequence[FoundFile]) -> dict[Path, frozenset[str]]:
    """By path, the name of the folder that a file is in, directly below the one that was named.

    Files that lie in no such folder are left out.
    """
    return {
        file.path: frozenset({file.below.parts[0]}) for file in files if len(file.below.parts) > 1
    }


def read_truth(path: Path) -> dict[Path, frozenset[str]]:
    """By path, the labels that a table gives.

    A CSV has the columns "path" and "label", and may have several labels in a cell, separated by
    semicolons, or several rows a path. Of JSON lines each has "path" and "label", or "labels". A
    path is relative to the table's folder.

    Raises:
        InputError: no such file, or a line that cannot be used.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as exc:
        raise InputError(f"cannot read the truth in {path}: {exc}") from exc
    rows = _json_lines(path, text) if path.suffix.lower() == ".jsonl" else _csv(path, text)
    found: dict[Path, frozenset[str]] = {}
    for line, name, labels in rows:
        if not name or not labels:
            missing = "path" if not name else "label"
            raise InputError(f"{path}, line {line}: no {missing}")
        key = (path.parent / name).resolve()
        found[key] = found.get(key, frozenset()) | frozenset(labels)
    if not found:
        raise InputError(f"{path} names no file")
    return found


def checked_truth(
    truth: Mapping[Path, frozenset[str]], names: Sequence[str], files: Sequence[FoundFile]
) -> dict[Path, frozenset[str]]:
    """The truth of the files, spelt as the labels are; capitals make no difference.

    Raises:
        InputError: a class that is not among the labels, or a table without any of the files.
    """
    spelt = {name.casefold(): name for name in names}
    unknown = {has for labels in truth.values() for has in labels if has.casefold() not in spelt}
    if unknown:
        raise InputError(
            f"{len(unknown)} classes of the files are not among the labels, the first is "
            f"{min(unknown)!r}; the labels are {', '.join(names)}"
        )
    own = {
        file.path: frozenset(spelt[has.casefold()] for has in truth[file.path])
        for file in files
        if file.path in truth
    }
    if not own:
        raise InputError(
            "of none of the files it is known what they are; put them into folders named by their "
            "labels, below the folder that you name, or give --truth FILE"
        )
    return own


def _csv(path: Path, text: str) -> Iterator[tuple[int, str, list[str]]]:
    reader = csv.DictReader(text.splitlines())
    if not {"path", "label"} <= set(reader.fieldnames or ()):
        raise InputError(
            f"{path}, line 1: the columns must be path and label, found {reader.fieldnames}"
        )
    for row in reader:
        labels = (row["label"] or "").split(SEPARATOR)
        yield reader.line_num, row["path"] or "", [one.strip() for one in labels if one.strip()]


def _json_lines(path: Path, text: str) -> Iterator[tuple[int, str, list[str]]]:
    for line, row in enumerate(text.splitlines(), 1):
        if not row.strip():
            continue
        try:
            said = json.loads(row)
            labels = said["labels"] if "labels" in said else [said["label"]]
            if not isinstance(labels, list) or not all(isinstance(one, str) for one in labels):
                raise TypeError("labels must be a list of texts")
            yield line, str(said["path"]), [one.strip() for one in labels if one.strip()]
        except (ValueError, KeyError, TypeError) as exc:
            raise InputError(
                f"{path}, line {line}: wants an object with path and label or labels "
                f"({type(exc).__name__}: {exc})"
            ) from exc
