"""What a malformed file is, and how it is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Expect = Literal["fails", "reads", "either", "stopped", "absent"]


@dataclass(frozen=True)
class Malformed:
    """A file of the malformed set.

    Attributes:
        name: its path in the folder; not all are valid Unicode.
        what: what is wrong with it.
        expect: "fails" with a reason, "reads", "either"; "stopped" sends its decoder into a loop
            that only the end of the process ends; "absent" is no regular file and must never be
            opened.
    """

    name: str
    what: str
    expect: Expect


@dataclass(frozen=True)
class Case:
    """A malformed file and its content, or what makes it at a path."""

    file: Malformed
    content: bytes | Callable[[Path], None]


def case(name: str, what: str, expect: Expect, content: bytes | str) -> Case:
    """A file of the given content; text is written as UTF-8."""
    return Case(
        Malformed(name, what, expect), content.encode() if isinstance(content, str) else content
    )


def sparse(head: bytes, size: int) -> Callable[[Path], None]:
    """A file that begins with `head` and is zeros up to `size`, which take no room on disk."""

    def write(path: Path) -> None:
        with path.open("wb") as out:
            out.write(head)
            out.truncate(size)

    return write
