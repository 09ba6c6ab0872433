"""What may be written to a terminal, a pipe or a file: colours, and characters it can show.

NO_COLOR (https://no-color.org) stands above all; then FORCE_COLOR; then only a terminal that is
not a dumb one gets escape codes.
"""

from __future__ import annotations

import io
import os
import sys
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

RED, DIM, PLAIN = "\x1b[1;31m", "\x1b[2m", "\x1b[0m"


def plain_wanted() -> bool:
    """Whether the user wants no escape codes anywhere."""
    return bool(os.environ.get("NO_COLOR"))


def obeys_codes(stream: IO[str]) -> bool:
    """Whether a stream leads to a terminal that may be told to move its cursor."""
    return not plain_wanted() and stream.isatty() and os.environ.get("TERM") != "dumb"


def coloured(stream: IO[str]) -> bool:
    """Whether what is written to a stream may have colours."""
    if plain_wanted():
        return False
    return bool(os.environ.get("FORCE_COLOR")) or obeys_codes(stream)


def make_console(*, stderr: bool = False, soft_wrap: bool = False) -> Console:
    """A console of Rich's, which by itself keeps bold and dim letters where NO_COLOR is set."""
    from rich.console import Console

    plain = plain_wanted()
    return Console(
        stderr=stderr,
        soft_wrap=soft_wrap,
        highlight=False,
        color_system=None if plain else "auto",
        force_terminal=False if plain else None,
    )


def error_lines(message: str, hint: str, stream: IO[str]) -> str:
    """An error as it is told on a stream: one line, and what to type next if a person reads it.

    Args:
        hint: a command that helps; "" if none is known. Programs that read the stream are not
            given it: to them an error is one line.
    """
    name, remedy = "mmrag:", "hint:"
    if coloured(stream):
        name, remedy = f"{RED}{name}{PLAIN}", f"{DIM}{remedy}{PLAIN}"
    line = f"{name} {' '.join(message.split())}\n"
    return f"{line}{remedy} {hint}\n" if hint and stream.isatty() else line


def make_writable() -> None:
    """See to it that no text of a file can break the standard streams.

    Where a pipe or file has an encoding of its own, as on Windows, output is in UTF-8 unless
    PYTHONIOENCODING asks for another one; what an encoding lacks is written as an escape.
    """
    for stream in (sys.stdout, sys.stderr):
        if not isinstance(stream, io.TextIOWrapper) or _is_utf8(stream.encoding):
            continue
        if stream.isatty() or os.environ.get("PYTHONIOENCODING"):
            stream.reconfigure(errors="backslashreplace")
        else:
            stream.reconfigure(encoding="utf-8")


def _is_utf8(encoding: str) -> bool:
    return encoding.lower().replace("-", "").replace("_", "") == "utf8"
