"""A report of an audit by group: Markdown beside a PNG."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from mmrag.errors import InputError
from mmrag.evaluation.fairness.audit import Audit
from mmrag.evaluation.fairness.plots import plot
from mmrag.evaluation.fairness.regression import Change
from mmrag.evaluation.fairness.trial import Trial
from mmrag.evaluation.fairness.wording import (
    LIMITS,
    Table,
    change_table,
    cost_table,
    exposure_table,
    figure_table,
    finding_table,
    group_table,
    spread_line,
)
from mmrag.evaluation.tables import markdown_table, plain


def write_report(
    audits: Sequence[Audit],
    folder: Path,
    *,
    about: Mapping[str, str],
    trial: Trial | None = None,
    changes: Sequence[Change] = (),
) -> tuple[Path, Path]:
    """Write `fairness.md` and `fairness.png`.

    Args:
        folder: made where it is not there.
        about: what was audited, name and value, as the head of the report.
        trial: fair re-ranking of the first audit.
        changes: since an earlier audit.

    Returns:
        The paths of both files.

    Raises:
        MissingExtra: matplotlib is not installed.
        InputError: the folder cannot be made or written to.
    """
    text, picture = folder / "fairness.md", folder / "fairness.png"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        plot(audits, trial, picture)
        sections = _sections(audits, about, picture.name, trial, changes)
        text.write_text("\n".join(sections), encoding="utf-8")
    except OSError as exc:
        raise InputError(f"cannot write the report to {folder}: {exc.strerror}") from exc
    return text, picture


def _sections(
    audits: Sequence[Audit],
    about: Mapping[str, str],
    picture: str,
    trial: Trial | None,
    changes: Sequence[Change],
) -> Iterator[str]:
    yield f"# Fairness by {' and '.join(plain(audit.attribute) for audit in audits)}\n"
    yield "".join(f"- {plain(key)}: {plain(value)}\n" for key, value in about.items())
    yield f"![Gaps with their intervals]({picture})\n"
    yield (
        f"{LIMITS} In brackets: the ends of the 95 % bootstrap interval, questions or items drawn "
        "whole. The largest difference of two groups has an interval that is widened for the pairs "
        "it was picked from.\n"
    )
    for audit in audits:
        yield from _audit(audit, trial if audit is audits[0] else None)
    if changes:
        yield "## Since the saved audit\n"
        yield "How much further from none each gap is, paired by question or item.\n"
        yield _markdown(change_table(changes))


def _audit(audit: Audit, trial: Trial | None) -> Iterator[str]:
    yield f"## By {plain(audit.attribute)}\n"
    yield f"{audit.verdict[0].upper()}{audit.verdict[1:]}.\n"
    if audit.notes:
        yield "".join(f"- {plain(note)}\n" for note in audit.notes)
    yield _markdown(group_table(audit))
    for column in audit.columns:
        yield f"{plain(column.name)}: {plain(column.definition)}.\n"
    for found in audit.findings:
        yield f"### {plain(found.measure.name)}\n"
        yield f"{plain(found.measure.definition[0].upper() + found.measure.definition[1:])}.\n"
        yield _markdown(finding_table(found))
        if line := spread_line(found):
            yield f"{line[0].upper()}{plain(line[1:])}.\n"
    if audit.figures:
        yield "### All groups\n"
        yield _markdown(figure_table(audit, trial))
        yield "".join(f"- {plain(row.name)}: {plain(row.definition)}\n" for row in audit.figures)
    if trial is not None:
        yield f"### Re-ranked by {trial.method}\n"
        yield _markdown(cost_table(trial))
        yield _markdown(exposure_table(audit, trial))


def _markdown(table: Table) -> str:
    return markdown_table(*table)
