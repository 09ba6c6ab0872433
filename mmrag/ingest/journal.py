"""The report of every run, in JSON lines: what became of each file, as it comes.

A run that is killed leaves what it had done until then, and no last line.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from io import TextIOWrapper
from pathlib import Path
from types import TracebackType
from typing import Any

from mmrag.config import IndexSettings
from mmrag.ingest.belongings import kept_at
from mmrag.ingest.report import Listener, Outcome, Quiet, Report
from mmrag.ingest.stages import Stages
from mmrag.version import __version__

KEPT = 20
"""Reports of so many runs stay."""


def reports_folder(index: IndexSettings) -> Path:
    """Where the reports of an index are: in its directory, or in mmrag's cache for a server's."""
    return kept_at(index, "reports")


class Journal:
    """A listener that writes down what it is told, and passes it on.

    A report that cannot be written, on a full disk say, costs the report and not the run.

    Args:
        folder: where reports are; None writes none.
        about: what stands in the first line besides the time, the process and the version.
        listener: who else is told.
        unchanged: whether files that are as they were get a line too.
    """

    def __init__(
        self,
        folder: Path | None,
        *,
        about: Mapping[str, Any],
        listener: Listener | None = None,
        unchanged: bool = True,
    ) -> None:
        self._listener = listener or Quiet()
        self._unchanged = unchanged
        self._stages: Stages | None = None
        self._file: TextIOWrapper | None = None
        now = datetime.now(timezone.utc)
        if folder is not None:
            with suppress(OSError):
                folder.mkdir(parents=True, exist_ok=True)
                name = f"{now:%Y%m%dT%H%M%S.%fZ}-{os.getpid()}.jsonl"
                self._file = (folder / name).open("x", encoding="utf-8", buffering=1)
                for old in _files(folder)[KEPT:]:
                    old.unlink(missing_ok=True)
        who = {"version": __version__, "pid": os.getpid()}
        self._write({"run": now.isoformat(timespec="milliseconds"), **who, **about})

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def start(self, total: int) -> None:
        """Pass it on."""
        self._listener.start(total)

    def tell(self, outcome: Outcome) -> None:
        """Write down what became of a file."""
        if self._unchanged or outcome.status != "unchanged":
            self._write(_row(outcome))
        self._listener.tell(outcome)

    def progress(self, stages: Stages) -> None:
        """Remember the stages for the summary."""
        self._stages = stages
        self._listener.progress(stages)

    def end(self, report: Report) -> None:
        """Write the summary, the last line."""
        stages = self._stages
        rows = {} if stages is None else {stage.name: stages.as_dict(stage) for stage in stages}
        slowest = None if stages is None else stages.bottleneck
        self._write(
            {
                "files": dict(sorted(report.counts.items())),
                "nodes": sum(o.nodes for o in report.outcomes if o.status == "indexed"),
                "seconds": round(report.seconds, 3),
                "stages": rows,
                "bottleneck": slowest.name if slowest is not None and slowest.done else None,
                "interrupted": report.interrupted,
            }
        )
        self.close()

    def close(self) -> None:
        """Write no more; harmless when called again."""
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
            self._file = None

    def _write(self, row: Mapping[str, Any]) -> None:
        if self._file is not None:
            try:
                self._file.write(json.dumps(row) + "\n")
            except OSError:
                self.close()


@dataclass(frozen=True)
class Run:
    """What a report says of its run.

    Attributes:
        about: the first line.
        summary: the last one; None for a run that broke off, or is not at its end.
    """

    about: Mapping[str, Any]
    summary: Mapping[str, Any] | None

    def as_dict(self) -> dict[str, Any]:
        """For `mmrag status --json`."""
        summary = self.summary or {}
        kept = ("files", "seconds", "bottleneck", "interrupted")
        facts = {key: summary[key] for key in kept if key in summary}
        return {"started": self.about.get("run"), "finished": self.summary is not None, **facts}


def last_run(folder: Path | None) -> Run | None:
    """The newest run that has a report; None without one."""
    for file in _files(folder):
        with suppress(OSError, ValueError):
            first, last = _ends(file)
            return Run(first, last if "files" in last else None)
    return None


def _files(folder: Path | None) -> Sequence[Path]:
    """Reports, the newest first."""
    if folder is None or not folder.is_dir():
        return ()
    return sorted(folder.glob("*-*.jsonl"), reverse=True)


def _ends(file: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The first and the last whole line; raises ValueError without one."""
    with file.open(encoding="utf-8") as lines:
        first = last = json.loads(lines.readline())
        for line in lines:
            if line.endswith("\n"):
                last = line
    return first, last if isinstance(last, dict) else json.loads(last)


def _row(outcome: Outcome) -> dict[str, Any]:
    optional: Iterable[tuple[str, Any]] = (
        ("reason", outcome.reason),
        ("notes", list(outcome.notes)),
        ("ms", dict(outcome.ms)),
    )
    row = {"file": outcome.source, "outcome": outcome.status, "nodes": outcome.nodes}
    return {**row, **{key: value for key, value in optional if value}}
