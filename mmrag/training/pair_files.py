"""Reads pairs from a CSV or JSONL file, or from a folder of media with captions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmrag.embeddings.media import AudioPart, ImagePart
from mmrag.errors import InputError
from mmrag.modalities import FILE_KINDS, SENSORS, Modality
from mmrag.training.pair_rows import Cell, Row, csv_rows, json_rows
from mmrag.training.pairs import SIDES, Fault, Pair, Pairs, Value, pair_of

TABLES = ("pairs.jsonl", "captions.csv", "captions.jsonl", "metadata.csv", "metadata.jsonl")
"""Files of pairs that are looked for in a folder; "metadata" is what Hugging Face's imagefolder and
audiofolder call theirs."""

_COLUMNS = {
    "text": Modality.TEXT,
    "caption": Modality.TEXT,
    "image": Modality.IMAGE,
    "audio": Modality.AUDIO,
    **{sensor.value: sensor for sensor in SENSORS},
}
FILE_NAME = "file_name"
"""Column of a picture or recording, whichever its suffix says; imagefolder's."""
_NAMES = (*_COLUMNS, FILE_NAME)
_READERS = {".csv": csv_rows, ".tsv": csv_rows, ".jsonl": json_rows}
_MEDIA = {
    suffix: kind.modality
    for kind in FILE_KINDS.values()
    if kind.modality in (Modality.IMAGE, Modality.AUDIO)
    for suffix in kind.suffixes
}
_FIELDS: dict[Modality, tuple[str, ...]] = {
    Modality.IMAGE: ("path", "page", "bbox", "at_ms"),
    Modality.AUDIO: ("path", "start_ms", "end_ms"),
    **dict.fromkeys(SENSORS, ("path",)),
}


def read_pairs(
    source: str | Path,
    *,
    columns: Sequence[str] | None = None,
    folder_names: bool = False,
    skip_bad: bool = False,
) -> Pairs:
    """The pairs of a file or folder. That media can be decoded is not looked at here.

    A file is CSV, TSV or JSONL with two of the columns text (or caption), image, audio, depth,
    thermal, imu, and file_name, which is a picture or recording; paths are relative to the file.
    In JSONL, a picture or recording may be an object that names a part of a file:
    {"path": "a.pdf", "page": 3}, or {"path": "a.flac", "start_ms": 0, "end_ms": 5000}.

    A folder holds such a file by the name of `TABLES`, or media that are paired by their stem:
    a.jpg with the text in a.txt, or with a.flac.

    Args:
        columns: the two to take; the others are then of no concern.
        folder_names: take the name of the folder that a picture or recording lies in as its text.
        skip_bad: leave out rows that cannot be used; the result says which.

    Raises:
        InputError: no such source, unknown columns, or rows that cannot be used.
    """
    path = Path(source).expanduser()
    if path.is_dir():
        table = next((path / name for name in TABLES if (path / name).is_file()), None)
        if table is None or folder_names:
            return _of_folder(path, columns, folder_names=folder_names, skip_bad=skip_bad)
        path = table
    if not path.is_file():
        raise InputError(f"no file or folder of pairs at {path}")
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise InputError(f"{path} is no file of pairs; known are: {', '.join(_READERS)}")
    if folder_names:
        raise InputError(f"{path} is a file; the names of folders are captions of a folder's media")
    rows = reader(path)
    if not rows:
        raise InputError(f"{path} holds no pairs")
    reading = _Reading(path.parent, *_chosen(path, rows, columns))
    return reading.pairs(rows, str(path), skip_bad=skip_bad)


def _chosen(path: Path, rows: Sequence[Row], columns: Sequence[str] | None) -> tuple[str, str]:
    """The names of the two columns that are paired."""
    known = ", ".join(_NAMES)
    if columns is None:
        for row in rows:
            for name in row.cells:
                if name not in _NAMES:
                    raise InputError(
                        f"{path}, {row.place}: unknown column {name!r}; known are {known}. Name "
                        f"the two to take with --columns"
                    )
    there = [name for name in _NAMES if any(name in row.cells for row in rows)]
    wanted = there if columns is None else list(columns)
    for name in wanted:
        if name not in there:
            raise InputError(f"{path} has no column {name!r} of those known; it has {there}")
    if len(wanted) != 2:
        raise InputError(
            f"{path} must have two of the columns {known}; found {wanted or 'none of them'}. "
            f"Name the two to take with --columns"
        )
    return wanted[0], wanted[1]


