"""The pages of the manual and of the README, and what is in them: fences, links, headings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markdown.extensions.toc import slugify, unique

from docs.hooks import command_line, settings

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "docs").rglob("*.md"))]
GENERATED = {ROOT / "docs" / hook.PAGE: hook.page for hook in (command_line, settings)}
"""Pages that are made when the manual is built, and what makes them."""

_FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Fence:
    """A fenced block."""

    page: Path
    line: int
    language: str
    text: str

    @property
    def place(self) -> str:
        """As a message names it."""
        return f"{called(self.page)}:{self.line}"


def called(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@cache
def text_of(page: Path) -> str:
    made = GENERATED.get(page)
    return made() if made else page.read_text(encoding="utf-8")


def fences(page: Path, *languages: str) -> Iterator[Fence]:
    """The blocks in these languages; "" are those that name none."""
    text = text_of(page)
    for found in _FENCE.finditer(text):
        if found[1] in languages:
            yield Fence(page, text.count("\n", 0, found.start()) + 1, found[1], found[2])


def prose(page: Path) -> str:
    """The page without its fenced blocks."""
    return _FENCE.sub("", text_of(page))


def links(page: Path) -> Iterator[tuple[str, str]]:
    """Target and anchor of each link to a file; either may be empty."""
    plain = re.sub(r"`[^`]*`", "", prose(page))
    for target in re.findall(r"\]\(([^)\s]+)\)", plain):
        if not re.match(r"\w+:", target):
            path, _, anchor = target.partition("#")
            yield path, anchor


@cache
def anchors(page: Path) -> frozenset[str]:
    """Of the headings, as the manual makes them."""
    made: set[str] = set()
    for heading in re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE):
        unique(slugify(re.sub(r"[`*]", "", heading), "-"), made)
    return frozenset(made)
