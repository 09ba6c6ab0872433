"""What became of each file of an indexing run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from mmrag.errors import LoadError, MmragError
from mmrag.ingest.stages import Stages

Status = Literal[
    "indexed",
    "unchanged",
    "moved",
    "copied",
    "updated",
    "quarantined",
    "refused",
    "skipped",
    "failed",
    "removed",
]


@dataclass(frozen=True)
class Outcome:
    """One file's fate. `skipped` are kinds of content that mmrag does not read; `moved` and
    `copied` are files whose content was in the index under the source that `reason` names;
    `quarantined` ones are in the index and found by no search; `refused` ones are not in it.

    `notes` say what of an indexed file could not be had, such as the caption of a picture; `ms` are
    the milliseconds that were spent on it, by step.
    """

    source: str
    status: Status
    nodes: int = 0
    reason: str = ""
    notes: tuple[str, ...] = ()
    ms: Mapping[str, float] = field(default_factory=dict)


class Listener(Protocol):
    """Told how a run goes on, to show it to somebody."""

    def start(self, total: int) -> None:
        """The run begins; it will look at `total` files."""
        ...

    def tell(self, outcome: Outcome) -> None:
        """A file is done."""
        ...

    def progress(self, stages: Stages) -> None:
        """How busy the stages are."""
        ...


class Quiet:
    """A listener that shows nothing."""

    def start(self, total: int) -> None:
        """Do nothing."""

    def tell(self, outcome: Outcome) -> None:
        """Do nothing."""

    def progress(self, stages: Stages) -> None:
        """Do nothing."""


@dataclass
class Report:
    """All files of a run, in the order in which they were done.

    Attributes:
        total: how many files there were to look at.
        left_out: counts what was not looked at on purpose: hidden files, links, ignored ones.
        error: why a run of a watch could not be; the next one tries again.
    """

    outcomes: list[Outcome] = field(default_factory=list)
    seconds: float = 0.0
    interrupted: bool = False
    total: int = 0
    left_out: dict[str, int] = field(default_factory=dict)
    error: str = ""

    @property
    def counts(self) -> Counter[str]:
        """Number of files by status."""
        return Counter(outcome.status for outcome in self.outcomes)

    @property
    def failed(self) -> list[Outcome]:
        """Files that could not be read."""
        return [outcome for outcome in self.outcomes if outcome.status == "failed"]

    @property
    def refused(self) -> list[Outcome]:
        """Files that a moderation policy keeps out of the index."""
        return [outcome for outcome in self.outcomes if outcome.status == "refused"]

    @property
    def left(self) -> int:
        """How many files an interrupted run did not come to."""
        done = {outcome.source for outcome in self.outcomes if outcome.status != "removed"}
        return self.total - len(done)

    def as_dict(self) -> dict[str, Any]:
        """The JSON object of `mmrag index --json`."""
        error = {"error": self.error} if self.error else {}
        return {
            **error,
            "files": {status: self.counts[status] for status in sorted(self.counts)},
            "nodes": sum(outcome.nodes for outcome in self.outcomes),
            "seconds": round(self.seconds, 3),
            "interrupted": self.interrupted,
            "left_out": dict(sorted(self.left_out.items())),
            "left": self.left,
            "skipped": [_row(o) for o in self.outcomes if o.status == "skipped"],
            "failed": [_row(outcome) for outcome in self.failed],
            "refused": [_row(outcome) for outcome in self.refused],
            "quarantined": [_row(o) for o in self.outcomes if o.status == "quarantined"],
            "notes": [
                {"source": outcome.source, "note": note}
                for outcome in self.outcomes
                for note in outcome.notes
            ],
        }


def reason_of(error: MmragError) -> str:
    """What was wrong with a file, for a line that names the file already."""
    return error.reason if isinstance(error, LoadError) else str(error)


def _row(outcome: Outcome) -> dict[str, str]:
    return {"source": outcome.source, "reason": outcome.reason}
