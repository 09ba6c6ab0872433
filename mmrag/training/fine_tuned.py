"""What a fine-tuning run is asked to do, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from mmrag.evaluation.intervals import Interval
from mmrag.training.pairs import Fault

if TYPE_CHECKING:
    from mmrag.training.history import Progress
    from mmrag.training.validating import Recalls


@dataclass(frozen=True)
class Plan:
    """The options of a run, all settled; see `fine_tune`. `revision` is of the base's weights."""

    model: str
    revision: str | None
    space: str
    licence: str
    sides: tuple[str, str]
    freeze: tuple[str, ...]
    batch: int
    micro_batch: int | None
    epochs: float
    steps: int | None
    learning_rate: float
    lora: int | None
    hard_negatives: bool
    precision: Literal["fp32", "bf16"]
    loss: Literal["infonce", "siglip"]
    patience: int
    validation: float
    seed: int


@dataclass(frozen=True)
class Data:
    """The pairs of a run: how many were trained on and validated with, which were left out.

    Attributes:
        digest: of all that were used; see `Pairs.digest`.
        groups: of training and of validation; rows of one group share a text or file.
    """

    origin: str
    digest: str
    training: int
    validation: int
    groups: tuple[int, int]
    left_out: tuple[Fault, ...]


class Listener:
    """Told how a run goes; does nothing with it. Override what is of interest."""

    def reading(self, done: int, total: int) -> None:
        """So many of the files and texts were read, of so many."""

    def starting(self, data: Data, steps: int) -> None:
        """Training begins; it takes so many steps at most."""

    def step(self, entry: Progress) -> None:
        """A step was trained; not every one is told of."""


@dataclass(frozen=True)
class FineTuned:
    """A model that was fine-tuned.

    Attributes:
        folder: that its embedding loads by path.
        steps: that were trained, `best_step` being the one whose weights were kept.
        stopped: "early" if evaluations got no better for as long as `patience` says.
        weights: how many numbers were trained, and how many the model has.
        before, after: recalls on the pairs that were kept out; `after` is of the folder.
        seconds: of the run, or of its last part if it was resumed.
    """

    folder: Path
    plan: Plan
    data: Data
    steps: int
    best_step: int
    stopped: str
    weights: tuple[int, int]
    temperature: float
    before: Recalls
    after: Recalls
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """What `mmrag train --json` prints."""
        return {
            "folder": str(self.folder),
            "plan": asdict(self.plan),
            "data": {**asdict(self.data), "left_out": [str(f) for f in self.data.left_out]},
            "steps": self.steps,
            "best_step": self.best_step,
            "stopped": self.stopped,
            "trained_weights": self.weights[0],
            "weights": self.weights[1],
            "temperature": self.temperature,
            "before": _rows(self.before.intervals()),
            "after": _rows(self.after.intervals()),
            "gain": _rows(self.after.gained_on(self.before)),
            "seconds": round(self.seconds, 1),
        }


def _rows(found: Mapping[str, Mapping[str, Interval]]) -> dict[str, dict[str, dict[str, float]]]:
    return {
        direction: {measure: asdict(row) for measure, row in measures.items()}
        for direction, measures in found.items()
    }
