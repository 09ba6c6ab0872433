"""The order in which a person reads the lines of a PDF page; the file may draw them in another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median

from mmrag.loaders.pdf_lines import Line

LABEL_CHARS = 16  # stretches up to this length are labels, values, cells


def reading_order(items: Sequence[Line | int]) -> list[Line | int]:
    """Lines and table numbers of one page in reading order; `beside` is set anew."""
    return _columns(_left_to_right(_downward(items)))


def _downward(items: Sequence[Line | int]) -> list[Line | int]:
    """Sort the labels of a chart from top to bottom.

    Charts draw label and value in turn, up and down the page; in that order a value would follow
    the label of its neighbour.
    """
    ordered: list[Line | int] = []
    run: list[Line] = []

    def flush() -> None:
        jumps = sum(b.box[1] < a.box[1] - a.size for a, b in pairwise(run))
        if jumps >= 3:
            run.sort(key=lambda line: line.box[1])
        ordered.extend(run)
        run.clear()

    for item in items:
        if isinstance(item, Line) and len(item.text) <= LABEL_CHARS:
            run.append(item)
        else:
            flush()
            ordered.append(item)
    flush()
    return ordered


def _left_to_right(items: Sequence[Line | int]) -> list[Line | int]:
    """Sort stretches of one baseline; charts and forms often draw the value before its label."""
    ordered: list[Line | int] = []
    row: list[Line] = []

    def flush() -> None:
        row.sort(key=lambda line: line.box[0])
        ordered.extend(replace(line, beside=number > 0) for number, line in enumerate(row))
        row.clear()

    for item in items:
        if isinstance(item, int):
            flush()
            ordered.append(item)
            continue
        if row and not _same_baseline(row[0], item):
            flush()
        row.append(item)
    flush()
    return ordered


def _same_baseline(one: Line, other: Line) -> bool:
    overlap = min(one.box[3], other.box[3]) - max(one.box[1], other.box[1])
    return overlap > 0.7 * max(one.size, other.size)


def _columns(items: Sequence[Line | int]) -> list[Line | int]:
    """Read two columns one after the other where the file draws them line by line across.

    Only long lines on both sides of one common gutter count as columns; short ones are the cells of
    a table without rules, which belong side by side.
    """
    pairs = [
        (before, after)
        for before, after in pairwise(items)
        if isinstance(before, Line) and isinstance(after, Line) and after.beside
    ]
    if len(pairs) < 4:
        return list(items)
    left, right = max(p.box[2] for p, _ in pairs), min(q.box[0] for _, q in pairs)
    lengths = [median(len(pair[side].text) for pair in pairs) for side in (0, 1)]
    if left >= right or min(lengths) < 25:
        return list(items)
    gutter = (left + right) / 2
    ordered: list[Line | int] = []
    columns: tuple[list[Line | int], list[Line | int]] = ([], [])

    def flush() -> None:
        for column in columns:
            ordered.extend(column)
            column.clear()

    for item in items:
        if isinstance(item, int) or item.box[0] < gutter < item.box[2]:
            flush()
            ordered.append(item)
        else:
            columns[item.box[0] > gutter].append(replace(item, beside=False))
    flush()
    return ordered
