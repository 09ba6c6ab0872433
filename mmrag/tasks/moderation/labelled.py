"""Labelled files and texts on which thresholds are chosen and judged.

A folder has one folder a category, and `clean` for what is none of them. A JSONL file has one
object a line: {"file": "a.png", "categories": ["violence"]}, or "text" in place of "file"; paths
are relative to it, and an empty list is clean.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from mmrag.errors import InputError

CLEAN = "clean"


@dataclass(frozen=True)
class Labelled:
    """A file or a text, and the categories that apply to it."""

    categories: frozenset[str]
    path: Path | None = None
    text: str = ""


def read_labelled(path: Path, categories: Collection[str]) -> list[Labelled]:
    """The labelled items of a folder or JSONL file.

    Raises:
        InputError: there is nothing, a label is no category, a file is missing, or a line is not
            what it should be; with the number of the line.
    """
    if not path.exists():
        raise InputError(f"no such file or folder: {path}")
    items = list(_of_folder(path, categories) if path.is_dir() else _of_lines(path, categories))
    if not items:
        raise InputError(f"{path} holds no labelled items")
    return items


def _of_folder(path: Path, categories: Collection[str]) -> Iterator[Labelled]:
    for folder in sorted(entry for entry in path.iterdir() if entry.is_dir()):
        if folder.name.startswith("."):
            continue
        label = frozenset() if folder.name == CLEAN else frozenset({folder.name})
        _check(label, categories, f"{folder}/")
        for file in sorted(folder.rglob("*")):
            if file.is_file() and not file.name.startswith("."):
                yield Labelled(label, file)


def _of_lines(path: Path, categories: Collection[str]) -> Iterator[Labelled]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as exc:
        raise InputError(f"cannot read {path}: {exc}") from exc
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        where = f"{path}, line {number}"
        try:
            row = json.loads(line)
        except ValueError as exc:
            raise InputError(f"{where}: no JSON object: {exc}") from exc
        if not isinstance(row, dict) or set(row) not in (
            {"file", "categories"},
            {"text", "categories"},
        ):
            raise InputError(
                f'{where}: must be {{"file" or "text": "…", "categories": […]}}, found {line[:60]}'
            )
        labels = row["categories"]
        if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
            raise InputError(f"{where}: categories must be a list of names, found {labels!r}")
        _check(labels, categories, where)
        if "text" in row:
            if not str(row["text"]).strip():
                raise InputError(f"{where}: the text is empty")
            yield Labelled(frozenset(labels), text=str(row["text"]))
            continue
        file = path.parent / str(row["file"])
        if not file.is_file():
            raise InputError(f"{where}: no such file: {file}")
        yield Labelled(frozenset(labels), file)


def _check(labels: Collection[str], categories: Collection[str], where: str) -> None:
    for label in labels:
        if label not in categories:
            known = ", ".join((*categories, CLEAN))
            raise InputError(f"{where}: {label!r} is no category of the policy; there are: {known}")
