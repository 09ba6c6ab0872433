"""Cut running text into passages of about 60 words that end where sentences end.

The text embedder of the default profile reads 256 word pieces, some 160 English words; a passage
of about 60 words leaves room for its title and heading, and found its source more often on the dev
questions of the sample archive than one of 90.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from mmrag.loaders.sentences import sentences
from mmrag.schema import Span

TARGET_WORDS = 60
MAX_WORDS = 110
_PARAGRAPH_SHARE = 0.75  # a passage this full may end early, at the end of a paragraph

_WORD = re.compile(r"\S+")
_WIDE = re.compile(r"[\u2e80-\uffef]")  # scripts written without spaces


@dataclass(frozen=True)
class Block:
    """A paragraph, list item, table row or group of rows as a reader found it.

    Attributes:
        spans: where stretches of `text` stand in the source, in order, not overlapping.
        heading: heading path above it.
        page: 1-based page, slide or sheet; a passage never spans two pages.
        whole: not cut at sentence ends as long as it fits into one passage (table rows).
    """

    text: str
    spans: tuple[Span, ...] = ()
    heading: tuple[str, ...] = ()
    page: int | None = None
    whole: bool = False


@dataclass(frozen=True)
class Passage:
    """A cut of text that becomes one node; offsets of `spans` are within `text`."""

    text: str
    spans: tuple[Span, ...] = ()
    heading: tuple[str, ...] = ()
    page: int | None = None


@dataclass(frozen=True)
class _Unit:
    """The smallest stretch that is never cut: characters start..end of one block."""

    block: Block
    start: int
    end: int
    words: int
    opens: bool


def count_words(text: str) -> int:
    """Length in words; text without spaces counts one word for two wide or eight other letters.

    Rounded up, so that a text is never longer than its parts together.
    """
    words = text.split()
    wide = 0 if text.isascii() else len(_WIDE.findall(text))
    return max(len(words), math.ceil((sum(map(len, words)) + 3 * wide) / 8))


def passages(
    blocks: Iterable[Block], *, target: int = TARGET_WORDS, limit: int = MAX_WORDS
) -> list[Passage]:
    """Cut `blocks` into passages of about `target` and at most `limit` words.

    Neighbouring blocks of the same page and heading path share passages, joined by a line break. A
    sentence is cut only when it alone is longer than `limit`. No character but white space is lost.
    """
    found: list[Passage] = []
    for (page, heading), run in groupby(blocks, key=lambda block: (block.page, block.heading)):
        units = [unit for block in run for unit in _units(block, limit)]
        found += [_join(group, page, heading) for group in _groups(units, target, limit)]
    return found


def _units(block: Block, limit: int) -> Iterator[_Unit]:
    stripped = block.text.strip()
    if block.whole and stripped and count_words(stripped) <= limit:
        start = len(block.text) - len(block.text.lstrip())
        ranges = [(start, start + len(stripped))]
    else:
        ranges = sentences(block.text)
    cuts = (cut for start, end in ranges for cut in _cut(block.text, start, end, limit))
    for number, (first, last) in enumerate(cuts):
        yield _Unit(block, first, last, count_words(block.text[first:last]), number == 0)


def _cut(text: str, start: int, end: int, limit: int) -> Iterator[tuple[int, int]]:
    """Pieces of one sentence of at most `limit` words, cut between words where there are any."""
    if count_words(text[start:end]) <= limit:
        yield start, end
        return
    room = limit * 2  # characters of a stretch without spaces: `limit` words in a wide script
    first, last, words = start, start, 0
    for match in _WORD.finditer(text, start, end):
        for begin in range(match.start(), match.end(), room):
            stop = min(begin + room, match.end())
            size = count_words(text[begin:stop])
            if last > first and words + size > limit:
                yield first, last
                first, words = begin, 0
            last, words = stop, words + size
    yield first, last


def _groups(units: Sequence[_Unit], target: int, limit: int) -> Iterator[list[_Unit]]:
    """Share the units out evenly, so that no short rest is left at the end."""
    left = sum(unit.words for unit in units)
    group: list[_Unit] = []
    words, aim = 0, _aim(left, target)
    for unit in units:
        full = words + unit.words / 2 > aim
        early = unit.opens and words >= aim * _PARAGRAPH_SHARE and left - words >= target / 2
        if group and (full or early or words + unit.words > limit):
            yield group
            left -= words
            group, words, aim = [], 0, _aim(left, target)
        group.append(unit)
        words += unit.words
    if group:
        yield group


def _aim(words: int, target: int) -> float:
    return words / max(1, round(words / target))


def _join(units: Sequence[_Unit], page: int | None, heading: tuple[str, ...]) -> Passage:
    parts: list[str] = []
    spans: list[Span] = []
    length = 0
    for before, unit in zip([None, *units], units, strict=False):
        if before is not None:
            gap = "\n" if unit.opens else unit.block.text[before.end : unit.start]
            parts.append(gap)
            length += len(gap)
        parts.append(unit.block.text[unit.start : unit.end])
        for span in unit.block.spans:
            start, end = max(span.start, unit.start), min(span.end, unit.end)
            if start < end:
                spans.append(replace(span, start=start, end=end).shifted(length - unit.start))
        length += unit.end - unit.start
    return Passage("".join(parts), tuple(_merged(spans)), heading, page)


def _merged(spans: Iterable[Span]) -> Iterator[Span]:
    """Join pieces of one source line that only a sentence end had parted."""
    held: Span | None = None
    for span in spans:
        if (
            held is not None
            and replace(held, start=span.start, end=span.end) == span
            and (span.start - held.end <= 2)
        ):
            held = replace(held, end=span.end)
            continue
        if held is not None:
            yield held
        held = span
    if held is not None:
        yield held
