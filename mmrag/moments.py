"""Moments of local time, as files and people write them: "2024", "2024-05", "2024:05:17 14:03:22".

A moment is kept as ISO 8601 by the clock on the wall where it was, as exact as it is known, with
the offset from UTC where that is known. Two are compared by their wall clocks: a photo of half past
midnight on the first of May was taken in May, whatever the date was in Greenwich.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

# ISO 8601, basic or extended, and how EXIF (2024:05:17 14:03:22), IPTC (20240517) and PDF
# (D:20240517140322+02'00') write it.
_WRITTEN = re.compile(
    r"""
    (?:D:)? (?P<year>\d{4})
    (?: [-:/.]? (?P<month>\d\d)
      (?: [-:/.]? (?P<day>\d\d)
        (?: [T\ ]? (?P<hour>\d\d) :? (?P<minute>\d\d) (?: :? (?P<second>\d\d) (?:[.,]\d+)? )?
          \ ? (?P<zone> Z(?:00'?00'?)? | [-+]\d\d (?: [:']? \d\d '? | '? ) )?
        )?
      )?
    )?
    """,
    re.VERBOSE | re.ASCII,
)
_LONGEST = 40
_FIRST, _LAST = ("01", "01", "00", "00", "00"), ("12", "31", "23", "59", "59")


def moment(written: str) -> str | None:
    """The same moment as ISO 8601; None for what is none, such as a camera's "0000:00:00"."""
    found = _WRITTEN.fullmatch(written.strip()) if len(written) <= _LONGEST else None
    if found is None:
        return None
    parts = [found[name] for name in ("year", "month", "day", "hour", "minute", "second")]
    known = [int(part) for part in parts if part is not None]
    try:
        datetime(*[*known, 1, 1][: max(3, len(known))])  # type: ignore[arg-type]  # checks itself
    except ValueError:
        return None
    day = "-".join(part for part in parts[:3] if part is not None)
    if found["hour"] is None:
        return day
    clock = f"{parts[3]}:{parts[4]}:{parts[5] or '00'}"
    return f"{day}T{clock}{_offset(found['zone'])}"


def moment_of_timestamp(seconds: float) -> str | None:
    """Seconds since 1970 as a moment in UTC; None for what no calendar holds."""
    try:
        at = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=seconds)
    except (OverflowError, ValueError):
        return None
    return at.isoformat(timespec="seconds")


def stretch(written: str) -> tuple[int, int] | None:
    """The first and the last second of a moment by the wall clock, as 20240517140322; or None.

    "2024-05" is the whole of May: (20240501000000, 20240531235959).
    """
    iso = moment(written)
    if iso is None:
        return None
    known = re.split(r"[-T:]", iso[:19])
    first, last = (int("".join([*known, *rest[len(known) - 1 :]])) for rest in (_FIRST, _LAST))
    return first, last


def _offset(zone: str | None) -> str:
    if zone is None:
        return ""
    digits = re.sub(r"\D", "", zone).ljust(4, "0")
    if int(digits[:2]) > 14 or int(digits[2:]) > 59:  # UTC+14 is the furthest there is
        return ""
    return f"{'-' if zone.startswith('-') else '+'}{digits[:2]}:{digits[2:]}"