@dataclass(frozen=True)
class _Reading:
    """Turns the rows of a file in `root` into pairs of two of its columns."""

    root: Path
    one: str
    other: str

    def pairs(self, rows: Sequence[Row], origin: str, *, skip_bad: bool) -> Pairs:
        kinds = {name: self._kind(rows, name, origin) for name in (self.one, self.other)}
        left, right = sorted(kinds, key=lambda name: SIDES.index(kinds[name]))
        if kinds[left] is kinds[right]:
            raise InputError(f"{origin}: {left} and {right} are both {kinds[left].value}")
        good: list[Pair] = []
        faults = list[Fault]()
        seen: dict[tuple[Value, Value], str] = {}
        for row in rows:
            try:
                sides = (
                    self._value(row.cells.get(left), kinds[left]),
                    self._value(row.cells.get(right), kinds[right]),
                )
                if sides in seen:
                    raise InputError(f"repeats {seen[sides]}")
            except InputError as exc:
                faults.append(Fault(row.place, str(exc)))
                continue
            seen[sides] = row.place
            good.append(pair_of(*sides, row.place, self.root))
        found = Pairs(kinds[left], kinds[right], tuple(good), origin)
        return found.without(faults, skip_bad=skip_bad)

    def _kind(self, rows: Sequence[Row], name: str, origin: str) -> Modality:
        if name != FILE_NAME:
            return _COLUMNS[name]
        for row in rows:
            kind = _MEDIA.get(Path(str(row.cells.get(name) or "")).suffix.lower())
            if kind is not None:
                return kind
        raise InputError(f"{origin}: no {FILE_NAME} ends like a picture or recording")

    def _value(self, cell: Cell | None, kind: Modality) -> Value:
        if kind is Modality.TEXT:
            if cell is not None and not isinstance(cell, str):
                raise InputError(f"{cell!r} is no text")
            if cell is None or not cell.strip():
                raise InputError("the text is empty")
            return cell.strip()
        return media_value(cell, kind, self.root)


def media_value(cell: Cell | None, kind: Modality, root: Path) -> ImagePart | AudioPart | Path:
    """The picture, recording or sensor's file that a cell names; paths are seen from `root`.

    Raises:
        InputError: nothing is named, there is no such file, or fields that it cannot have.
    """
    if cell is not None and not isinstance(cell, str | Mapping):
        raise InputError(f"{cell!r} names no {kind.value}")
    fields: dict[str, Any] = {"path": cell} if isinstance(cell, str) else dict(cell or {})
    if unknown := sorted(set(fields) - set(_FIELDS[kind])):
        raise InputError(
            f"a part of {kind.value} has no {unknown[0]!r}; known: {', '.join(_FIELDS[kind])}"
        )
    named = fields.pop("path", None)
    if not isinstance(named, str) or not named.strip():
        raise InputError(f"no {kind.value} is named")
    file = root / Path(named.strip()).expanduser()
    if not file.is_file():
        raise InputError(f"no file {named.strip()}")
    if kind in SENSORS:
        return file
    if (box := fields.pop("bbox", None)) is not None:
        if not isinstance(box, list) or len(box) != 4:
            raise InputError(f"bbox must be [left, top, right, bottom], found {box!r}")
        box = tuple(map(float, box))
    for name, value in fields.items():
        if value is not None and not isinstance(value, int):
            raise InputError(f"{name} must be a whole number, found {value!r}")
    if kind is Modality.AUDIO:
        return AudioPart(file, **fields)
    return ImagePart(file, bbox=box, **fields)


def _of_folder(
    folder: Path, columns: Sequence[str] | None, *, folder_names: bool, skip_bad: bool
) -> Pairs:
    """Files of one stem are a row; with `folder_names`, each picture or recording is."""
    kinds: dict[Modality, dict[str, Path]] = {}
    for file in sorted(folder.rglob("*")):
        kind = Modality.TEXT if file.suffix == ".txt" else _MEDIA.get(file.suffix.lower())
        hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
        if kind is None or hidden or not file.is_file():
            continue
        stem = file.relative_to(folder).as_posix()
        stem = stem if folder_names else stem.removesuffix(file.suffix)
        kinds.setdefault(kind, {})[stem] = file
    if folder_names:
        kinds.pop(Modality.TEXT, None)
        named = {s: f for files in kinds.values() for s, f in files.items() if f.parent != folder}
        kinds[Modality.TEXT] = named
    there = {kind.value for kind in SIDES if kinds.get(kind)}
    wanted = there if columns is None else set(columns)
    if len(wanted) != 2 or not wanted <= there:
        found = (
            ", ".join(f"{len(files)} {kind.value}" for kind, files in kinds.items()) or "nothing"
        )
        raise InputError(
            f"{folder} must hold two kinds of files with the same stems (a.jpg and a.txt), or "
            f"one of {', '.join(TABLES)}; found {found}. With more kinds, name two with --columns; "
            f"where the names of folders are the captions, say --folder-names"
        )
    left, right = sorted((Modality(name) for name in wanted), key=SIDES.index)
    stems = dict.fromkeys((*kinds[left], *kinds[right]))
    rows = [
        Row(stem, dict(_cells(folder, stem, kinds, (left, right), folder_names=folder_names)))
        for stem in stems
    ]
    reading = _Reading(folder, left.value, right.value)
    return reading.pairs(rows, str(folder), skip_bad=skip_bad)


def _cells(
    folder: Path,
    stem: str,
    kinds: dict[Modality, dict[str, Path]],
    sides: tuple[Modality, Modality],
    *,
    folder_names: bool,
) -> Iterable[tuple[str, Cell]]:
    for kind in sides:
        file = kinds[kind].get(stem)
        if file is None:
            continue
        if kind is not Modality.TEXT:
            yield kind.value, file.relative_to(folder).as_posix()
        elif folder_names:
            yield kind.value, file.parent.name.replace("_", " ").replace("-", " ")
        else:
            yield kind.value, file.read_text(encoding="utf-8", errors="replace")
