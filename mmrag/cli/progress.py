"""The progress line of an indexing run."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeRemainingColumn,
)

from mmrag.ingest.report import Outcome


class IndexProgress:
    """A bar with files done, files and passages per second, and the time left.

    Args:
        shown: False keeps quiet, for output that a program reads.
    """

    def __init__(self, console: Console, *, shown: bool) -> None:
        self._nodes = 0
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("indexing"),
            BarColumn(bar_width=28),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TextColumn("time left"),
            TimeRemainingColumn(),
            TextColumn("[dim]{task.fields[file]}"),
            console=console,
            transient=True,
            disable=not shown,
        )
        self._task = self._progress.add_task("index", total=None, rate="", file="")

    def __enter__(self) -> IndexProgress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._progress.live.is_started:
            self._progress.stop()

    def start(self, total: int) -> None:
        """Show the bar and say how many files there are."""
        self._progress.start()
        self._progress.update(self._task, total=total)

    def tell(self, outcome: Outcome) -> None:
        """Count one file."""
        self._nodes += outcome.nodes if outcome.status == "indexed" else 0
        task = self._progress.tasks[0]
        seconds = max(task.elapsed or 0.0, 1e-3)
        files = (task.completed + 1) / seconds
        self._progress.update(
            self._task,
            advance=1,
            rate=f"{files:.1f} files/s, {self._nodes / seconds:.0f} passages/s",
            file=outcome.source[-40:],
        )
