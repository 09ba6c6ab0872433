"""The progress line of an indexing run."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Column

from mmrag.cli.terminal import obeys_codes
from mmrag.errors import printable
from mmrag.ingest.report import Outcome
from mmrag.ingest.stages import Stage, Stages

WIDE = 110
"""Columns that it takes to show every stage and the file."""


class IndexProgress:
    """A bar with files done and the time left, and how fast and how busy each stage is.

    The stage that holds the others up is set in bold; on a narrow terminal it is the only one.

    Args:
        shown: False shows no bar, for output that a program reads.
        verbose: say what each file took, by step, and at the end of a run each stage.
    """

    def __init__(self, console: Console, *, shown: bool, verbose: bool = False) -> None:
        self._console, self._verbose = console, verbose
        self._stages: Stages | None = None
        self._wide = console.width >= WIDE
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("indexing"),
            BarColumn(bar_width=28 if self._wide else 16),
            MofNCompleteColumn(table_column=Column(no_wrap=True, min_width=9)),
            TextColumn("left", table_column=Column(min_width=4)),
            TimeRemainingColumn(table_column=Column(min_width=7)),
            TextColumn("{task.fields[stages]}"),
            TextColumn("[dim]{task.fields[file]}"),
            console=console,
            transient=True,
            disable=not (shown and obeys_codes(console.file)),
        )
        self._task = self._progress.add_task("index", total=None, stages="", file="")

    def __enter__(self) -> IndexProgress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self, total: int) -> None:
        """Show the bar, at its beginning, and say how many files there are."""
        self._progress.start()
        self._progress.reset(self._task, total=total, stages="", file="")

    def stop(self) -> None:
        """Take the bar away until the next run starts."""
        if self._progress.live.is_started:
            self._progress.stop()
        if self._verbose and self._stages is not None:
            for stage in self._stages:
                self._say(_work_of(stage, self._stages))
            self._stages = None

    def tell(self, outcome: Outcome) -> None:
        """Count one file."""
        self._progress.update(self._task, advance=1)
        if self._wide:
            self._progress.update(self._task, file=escape(printable(outcome.source)[-30:]))
        if self._verbose and outcome.ms:
            spent = (f"{step} {ms:.0f} ms" for step, ms in outcome.ms.items() if ms >= 1)
            self._say(f"{printable(outcome.source)}: {', '.join(spent) or 'less than 1 ms a step'}")

    def progress(self, stages: Stages) -> None:
        """Show what the stages do."""
        self._stages = stages
        slowest = stages.bottleneck

        def shown(stage: Stage) -> str:
            rate = stage.done / max(stage.busy_s, 1e-3) * stage.width
            text = f"{stage.name} {rate:.0f}/s {stages.share(stage):.0%}"
            return f"[bold]{text}[/]" if stage is slowest else f"[dim]{text}[/]"

        seen = stages if self._wide else [slowest]
        busy = [shown(stage) for stage in seen if stage.done]
        self._progress.update(self._task, stages=" · ".join(busy))

    def _say(self, line: str) -> None:
        self._console.print(line, markup=False, soft_wrap=True, style="dim")


def _work_of(stage: Stage, stages: Stages) -> str:
    """ "embed 4190 passages in 61.2 s of work, busy 93% of the time"."""
    who = f" by {stage.width}" if stage.width > 1 else ""
    return (
        f"{stage.name} {stage.done} {stage.unit} in {stage.busy_s:.1f} s of work{who}, "
        f"busy {stages.share(stage):.0%} of the time"
    )
