"""A file of an audit's sums, so that a later run can tell which gaps got worse.

It keeps what every question or item adds to every measure, not only the figures, so that the change
of a gap is paired by question.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import numpy as np

from mmrag.errors import InputError
from mmrag.evaluation.fairness.audit import Audit, interval
from mmrag.evaluation.fairness.gaps import UNLABELLED, Finding, Kind, Measure
from mmrag.evaluation.fairness.resampling import Sums, ends, resampled_all
from mmrag.evaluation.intervals import Interval

FORMAT = "mmrag fairness 1"


@dataclass(frozen=True)
class Saved:
    """An earlier audit.

    Attributes:
        subject: what was audited: attribute, questions, k and so on; a later one must be of the
            same to be held against it.
    """

    subject: Mapping[str, str]
    measures: Mapping[str, Measure]


@dataclass(frozen=True)
class Change:
    """How much further from none a gap is than it was, paired by question or item.

    Attributes:
        change: above 0 is worse; of a ratio, in logarithms.
        worse: it grew by more than the tolerance, and its interval says that it grew.
        small: too few units to say.
    """

    measure: str
    group: str
    change: Interval | None
    small: bool
    worse: bool

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "measure": self.measure,
            "group": self.group,
            "change": interval(self.change),
            "small": self.small,
            "worse": self.worse,
        }


def digest(lines: Iterable[str]) -> str:
    """What tells one set of questions or items from another."""
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def keep(audits: Sequence[Audit], subject: Mapping[str, str], path: Path) -> None:
    """Write the sums of audits.

    Raises:
        InputError: the file cannot be written.
    """
    row = {
        "format": FORMAT,
        "subject": dict(subject),
        "measures": [_packed(name, one.measure) for name, one, _ in _named(audits)],
    }
    try:
        path.write_text(json.dumps(row, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as exc:
        raise InputError(f"cannot write {path}: {exc.strerror}") from exc


def read_saved(path: Path) -> Saved:
    """Read what `keep` wrote.

    Raises:
        InputError: it cannot be read or is something else.
    """
    try:
        row = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(row, dict) or row.get("format") != FORMAT:
            raise ValueError(f'its "format" is not {FORMAT!r}')
        subject = {str(key): str(value) for key, value in row["subject"].items()}
        return Saved(subject, dict(map(_unpacked, row["measures"])))
    except OSError as exc:
        raise InputError(f"cannot read {path}: {exc.strerror}") from exc
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as exc:
        raise InputError(
            f"{path} is no file of `mmrag eval fairness --save`: {exc or type(exc).__name__}"
        ) from exc


def check_subject(saved: Saved, subject: Mapping[str, str], path: Path) -> None:
    """Refuse to hold an audit against one of something else.

    Raises:
        InputError: the subjects differ; the message says in what.
    """
    differ = [
        f"{key} {saved.subject.get(key, 'none')} there, {subject.get(key, 'none')} here"
        for key in dict.fromkeys((*saved.subject, *subject))
        if saved.subject.get(key) != subject.get(key)
    ]
    if differ:
        raise InputError(f"{path} is of something else: {'; '.join(differ)}")


def changes(audits: Sequence[Audit], saved: Saved, *, tolerance: float) -> list[Change]:
    """How each gap changed, for audits whose subject is that of the saved ones.

    Args:
        tolerance: by how much a gap may grow; of a ratio, its logarithm.

    Raises:
        InputError: the groups are not the same.
    """
    found: list[Change] = []
    for name, one, audit in _named(audits):
        then = saved.measures.get(name)
        groups = _labelled(one.measure)
        if then is None or _labelled(then) != groups:
            there = ", ".join(_labelled(then)) if then else "no such measure"
            raise InputError(
                f"{name}: the groups of {audit.attribute} are {', '.join(groups)}, and in the "
                f"saved file {there}; save it anew"
            )
        now_sides, then_sides = resampled_all([one.measure.sums, then.sums])
        now, before = one.measure.gaps(*now_sides), then.gaps(*then_sides)
        grown = one.measure.distance(now) - then.distance(before)
        small = {row.group: row.small for row in one.rows}
        for at, group in enumerate(groups):
            change = ends(grown[:, at])
            worse = change is not None and change.mean > tolerance and change.low > 0
            found.append(Change(name, group, change, small[group], worse and not small[group]))
    return found


def _named(audits: Sequence[Audit]) -> list[tuple[str, Finding, Audit]]:
    """Findings by a name that no other has: those of documents and of askers share measures."""
    return [
        (f"{one.measure.name} by {audit.attribute}", one, audit)
        for audit in audits
        for one in audit.findings
    ]


def _labelled(measure: Measure) -> list[str]:
    return [name for name in measure.sums.groups if name != UNLABELLED]


def _packed(name: str, measure: Measure) -> dict[str, Any]:
    """A measure, of its sums only what is not 0: (unit, group, above, below)."""
    above, below = measure.sums.above, measure.sums.below
    rows = np.argwhere((above != 0) | (below != 0))
    return {
        "name": name,
        "kind": measure.kind,
        "groups": measure.sums.groups,
        "desired": measure.desired,
        "units": len(above),
        "sums": [
            [int(unit), int(at), float(above[unit, at]), float(below[unit, at])]
            for unit, at in rows
        ],
    }


def _unpacked(row: Mapping[str, Any]) -> tuple[str, Measure]:
    groups, kind = tuple(map(str, row["groups"])), row["kind"]
    if kind not in get_args(Kind):
        raise ValueError(f"it has a measure of the kind {kind!r}")
    above, below = (np.zeros((int(row["units"]), len(groups))) for _ in range(2))
    for unit, at, over, under in row["sums"]:
        above[unit, at], below[unit, at] = float(over), float(under)
    return str(row["name"]), Measure(
        str(row["name"]), kind, "", Sums(groups, above, below), row["desired"]
    )
