"""Ranges given as options: pages, parts of recordings, dates and places."""

from __future__ import annotations

import re

import typer

from mmrag.moments import stretch

_CLOCK = re.compile(r"(?:(?:(\d+):)?(\d+):)?(\d+(?:\.\d+)?)")
"""h:mm:ss, m:ss or seconds, the seconds with a fraction if wanted."""

EARLIEST, LATEST = "0001", "9999"
_CIRCLE = re.compile(
    r"([-+]?\d+(?:\.\d+)?)\s*,\s*([-+]?\d+(?:\.\d+)?)\s*,\s*(\d+(?:\.\d+)?)\s*(km|m)?"
)


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


def date_range(given: str | None) -> tuple[str, str] | None:
    """ "2024-05..2024-08" -> ("2024-05", "2024-08"); "2024" is the whole year, "2024.." goes on."""
    if given is None:
        return None
    first, dots, last = (part.strip() for part in given.partition(".."))
    if dots and (first or last):
        first, last = first or EARLIEST, last or LATEST
    elif not dots:
        last = first
    begins, ends = stretch(first), stretch(last)
    if begins is None or ends is None:
        raise typer.BadParameter(
            f"--taken wants FROM..TO or one date, as 2024, 2024-05 or 2024-05-17, found {given!r}"
        )
    if begins[0] > ends[1]:
        raise typer.BadParameter(f"--taken: the earlier date comes first, found {given!r}")
    return first, last


def circle(given: str | None) -> tuple[float, float, float] | None:
    """ "59.33,18.06,25km" -> (59.33, 18.06, 25.0): latitude, longitude, kilometres."""
    if given is None:
        return None
    found = _CIRCLE.fullmatch(given.strip())
    if found is None:
        raise typer.BadParameter(
            f"--near wants LATITUDE,LONGITUDE,DISTANCE, such as 59.33,18.06,25km, found {given!r}"
        )
    latitude, longitude, distance = float(found[1]), float(found[2]), float(found[3])
    if abs(latitude) > 90 or abs(longitude) > 180 or distance == 0:
        raise typer.BadParameter(
            f"--near: latitudes go from -90 to 90, longitudes from -180 to 180, and the distance "
            f"is above 0, found {given!r}"
        )
    return latitude, longitude, distance / 1000 if found[4] == "m" else distance


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
