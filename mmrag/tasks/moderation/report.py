"""A report of what was moderated: Markdown and HTML with reasons, never the media themselves."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from html import escape
from pathlib import Path

from mmrag.errors import InputError, printable
from mmrag.evaluation.tables import markdown_table, plain
from mmrag.tasks.moderation.files import Moderated
from mmrag.tasks.moderation.moderator import Moderator

_STYLE = (
    "body{font:15px sans-serif;max-width:70em;margin:2em auto}td,th{text-align:left;padding:4px}"
)
_FLAGS = ("file", "action", "reason")
COLUMNS = ("file", "category", "action", "by", "score", "threshold", "space", "prompt", "shown")
PLACES = ("start", "end", "page", "start_ms", "end_ms")


def write_report(
    found: Sequence[Moderated], moderator: Moderator, folder: Path
) -> tuple[Path, Path]:
    """Write `moderation.md` and `moderation.html`; returns their paths.

    Raises:
        InputError: the folder cannot be made or written to.
    """
    text, page = folder / "moderation.md", folder / "moderation.html"
    facts, tables = _facts(found, moderator), _tables(found)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        text.write_text(_markdown(facts, tables), encoding="utf-8")
        page.write_text(_html(facts, tables), encoding="utf-8")
    except OSError as exc:
        raise InputError(f"cannot write the report to {folder}: {exc.strerror}") from exc
    return text, page


def write_csv(found: Sequence[Moderated], path: Path, policy: str) -> None:
    """Write one row a flag, one for a clean file (no category), one for an unread one (error).

    Raises:
        InputError: the file cannot be written.
    """
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            rows = csv.DictWriter(file, [*COLUMNS, *PLACES, "error", "policy"], restval="")
            rows.writeheader()
            for item in found:
                name = {"file": printable(item.source), "policy": policy}
                for flag in item.flags:
                    rows.writerow(name | flag.as_dict())
                if not item.flags:
                    rows.writerow(name | {"error": item.error or ""})
    except OSError as exc:
        raise InputError(f"cannot write {path}: {exc.strerror}") from exc


Table = tuple[str, tuple[str, ...], list[tuple[str, ...]]]


def _facts(found: Sequence[Moderated], moderator: Moderator) -> list[str]:
    flagged = sum(bool(item.flags) for item in found)
    failed = sum(item.error is not None for item in found)
    lines = [
        f"policy: {moderator.policy.version}",
        f"files: {len(found)}, of these flagged: {flagged}, not judged: {failed}",
        *(
            f"{s}: judged in {space}, {moderator.model_of(s)}"
            for s, space in moderator.spaces.items()
        ),
        *moderator.blind,
    ]
    if moderator.uncalibrated:
        lines.append(f"thresholds without calibration: {', '.join(moderator.uncalibrated)}")
    return lines


def _tables(found: Sequence[Moderated]) -> list[Table]:
    counts = Counter(name for item in found for name in {flag.category for flag in item.flags})
    rows = [(n, str(c)) for n, c in counts.most_common()]
    flagged = [
        (printable(item.source), flag.action, flag.reason) for item in found for flag in item.flags
    ]
    failed = [(printable(i.source), i.error) for i in found if i.error is not None]
    tables: list[Table] = [
        ("Categories", ("category", "files"), list(rows)),
        ("Flags", _FLAGS, list(flagged)),
        ("Not judged", ("file", "reason"), list(failed)),
    ]
    return [table for table in tables if table[2]]


def _markdown(facts: Sequence[str], tables: Sequence[Table]) -> str:
    parts = ["# Moderation\n", "".join(f"- {plain(fact)}\n" for fact in facts)]
    for title, header, rows in tables:
        parts += [f"## {title}\n", markdown_table(header, rows, words=len(header))]
    return "\n".join(parts)


def _html(facts: Sequence[str], tables: Sequence[Table]) -> str:
    parts = [
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Moderation</title>'
        f"<style>{_STYLE}</style><h1>Moderation</h1><ul>",
        *(f"<li>{escape(fact)}</li>" for fact in facts),
        "</ul>",
    ]
    for title, header, rows in tables:
        cells = "".join(f"<th>{escape(name)}</th>" for name in header)
        parts.append(f"<h2>{escape(title)}</h2><table><tr>{cells}</tr>")
        for row in rows:
            parts.append(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>")
        parts.append("</table>")
    return "\n".join([*parts, "</html>\n"])
