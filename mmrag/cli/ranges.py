"""Ranges given as options: pages, and parts of recordings."""

from __future__ import annotations

import re

import typer

_CLOCK = re.compile(r"(?:(?:(\d+):)?(\d+):)?(\d+(?:\.\d+)?)")
"""h:mm:ss, m:ss or seconds, the seconds with a fraction if wanted."""


def page_range(given: str | None) -> tuple[int, int] | None:
    """ "3-7" -> (3, 7); "3" is one page."""
    if given is None:
        return None
    found = re.fullmatch(r"(\d+)(?:-(\d+))?", given.strip())
    if found is None:
        raise typer.BadParameter(f"--pages wants N-M or N, such as 3-7, found {given!r}")
    first, last = int(found[1]), int(found[2] or found[1])
    if not 1 <= first <= last:
        raise typer.BadParameter(
            f"--pages: pages count from 1, the smaller one first, found {given!r}"
        )
    return first, last


def time_range(given: str | None) -> tuple[int, int] | None:
    """ "0:30-2:00" -> (30000, 120000), in milliseconds."""
    if given is None:
        return None
    start, dash, end = given.strip().partition("-")
    if not dash:
        raise typer.BadParameter(f"--time wants FROM-TO, such as 0:30-2:00, found {given!r}")
    from_ms, to_ms = _milliseconds(start, given), _milliseconds(end, given)
    if from_ms >= to_ms:
        raise typer.BadParameter(f"--time: the end must come after the start, found {given!r}")
    return from_ms, to_ms


def _milliseconds(clock: str, given: str) -> int:
    found = _CLOCK.fullmatch(clock.strip())
    if found is None:
        raise typer.BadParameter(
            f"--time wants times as h:mm:ss, m:ss or seconds, found {clock.strip()!r} in {given!r}"
        )
    hours, minutes, seconds = int(found[1] or 0), int(found[2] or 0), float(found[3])
    if (found[2] and seconds >= 60) or (found[1] and minutes >= 60):
        raise typer.BadParameter(f"--time: {clock.strip()!r} has 60 or more after a colon")
    return round((hours * 3600 + minutes * 60 + seconds) * 1000)
