"""How an audit by group looks on a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from mmrag.cli.evaluate.show import show_table
from mmrag.cli.show import console, out
from mmrag.evaluation.fairness.audit import Audit
from mmrag.evaluation.fairness.gaps import called
from mmrag.evaluation.fairness.regression import Change
from mmrag.evaluation.fairness.trial import Trial
from mmrag.evaluation.fairness.wording import (
    change_table,
    cost_table,
    exposure_table,
    figure_table,
    finding_table,
    group_table,
    spread_line,
)


def show_audit(audit: Audit, trial: Trial | None) -> None:
    """The groups, each measure, what re-ranking would do, and how many gaps are called."""
    for note in audit.notes:
        console.print(Text(note, style="yellow"))
    show_table(out, *group_table(audit))
    for found in audit.findings:
        show_table(out, *finding_table(found))
        if line := spread_line(found):
            out.print(Text(line, style="dim"))
    if audit.figures:
        show_table(out, *figure_table(audit, trial))
    if trial is not None:
        show_table(out, *cost_table(trial))
        show_table(out, *exposure_table(audit, trial))
    out.print()
    out.print(Text(audit.verdict, style="bold yellow" if called(audit.findings) else "bold"))


def show_changes(changes: Sequence[Change]) -> None:
    """How gaps changed since they were kept."""
    show_table(out, *change_table(changes))
