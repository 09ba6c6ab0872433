"""Motion recordings in text tables: which column is what, in which unit, and its numbers."""

from __future__ import annotations

import csv
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mmrag.errors import CorruptFile
from mmrag.loaders.csv import delimiter_of
from mmrag.loaders.heartbeat import beat
from mmrag.loaders.limits import Limits, check_count, check_file
from mmrag.loaders.rows import cell_text
from mmrag.loaders.text import decode

AXES = ("ax", "ay", "az", "gx", "gy", "gz")
TIME = "time"
_PROBED = 1 << 14  # bytes by which the titles and the delimiter are told
_EVERY = 4096  # rows between two signs of life

_TURN = r"(?:g|w|gyr|gyro|gyroscope|omega|rot|rotation|rotation_?rate|angular_?(?:velocity|rate))"
_PUSH = r"(?:a|acc|accel|accelerometer|acceleration|linear_?acceleration)"
_TITLES = (
    (re.compile(rf"{_PUSH}[ _.-]?([xyz])"), "a"),
    (re.compile(rf"{_TURN}[ _.-]?([xyz])"), "g"),
)
_CLOCK = re.compile(r"(?:t|time|timestamp|seconds|elapsed|seconds_elapsed)")
# a unit at the end of a title: "ax (g)", "gyro_x [deg/s]", "time_ms"
_UNIT = re.compile(
    r"(.+?)(?:\s*[(\[]\s*([^)\]]+?)\s*[)\]]|_(g|ms2|mps2|rads|dps|degs|s|ms|us|ns))$"
)

ACCELERATION = {"m/s2": 1.0, "g": 9.80665}
ROTATION = {"rad/s": 1.0, "deg/s": np.pi / 180}
CLOCK = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
_SPELT = {
    **dict.fromkeys(("m/s^2", "m/s²", "m/s/s", "ms2", "mps2"), "m/s2"),
    **dict.fromkeys(("°/s", "dps", "degs"), "deg/s"),
    "rads": "rad/s",
    **dict.fromkeys(("sec", "seconds"), "s"),
    **dict.fromkeys(("µs", "μs"), "us"),  # a micro sign and a mu
}


@dataclass(frozen=True)
class Columns:
    """Where the columns of a motion recording are.

    Attributes:
        places: column number of AXES and, if there is one, of TIME.
        units: by the same names, the units that titles give.
        titled: whether the first row is titles.
    """

    places: dict[str, int]
    units: dict[str, str]
    titled: bool = True

    @property
    def missing(self) -> list[str]:
        """Axes without a column."""
        return [axis for axis in AXES if axis not in self.places]


@dataclass(frozen=True)
class Table:
    """The numbers of a motion recording in the units of its file; NaN where a cell is empty.

    Attributes:
        values: (n, 6)
        time: (n,), or None without such a column.
        lines: (n,) where each row stands in the file, counted from 1.
    """

    columns: Columns
    values: NDArray[np.float64]
    time: NDArray[np.float64] | None
    lines: NDArray[np.int64]


def titles_of(path: Path) -> list[str]:
    """The cells of the first row of a text table."""
    with path.open("rb") as handle:
        lines = decode(path, handle.read(_PROBED)[: _PROBED - 4]).splitlines(keepends=True)
    rows = csv.reader(lines, delimiter=delimiter_of(lines))
    try:
        return [cell_text(cell) for cell in next(rows, [])]
    except csv.Error:
        return []


def columns_of(titles: Sequence[str]) -> Columns:
    """What the titles of columns say; the first of several with one meaning counts."""
    places: dict[str, int] = {}
    units: dict[str, str] = {}
    for place, title in enumerate(titles):
        bare, unit = _split(title.strip().lower())
        name = _meaning(bare) or _meaning(title.strip().lower())
        if name and name not in places:
            places[name] = place
            if unit:
                units[name] = _SPELT.get(unit, unit)
    return Columns(places, units)


def says_motion(titles: Sequence[str]) -> bool:
    """Whether a table is a motion recording by its titles alone: all six axes and the time."""
    found = columns_of(titles)
    return not found.missing and TIME in found.places


def read_table(path: Path, limits: Limits) -> Table:
    """The rows of a motion recording.

    Titles tell the columns. Without titles, six columns are AXES in this order, and seven the time
    and these.

    Raises:
        CorruptFile: a column is missing, or a cell is no number; with the line.
        LimitExceeded: too many rows.
    """
    check_file(path, limits)
    text = decode(path, path.read_bytes())
    lines = text.splitlines(keepends=True)
    rows = csv.reader(lines, delimiter=delimiter_of(lines[:200]))
    try:
        first = [cell_text(cell) for cell in next(rows, [])]
        columns = _columns(path, first)
        body = rows if columns.titled else itertools.chain([first], rows)
        names = [name for name in (TIME, *AXES) if name in columns.places]
        places = [columns.places[name] for name in names]
        numbers, places_in_file = [], []
        for count, row in enumerate(filter(None, body), start=1):
            if count % _EVERY == 0:
                beat()
            check_count(path, "motion_samples", count, limits.motion_samples)
            numbers.append(_numbers(path, row, places, rows.line_num))
            places_in_file.append(rows.line_num)
    except csv.Error as exc:
        raise CorruptFile(path, f"is not a readable table: {exc}") from exc
    values = np.array(numbers, dtype=np.float64).reshape(len(numbers), len(names))
    timed = names[0] == TIME
    time = values[:, 0] if timed else None
    return Table(columns, values[:, timed:], time, np.array(places_in_file, dtype=np.int64))


def _numbers(path: Path, row: Sequence[str], places: Sequence[int], line: int) -> list[float]:
    try:
        return [float(row[place]) if row[place].strip() else np.nan for place in places]
    except IndexError:
        reason = f"has {len(row)} cells in line {line}; {max(places) + 1} are needed"
        raise CorruptFile(path, reason) from None
    except ValueError as exc:
        raise CorruptFile(path, f"has no number in line {line}: {exc}") from None


def _columns(path: Path, first: list[str]) -> Columns:
    if all(map(_is_number, first)):
        names = AXES if len(first) == len(AXES) else (TIME, *AXES)
        if len(first) != len(names):
            raise CorruptFile(
                path,
                f"has {len(first)} columns without titles; a motion recording has 6 (ax ay az gx "
                f"gy gz) or 7 (the time first)",
            )
        return Columns({name: place for place, name in enumerate(names)}, {}, titled=False)
    found = columns_of(first)
    if found.missing:
        shown = ", ".join(itertools.islice(first, 10))
        raise CorruptFile(
            path,
            f"is to be a motion recording but has no column {', '.join(found.missing)} among "
            f"{shown}; title them ax ay az gx gy gz and time, or rename the file if it is a table",
        )
    return found


def _split(title: str) -> tuple[str, str]:
    found = _UNIT.fullmatch(title)
    return (found[1].strip(), found[2] or found[3]) if found else (title, "")


def _meaning(title: str) -> str | None:
    for pattern, kind in _TITLES:
        if found := pattern.fullmatch(title):
            return kind + found[1]
    return TIME if _CLOCK.fullmatch(title) else None


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
