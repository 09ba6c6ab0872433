"""A report of how well answers do on labelled questions: Markdown beside a PNG."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from mmrag.errors import InputError
from mmrag.evaluation.grounding import Asked, Grounded
from mmrag.evaluation.tables import counted, markdown_table, plain, with_ends
from mmrag.evaluation.thresholds import Point, Proposal, curve, point
from mmrag.extras import require

_BLUE, _ORANGE, _GREY = "#1f5f8b", "#c8762b", "#8a8a8a"
SHOWN = 12
"""Thresholds in a table; the picture and --json have all."""

EXPLAINED = (
    "Coverage is the share of all questions that are answered, error the share of answers that are "
    "wrong: they say something else, or the files do not answer."
)


def write_report(
    rows: Sequence[Asked],
    grounded: Grounded,
    proposal: Proposal | None,
    folder: Path,
    *,
    about: Mapping[str, str],
) -> tuple[Path, Path]:
    """Write `grounding.md` and `grounding.png`.

    Args:
        grounded: the measures at the threshold in use.
        folder: made where it is not there.
        about: what was measured, name and value, as the head of the report.

    Returns:
        The paths of both files.

    Raises:
        MissingExtra: matplotlib is not installed.
        InputError: the folder cannot be made or written to.
    """
    text, picture = folder / "grounding.md", folder / "grounding.png"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        plot(rows, grounded, proposal, picture)
        sections = _sections(rows, grounded, proposal, about, picture.name)
        text.write_text("\n".join(sections), encoding="utf-8")
    except OSError as exc:
        raise InputError(f"cannot write the report to {folder}: {exc.strerror}") from exc
    return text, picture


def table_of(points: Sequence[Point]) -> Iterator[list[str]]:
    """Rows of threshold, coverage, error and balanced accuracy, evenly thinned out."""
    step = max(1, -(-len(points) // SHOWN))
    for found in points[::step]:
        values = (found.threshold, found.coverage, found.error, found.balanced)
        yield [f"{value:.3f}" for value in values]


COLUMNS = ["threshold", "coverage", "error", "balanced accuracy"]


def _sections(
    rows: Sequence[Asked],
    grounded: Grounded,
    proposal: Proposal | None,
    about: Mapping[str, str],
    picture: str,
) -> Iterator[str]:
    yield "# Answers to labelled questions\n"
    yield "".join(f"- {plain(key)}: {plain(value)}\n" for key, value in about.items())
    yield f"![Coverage against error, and refusals by threshold]({picture})\n"
    yield f"## With the threshold in use, {grounded.threshold:g}\n"
    yield markdown_table(
        ["measure", "share (95 % bootstrap interval)"],
        ([name, with_ends(found)] for name, found in grounded.measures.items()),
    )
    yield "## By kind of question\n"
    yield markdown_table(
        ["kind", "refused", "answered right"],
        (
            [counted(kind, asked), str(refused), str(right)]
            for kind, (asked, refused, right) in grounded.kinds.items()
        ),
    )
    yield "## Coverage against error\n"
    yield f"{EXPLAINED}\n"
    yield markdown_table(COLUMNS, table_of(curve(rows)), words=0)
    if proposal is not None:
        yield f"## Proposed: `answer: {{abstain_below: {proposal.point.threshold:g}}}`\n"
        points = {
            "in use": proposal.in_use,
            "proposed, on the questions it was chosen on": proposal.point,
            "proposed, on questions left out": proposal.held_out,
        }
        yield markdown_table(
            ["threshold", *COLUMNS[1:]],
            (
                [name, *(f"{v:.3f}" for v in (found.coverage, found.error, found.balanced))]
                for name, found in points.items()
            ),
        )
    yield from _wrong(rows, grounded.threshold)


def _wrong(rows: Sequence[Asked], threshold: float) -> Iterator[str]:
    wrong = [row for row in rows if row.answered(threshold) and not row.correct]
    if not wrong:
        return
    yield "## Answered wrongly, the surest first\n"
    yield markdown_table(
        ["id", "asked", "confidence", "the files answer", "cites a labelled place"],
        (
            [
                row.question.id,
                row.question.words or "by picture",
                f"{row.confidence:.3f}",
                "yes" if row.answerable else "no",
                "yes" if row.cited else "no",
            ]
            for row in sorted(wrong, key=lambda row: -row.confidence)
        ),
        words=2,
    )


def plot(rows: Sequence[Asked], grounded: Grounded, proposal: Proposal | None, path: Path) -> None:
    """Write a PNG: coverage against error, and what is refused at each threshold.

    Raises:
        MissingExtra: matplotlib is not installed.
        OSError: the file cannot be written.
    """
    figures = require("matplotlib.figure", extra="eval", purpose="draw the report")
    figure = figures.Figure(figsize=(11.5, 4.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    points = [found for found in curve(rows) if found.coverage > 0]
    left.plot([p.coverage for p in points], [p.error for p in points], color=_GREY, linewidth=1.6)
    marked = {"in use": _in_use(rows, grounded, proposal)}
    if proposal is not None:
        marked["proposed"] = proposal.point
    for (name, found), colour in zip(marked.items(), (_BLUE, _ORANGE), strict=False):
        label = f"{name}, {found.threshold:.3f}"
        left.plot([found.coverage], [found.error], "o", color=colour, label=label, markersize=8)
        right.axvline(found.threshold, color=colour, linewidth=1, linestyle="--")
    left.set_xlabel("coverage: share of questions answered")
    left.set_ylabel("error: share of answers that are wrong")
    left.legend(frameon=False)
    _refusals(right, rows)
    _plainly(left, "Coverage against error over all thresholds")
    _plainly(right, "Refused, by threshold")
    left.set_xlim(-0.02, 1.02)
    left.set_ylim(bottom=-0.02)
    figure.savefig(path, dpi=150)


def _in_use(rows: Sequence[Asked], grounded: Grounded, proposal: Proposal | None) -> Point:
    return proposal.in_use if proposal else point(rows, grounded.threshold)


def _refusals(panel: Any, rows: Sequence[Asked]) -> None:  # noqa: ANN401
    """Two staircases: the share of the answerable and of the other questions that are refused."""
    for name, answerable, colour in (("answerable", True, _BLUE), ("no answer", False, _ORANGE)):
        values = sorted(max(0.0, row.confidence) for row in rows if row.answerable == answerable)
        heights = [n / len(values) for n in range(1, len(values) + 1)]
        panel.step(
            [0.0, *values, 1.0],
            [0.0, *heights, 1.0],
            where="post",
            color=colour,
            label=f"{name} ({len(values)})",
        )
    panel.set_xlabel("threshold (answer.abstain_below)")
    panel.set_ylabel("share refused")
    panel.set_xlim(-0.02, 1.02)
    panel.set_ylim(-0.02, 1.02)
    panel.legend(frameon=False)


def _plainly(panel: Any, title: str) -> None:  # noqa: ANN401
    panel.set_title(title, loc="left", fontsize=10.5)
    panel.grid(color="#ececec")
    panel.set_axisbelow(True)
    panel.spines[["top", "right"]].set_visible(False)
