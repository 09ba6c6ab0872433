"""A report on drift: Markdown, with scores and maps as PNG beside it."""

from __future__ import annotations

from pathlib import Path

from mmrag.errors import InputError
from mmrag.evaluation.drift.compare import Compared, Drift, shown, shown_p
from mmrag.evaluation.drift.measures import MEASURES, Finding
from mmrag.evaluation.drift.plots import plot
from mmrag.evaluation.tables import markdown_table, plain

REPORT, PICTURE = "drift.md", "drift.png"
HEADER = ("measure", "old", "new", "apart", "by chance", "p", "adjusted")


def write_report(drift: Drift, folder: Path) -> list[Path]:
    """Write the report and its picture; the files written.

    Raises:
        MissingExtra: matplotlib is not installed.
        InputError: the folder cannot be made or written to.
    """
    written = [folder / REPORT, folder / PICTURE]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        plot(drift.compared, written[1])
        written[0].write_text(markdown(drift), encoding="utf-8")
    except OSError as error:
        raise InputError(f"no report can be written to {folder}: {error.strerror}") from error
    return written


def verdict(drift: Drift) -> str:
    """One line on what was found."""
    alpha = f"{drift.limits.alpha:g}"
    if drift.found:
        count = len(drift.alarms)
        return f"drift: {count} alarm{'s' if count > 1 else ''} at level {alpha}"
    return f"stable: nothing differs by more than its limit and more than by chance, level {alpha}"


def counts_line(one: Compared) -> str:
    """What was compared: "clip, image: 120 old items of 40 documents, 30 new of 12"."""
    return (
        f"{one.name}: {len(one.old)} old items of {one.old.size} documents, "
        f"{len(one.new)} new of {one.new.size}"
    )


def apart(row: Finding) -> str:
    """How far both sides are apart, with a mark where that is an alarm."""
    return f"{shown(row.value)}{' !' if row.alarm else ''}"


def cells(row: Finding) -> tuple[str, ...]:
    """A finding as a row under `HEADER`."""
    sides = ["" if side is None else shown(side) for side in (row.old, row.new)]
    adjusted = "" if row.adjusted is None else shown_p(row.adjusted)
    return (row.measure.name, *sides, apart(row), shown(row.chance), shown_p(row.p), adjusted)


def markdown(drift: Drift) -> str:
    """The report as Markdown."""
    lines = ["# Drift", "", f"**{verdict(drift).capitalize()}.**", ""]
    lines += [f"- old: {plain(drift.before)}", f"- new: {plain(drift.now)}"]
    lines += ["", *(f"- **{plain(alarm)}**" for alarm in drift.alarms)]
    lines += ["", f"![Scores and places of old and new items]({PICTURE})"]
    for one in drift.compared:
        rows = [cells(row) for row in one.findings]
        lines += ["", f"## {plain(one.name)}", "", f"{plain(counts_line(one))}.", ""]
        lines.append(markdown_table(HEADER, rows))
    limits = ", ".join(
        f"{row.name} above {getattr(drift.limits, row.limit):g}" for row in MEASURES if row.limit
    )
    lines += [
        "## How to read it",
        "",
        f"Every p-value is the share of {drift.deals} random deals of the documents to both sides "
        'that differ as much; "by chance" is the mean of these deals, and "adjusted" allows for '
        "the number of tests (Holm 1979). An alarm (!) takes both: an adjusted p of at most "
        f"{drift.limits.alpha:g}, and a size: {limits}. The other measures describe.",
        "",
    ]
    for row in MEASURES:
        source = f" ({row.source})" if row.source else ""
        lines.append(f"- {row.name}: {row.reading}{source}")
    if drift.notes:
        lines += ["", "## Not compared", "", *(f"- {plain(note)}" for note in drift.notes)]
    return "\n".join([*lines, ""])
