"""How the pipelines tell: files, reports, places, and texts that somebody else wrote."""

from __future__ import annotations

import re
import sys
from collections.abc import Collection
from pathlib import Path

from mmrag import Citation, Report, SearchHit

NOT_FOUND = ("failed", "refused", "quarantined")


def write(path: Path, text: str) -> None:
    """Write a file; its folder is made where it is not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def summary(report: Report) -> str:
    """ "1 failed, 17 indexed"; what was done to no file is left out."""
    counts = sorted(report.counts.items())
    return ", ".join(f"{count} {status}" for status, count in counts) or "no files"


def complain(report: Report, statuses: Collection[str] = NOT_FOUND) -> None:
    """Name the files on stderr that cannot be found, and why, a line each."""
    for outcome in report.outcomes:
        if outcome.status in statuses:
            told = f"{outcome.status}: {outcome.source}: {outcome.reason}"
            print(visible(told), file=sys.stderr)


def place(found: Citation | SearchHit) -> str:
    """ "reports/1962.pdf, page 3", "log.ogg, 0:12-0:19"."""
    if found.start_ms is not None and found.end_ms is not None:
        return f"{visible(found.source)}, {clock(found.start_ms)}-{clock(found.end_ms)}"
    page = "" if found.page is None else f", page {found.page}"
    return f"{visible(found.source)}{page}"


def clock(ms: int) -> str:
    """Milliseconds as m:ss or h:mm:ss."""
    minutes, seconds = divmod(ms // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def visible(text: str) -> str:
    """On one line, with what a terminal would obey as an escape: names of files can hold that."""
    line = " ".join(text.split())
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)


def markdown(text: str) -> str:
    """Text of others in Markdown, as it stands: no link, tag or heading comes of it."""
    return re.sub(r"([\\`*_\[\]<>#|~!])", r"\\\1", visible(text))
