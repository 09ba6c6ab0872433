"""What a run of training logs: its entries, which of them was best, and the file they go to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from mmrag.errors import InputError

HISTORY = "history.jsonl"


@dataclass(frozen=True)
class Progress:
    """State of a step.

    Attributes:
        step: 0 before the first, which has an evaluation alone.
        losses: before the step, by pair; InfoNCE in nats.
        recalls: recall@1 within the batch, by pair.
        evaluation: what `evaluate` found after the step; empty where it was not asked.
        rows_per_second: pairs since the entry before; no part of what makes two entries equal.
    """

    step: int
    losses: Mapping[str, float]
    recalls: Mapping[str, float]
    learning_rate: float
    temperature: float
    evaluation: Mapping[str, float] = field(default_factory=dict)
    rows_per_second: float = field(default=0.0, compare=False)

    @property
    def watched(self) -> float:
        """The first number of the evaluation; higher is better."""
        return next(iter(self.evaluation.values()))


@dataclass
class History:
    """What was logged, first to last.

    Attributes:
        best_step: that of the highest first number of an evaluation, the earliest of equals; 0
            stands for the model as it was, None for no evaluation.
        stopped: "early" where evaluations did not get better for too long.
    """

    entries: list[Progress] = field(default_factory=list)
    best_step: int | None = None
    stopped: Literal["steps", "early"] = "steps"

    @property
    def pairs(self) -> tuple[str, ...]:
        """The pairs that were trained."""
        return tuple(dict.fromkeys(name for entry in self.entries for name in entry.losses))

    @property
    def evaluated(self) -> list[Progress]:
        """The entries with an evaluation."""
        return [entry for entry in self.entries if entry.evaluation]

    @property
    def best(self) -> Progress | None:
        """The entry of `best_step`."""
        return next((entry for entry in self.evaluated if entry.step == self.best_step), None)

    @property
    def waited(self) -> int:
        """Evaluations since the best one."""
        return sum(entry.step > (self.best_step or 0) for entry in self.evaluated)

    def add(self, entry: Progress) -> bool:
        """Append an entry; whether its evaluation is the best so far."""
        best = self.best
        better = bool(entry.evaluation) and (best is None or entry.watched > best.watched)
        self.entries.append(entry)
        if better:
            self.best_step = entry.step
        return better

    def as_dict(self) -> dict[str, Any]:
        """What JSON can hold."""
        return asdict(self)

    @classmethod
    def from_dict(cls, known: Mapping[str, Any]) -> History:
        """Of what `as_dict` gave."""
        entries = [Progress(**entry) for entry in known["entries"]]
        return cls(entries, known["best_step"], known["stopped"])


def write_lines(history: History, folder: Path) -> None:
    """Write history.jsonl anew, a line an entry."""
    (folder / HISTORY).write_text("".join(map(_line, history.entries)), encoding="utf-8")


def append_line(entry: Progress, folder: Path) -> None:
    """Add an entry to history.jsonl.

    Raises:
        InputError: it cannot be written.
    """
    try:
        with (folder / HISTORY).open("a", encoding="utf-8") as file:
            file.write(_line(entry))
    except OSError as exc:
        raise InputError(f"cannot write {folder / HISTORY}: {exc.strerror}") from exc


def _line(entry: Progress) -> str:
    return json.dumps(asdict(entry)) + "\n"
