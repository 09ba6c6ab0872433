"""A report on the embeddings of an index: Markdown, with a map of its spaces as PNG beside it."""

from __future__ import annotations

from pathlib import Path

from mmrag.errors import InputError
from mmrag.evaluation.embeddings.map import draw_maps
from mmrag.evaluation.embeddings.quality import EmbeddingQuality, SpaceQuality
from mmrag.evaluation.embeddings.readings import (
    AGREEMENT_READING,
    GAP_READING,
    PAIRS_READING,
    READINGS,
    agreement_line,
    alarms,
    gap_line,
    pairs_line,
)

REPORT, MAP = "embeddings.md", "embeddings.png"


def report_folder(folder: Path) -> Path:
    """The folder of reports, made if it is not there.

    Raises:
        InputError: it is a file, or cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"no report can be written to {folder}: {error.strerror}") from error
    return folder


def write_report(quality: EmbeddingQuality, folder: Path, *, location: str) -> list[Path]:
    """Write the report and, if there is anything to draw, its map; the files written.

    Args:
        location: of the index, for the heading.

    Raises:
        MissingExtra: matplotlib is not installed.
        InputError: the folder cannot be written to.
    """
    written = [report_folder(folder) / REPORT]
    try:
        if quality.maps:
            written.append(folder / MAP)
            draw_maps(quality.maps, folder / MAP)
        written[0].write_text(markdown(quality, location=location), encoding="utf-8")
    except OSError as error:
        raise InputError(f"no report can be written to {folder}: {error.strerror}") from error
    return written


def value_of(value: float | None) -> str:
    """A measure as people read it."""
    return "-" if value is None else f"{value:.3f}"


def markdown(quality: EmbeddingQuality, *, location: str) -> str:
    """The report as Markdown."""
    lines = [f"# Embeddings of {location}", ""]
    lines += [f"{counts_line(space)}  " for space in quality.spaces]
    lines += ["", *(f"**Warning.** {alarm}.\n" for alarm in alarms(quality))]
    names = [space.space for space in quality.spaces]
    lines += [_row("measure", *names, "how to read it"), _row(*["---"] * (len(names) + 2))]
    for row in READINGS:
        values = [value_of(row.value(space)) for space in quality.spaces]
        source = f" ({row.source})" if row.source else ""
        lines.append(_row(row.name, *values, f"{row.reading}{source}"))
    for title, reading, listed in lists_of(quality):
        lines += ["", f"## {title}", "", f"{reading}.", "", *(f"- {line}" for line in listed)]
    if quality.maps:
        lines += ["", "## Map", "", f"![The spaces on their two main axes]({MAP})"]
    return "\n".join([*lines, ""])


def counts_line(space: SpaceQuality) -> str:
    """What a space holds and how much of it was looked at."""
    kinds = ", ".join(f"{count} {kind}" for kind, count in space.kinds.items()) or "nothing"
    found = ""
    if space.shape.clusters is not None:
        found = f"; {space.shape.clusters} clusters, {space.shape.neighbours} neighbours an item"
    return f"{space.space}: {kinds}; {space.sampled} of {space.items} looked at{found}"


def lists_of(quality: EmbeddingQuality) -> list[tuple[str, str, list[str]]]:
    """What is there to list: title, reading, lines."""
    spaces = quality.spaces
    found = [
        (
            "Gaps between kinds",
            GAP_READING,
            [f"{space.space}, {gap_line(gap)}" for space in spaces for gap in space.gaps],
        ),
        (
            "Pairs that belong together",
            PAIRS_READING,
            [f"{space.space}, {pairs_line(pairs)}" for space in spaces for pairs in space.pairs],
        ),
        (
            "Agreement of spaces",
            AGREEMENT_READING,
            [agreement_line(agreement) for agreement in quality.agreements],
        ),
        (
            "Not measured",
            "What could not be said, and why",
            [f"{space.space}: {note}" for space in spaces for note in space.notes],
        ),
    ]
    return [row for row in found if row[2]]


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
