"""Pairs to fine-tune on: what is read of a file or folder, which rows belong together, the split.

Nothing is left out in silence: what cannot be used is collected with its line, and told together.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

from mmrag.embeddings.media import AudioPart, ImagePart
from mmrag.errors import InputError
from mmrag.modalities import SENSORS, Modality

Value: TypeAlias = "str | ImagePart | AudioPart | Path"
"""A text, the picture or stretch of sound that a file holds, or the file of a sensor."""

SIDES = (Modality.IMAGE, *SENSORS, Modality.AUDIO, Modality.TEXT)
"""Modalities that pairs can be of; the earlier one of two is the left side."""
_SHOWN = 5  # faults that a message names


@dataclass(frozen=True)
class Fault:
    """A row that cannot be used: where it stands ("line 7", or a file's name), and why."""

    place: str
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


@dataclass(frozen=True)
class Pair:
    """One row: two inputs that belong together.

    Attributes:
        place: where it stands, as `Fault` has it.
        key: tells it from all others, wherever it stands and in whatever order.
    """

    left: Value
    right: Value
    place: str
    key: str

    @property
    def sides(self) -> tuple[Value, Value]:
        """Left and right."""
        return self.left, self.right


@dataclass(frozen=True)
class Pairs:
    """Pairs of two modalities.

    Attributes:
        origin: the file or folder they are from.
        faults: rows that were left out, because they could not be used.
    """

    left: Modality
    right: Modality
    rows: tuple[Pair, ...]
    origin: str
    faults: tuple[Fault, ...] = ()

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def name(self) -> str:
        """As in "image-text"."""
        return f"{self.left.value}-{self.right.value}"

    @cached_property
    def groups(self) -> tuple[int, ...]:
        """A number for each row; rows of one number share a text or a file, directly or through
        other rows, and are never each other's wrong answers."""
        return tuple(_components([row.sides for row in self.rows]))

    @property
    def digest(self) -> str:
        """Of all rows in any order, to tell one set of pairs from another."""
        keys = "\n".join(sorted(row.key for row in self.rows))
        return hashlib.sha256(keys.encode()).hexdigest()[:16]

    def only(self, chosen: Iterable[int]) -> Pairs:
        """Some of the rows, in the order given."""
        return replace(self, rows=tuple(self.rows[number] for number in chosen))

    def without(self, faults: Sequence[Fault], *, skip_bad: bool) -> Pairs:
        """The rows that are not at fault.

        Args:
            faults: of some of the rows, or of others that were not taken up at all.

        Raises:
            InputError: there are faults, and they are not to be skipped.
        """
        places = {fault.place for fault in faults}
        if faults and not skip_bad:
            named = "; ".join(map(str, faults[:_SHOWN]))
            more = f"; and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
            count = len(places | {row.place for row in self.rows})
            raise InputError(
                f"{len(faults)} of {count} pairs of {self.origin} cannot be used: {named}{more}; "
                f"mend them, or leave them out with --skip-bad"
            )
        rows = tuple(row for row in self.rows if row.place not in places)
        return replace(self, rows=rows, faults=(*self.faults, *faults))

    def split(self, share: float) -> tuple[Pairs, Pairs]:
        """Those to train on, and those to validate with, about `share` of all.

        Where a row goes depends on what it holds, not on the order or on other rows, but for those
        that share a text or file with it: these stay together.

        Raises:
            InputError: fewer than two groups on a side, which leaves nothing to tell apart.
        """
        groups: dict[int, list[int]] = {}
        for row, group in enumerate(self.groups):
            groups.setdefault(group, []).append(row)
        if len(groups) < 4:
            raise InputError(_too_few(self, len(groups)))
        places = {g: _place(min(self.rows[r].key for r in rows)) for g, rows in groups.items()}
        ranked = sorted(places, key=lambda group: places[group])
        held = sum(place < share for place in places.values())
        held = min(max(held, 2), len(ranked) - 2)  # two on either side, however small the set
        kept_out = set(ranked[:held])
        sides: tuple[list[int], list[int]] = ([], [])
        for row, group in enumerate(self.groups):
            sides[group in kept_out].append(row)
        return self.only(sides[0]), self.only(sides[1])


def pair_of(left: Value, right: Value, place: str, root: Path) -> Pair:
    """A row with its key, for which files are named as seen from `root`: a set may be moved."""
    names = "\0".join(_identity(value, root) for value in (left, right))
    return Pair(left, right, place, hashlib.sha256(names.encode()).hexdigest()[:16])


def _identity(value: Value, root: Path) -> str:
    if isinstance(value, str):
        return f"text\0{_worded(value)}"
    path = value if isinstance(value, Path) else value.path
    file = path.relative_to(root) if path.is_relative_to(root) else path
    if isinstance(value, Path):
        return f"measured\0{file.as_posix()}"
    if isinstance(value, ImagePart):
        return f"image\0{file.as_posix()}\0{value.page}\0{value.bbox}\0{value.at_ms}"
    return f"audio\0{file.as_posix()}\0{value.start_ms}\0{value.end_ms}"


def _worded(text: str) -> str:
    """The text as far as it tells from others: capitals and white space do not."""
    return " ".join(text.casefold().split())


def _place(key: str) -> float:
    """0..1, evenly, by the hash of a key."""
    return int(hashlib.sha256(f"split {key}".encode()).hexdigest()[:12], 16) / 16**12


def _components(rows: Sequence[tuple[Value, Value]]) -> list[int]:
    """The number of each row's component, in the graph whose edges are shared values."""
    parents = list(range(len(rows)))

    def root(row: int) -> int:
        while parents[row] != row:
            parents[row] = parents[parents[row]]
            row = parents[row]
        return row

    first: dict[object, int] = {}
    for row, sides in enumerate(rows):
        for value in sides:
            known = _worded(value) if isinstance(value, str) else value
            parents[root(row)] = root(first.setdefault(known, row))
    numbers: dict[int, int] = {}
    return [numbers.setdefault(root(row), len(numbers)) for row in range(len(rows))]


def _too_few(pairs: Pairs, groups: int) -> str:
    if len(pairs) > groups:
        return (
            f"the {len(pairs)} pairs of {pairs.origin} share so many texts or files that only "
            f"{groups} can be told apart; training needs at least 4, two of them for validation"
        )
    return (
        f"{pairs.origin} has {len(pairs)} usable pairs; training needs at least 4, two of them "
        f"for validation"
    )
