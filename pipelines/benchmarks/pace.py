"""How fast passages are written once a run is under way."""

from __future__ import annotations

import time
from typing import Any

FROM, TO = 0.25, 0.9
"""Of the passages: before, models load; after, some of the workers may be idle."""


class Pace:
    """A listener of a run that notes when how many passages were written."""

    def __init__(self) -> None:
        self._marks: list[tuple[float, int]] = []

    def start(self, total: int) -> None:
        self._marks = [(time.perf_counter(), 0)]

    def tell(self, outcome: Any) -> None:  # noqa: ANN401  (an inner type of mmrag)
        self._marks.append((time.perf_counter(), self._marks[-1][1] + outcome.nodes))

    def progress(self, stages: object) -> None:
        """Nothing is shown."""

    @property
    def per_s(self) -> float:
        """Passages a second between the two shares."""
        total = self._marks[-1][1]
        first = next(mark for mark in self._marks if mark[1] >= FROM * total)
        last = next(mark for mark in self._marks if mark[1] >= TO * total)
        return (last[1] - first[1]) / (last[0] - first[0])
