"""Names that are awkward to show or to open, and things in a folder that are no files."""

from __future__ import annotations

import contextlib
import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

from hostile.cases import Case, Malformed, case
from hostile.good_files import TEXT, good

_NAMES = (
    ("line\nbreak.txt", "a line feed"),
    ("carriage\rreturn.txt", "a carriage return"),
    ("escape\x1b[2J\x1b[31mred.txt", "codes that terminals obey"),
    ("bell\x07.txt", "a bell"),
    ("tab\tname.txt", "a tab"),
    ("\x9b31mcsi.txt", "a control character above 127"),
    ("override\u202etxt.exe.md", "an override of direction"),
    ("zero\u200bwidth.txt", "a space of no width"),
    ("family 👨‍👩‍👧 🦉.txt", "emoji"),
    ("n" * 251 + ".txt", "255 bytes"),
    ("å" * 125 + ".txt", "254 bytes in two-byte letters"),
    (" leading and trailing .txt ", "spaces at both ends"),
    ("-rf.txt", "an option"),
    ("%s%n%x.txt", "a format"),
    ("$(touch x).txt", "a command"),
    ("[red]markup[/].txt", "markup of a terminal library"),
    ("[bold].txt", "markup that never ends"),
    ("back\\slash.txt", "a backslash"),
    ("colon: name.txt", "a colon"),
    ("photos:x.txt", "the prefix of a folder"),
    ("CON.txt", "a device of another system"),
    ("nul", "a device without a suffix"),
    ("no suffix", "no suffix"),
    ("two.tar.gz.txt", "many suffixes"),
    ("dot.", "a dot at the end"),
    ("UPPER.TXT", "capitals"),
    ("nfd e\u0301.txt", "a letter in two parts"),
    ("nfd \xe9.txt", "the same letter in one"),
    ("file.txt#fragment", "a mark of addresses"),
    ("http:%2F%2Fhost.txt", "an address"),
    ("up\u2044txt.txt", "a slash that is none"),
    ("\udcff\udcfe.txt", "bytes that are no UTF-8"),
    ("'quote\".txt", "quotes"),
    ("\ufeffmark.txt", "a byte order mark"),
)


def odd_names() -> Iterator[Case]:
    """Good files by awkward names, and pipes, sockets and devices."""
    for name, what in _NAMES:
        expect = "either" if "\udcff" in name or "." not in name else "reads"
        yield case(f"names/{name}", f"a name with {what}", expect, TEXT)  # type: ignore[arg-type]
    yield case(
        "names/\x1b[2J.png", "a damaged picture with codes in its name", "fails", good("png")[:99]
    )
    for name, what, make in (
        ("pipe.txt", "a pipe without a writer", os.mkfifo),
        ("pipe.pdf", "a pipe without a writer", os.mkfifo),
        ("socket.txt", "a socket", _socket),
        ("null.txt", "a device that is empty", _device(1, 3)),
        ("zero.txt", "a device that never ends", _device(1, 5)),
    ):
        yield Case(Malformed(f"nodes/{name}", what, "absent"), make)


def _socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # the address of a socket is at most 107 bytes long
    try:
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind(path.name)
    finally:
        os.chdir(here)


def _device(major: int, minor: int):  # noqa: ANN202
    def make(path: Path) -> None:
        with contextlib.suppress(PermissionError):  # only root may
            os.mknod(path, 0o600 | stat.S_IFCHR, os.makedev(major, minor))

    return make
