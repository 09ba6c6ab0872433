"""Which files are a sensor's, and in which units: by name, and by JSON beside the file.

Numbers do not tell what they measure, so nothing is guessed:

| what says so | example |
| --- | --- |
| the end of the name | `room.depth.png`, `room_depth.npy`, `thermal.npz`, `walk-imu.csv` |
| a sidecar `FILE.json` with `"sensor"` | `{"sensor": "depth", "unit": "m", "scale": 0.0002}` |
| the key of an array in a .npz | `depth`, `thermal`, `imu` |
| the column titles of a .csv | `time, ax, ay, az, gx, gy, gz` |

A sidecar may also give `unit` and `scale` (a number is multiplied by it and is then in that unit),
and for motion `acceleration`, `rotation`, `time` (their units) and `rate_hz`.
"""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from mmrag.errors import CorruptFile
from mmrag.modalities import SENSORS, Modality

SUFFIXES = frozenset({".npy", ".npz", ".png", ".csv", ".tsv"})
"""Of files that may be a sensor's."""
_MARK = re.compile(r"(?:^|[._-])(depth|thermal|imu)$", re.IGNORECASE)
_LARGEST = 1 << 16  # bytes of a sidecar that says what a file measures


@dataclass(frozen=True)
class Hint:
    """What is known of a file before it is read.

    Attributes:
        sensor: what it measures; None: nothing says so.
        sidecar: path of the sidecar, for errors.
        beside: what the sidecar holds.
        stated: whether it is the sidecar that says what the file measures.
    """

    sensor: Modality | None = None
    sidecar: str = ""
    beside: Mapping[str, Any] = field(default_factory=dict)
    stated: bool = False

    def number(self, name: str) -> float | None:
        """A number above 0 of the sidecar; CorruptFile if it is something else."""
        found = self.beside.get(name)
        if found is None or (
            isinstance(found, int | float) and not isinstance(found, bool) and 0 < found < 1e12
        ):
            return found
        raise CorruptFile(self.sidecar, f"says {name} {found!r}; give a number above 0")

    def word(self, name: str, known: Mapping[str, Any], otherwise: str) -> str:
        """A word of the sidecar that `known` has; CorruptFile if it has it not."""
        found = self.beside.get(name, otherwise)
        if isinstance(found, str) and found in known:
            return found
        raise CorruptFile(self.sidecar, f"says {name} {found!r}; known: {', '.join(known)}")


def mark_of(name: str) -> Modality | None:
    """What the end of a file's name says that it measures."""
    path = PurePosixPath(name)
    if path.suffix.lower() not in SUFFIXES:
        return None
    found = _MARK.search(path.stem)
    return Modality(found[1].lower()) if found else None


def hint_of(path: Path) -> Hint:
    """What the name of a file and the sidecar beside it say.

    A sidecar that names another sensor than these says nothing here: any program writes JSON, that
    of a camera also says "sensor".
    """
    if path.suffix.lower() not in SUFFIXES:
        return Hint()
    marked = mark_of(path.name)
    sidecar = path.with_name(f"{path.name}.json")
    beside = _held(sidecar)
    stated = [sensor for sensor in SENSORS if beside.get("sensor") == sensor.value]
    return Hint(stated[0] if stated else marked, str(sidecar), beside, bool(stated))


def _held(sidecar: Path) -> dict[str, Any]:
    """The object in a sidecar; nothing of what is none: whoever reads its fields tells of it."""
    try:
        status = sidecar.lstat()  # a link could lead anywhere
        if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST:
            return {}
        found = json.loads(sidecar.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
