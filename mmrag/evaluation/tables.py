"""Tables of measures with their intervals, in Markdown; other reports build on these too."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from mmrag.evaluation.measures import Group, Interval

FEW = 10
"""Below so many questions the bootstrap gives intervals that are too narrow to be trusted."""

_MARKS = re.compile(r"([\\`*_{}\[\]<>#|~])")


def with_ends(found: Interval, *, signed: bool = False) -> str:
    """ "0.812 (0.731–0.893)"; of a difference, signed, "+0.021 (-0.004 to +0.046)"."""
    if signed:
        return f"{found.mean:+.3f} ({found.low:+.3f} to {found.high:+.3f})"
    return f"{found.mean:.3f} ({found.low:.3f}–{found.high:.3f})"


def counted(name: str, questions: int) -> str:
    """A group of questions with their number, and a mark where they are few."""
    return f"{name} ({questions}{'*' if questions < FEW else ''})"


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[str]], *, words: int = 1) -> str:
    """A table with escaped cells.

    Args:
        header: one name a column.
        rows: as many cells each.
        words: the first columns that hold words and are left-aligned; numbers stand right.
    """
    rule = ["---"] * words + ["---:"] * (len(header) - words)
    lines = [[plain(cell) for cell in row] for row in (header, *rows)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in (lines[0], rule, *lines[1:]))


def measures_table(first: str, groups: Mapping[str, Group]) -> str:
    """One row a group, one column a measure.

    Args:
        first: what the groups are, the name of the first column.
        groups: by name, at least one; all of the same measures.
    """
    names = list(next(iter(groups.values())).measures)
    return markdown_table(
        [first, *names],
        (
            [counted(name, row.questions), *(with_ends(row.measures[key]) for key in names)]
            for name, row in groups.items()
        ),
    )


def plain(text: str) -> str:
    """Text as it stands, on one line, where Markdown would see marks."""
    return _MARKS.sub(r"\\\1", " ".join(text.split()))
