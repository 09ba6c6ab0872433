"""The progress line of a training run."""

from __future__ import annotations

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

from mmrag.cli.terminal import obeys_codes
from mmrag.training.fine_tuned import Data, Listener
from mmrag.training.history import Progress as Entry


class TrainingProgress(Listener):
    """A bar with steps, loss, recall@1 on what is kept out, learning rate, and the time left.

    Args:
        shown: False keeps quiet, for output that a program reads.
    """

    def __init__(self, console: Console, *, shown: bool) -> None:
        self._console, self._shown = console, shown
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            TextColumn("[dim]{task.fields[state]}"),
            console=console,
            transient=True,
            disable=not (shown and obeys_codes(console.file)),
        )
        self._task = self._bar.add_task("reading", total=None, state="")
        self._recall = ""

    def __enter__(self) -> TrainingProgress:
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.stop()

    def reading(self, done: int, total: int) -> None:
        """How many of the inputs were read; the first call shows the bar."""
        self._bar.start()
        self._bar.update(self._task, completed=done, total=total)

    def starting(self, data: Data, steps: int) -> None:
        """How many pairs there are on either side."""
        if self._shown:
            self._console.print(
                f"{data.training} pairs to train on, {data.validation} kept out", style="dim"
            )
        self._bar.reset(self._task, total=steps, description="training")

    def step(self, entry: Entry) -> None:
        """Where the run is."""
        if entry.evaluation:
            self._recall = f" · recall@1 {entry.watched:.3f}"
        loss = "".join(f"loss {value:.3f}" for value in entry.losses.values())
        state = f"{loss}{self._recall} · rate {entry.learning_rate:.1e}" if loss else ""
        self._bar.update(self._task, completed=entry.step, state=state)
