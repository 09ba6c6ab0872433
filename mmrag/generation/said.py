"""What a stretch of text says, taken apart: words, numbers, dates, names, clauses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from mmrag.generation.citations import names
from mmrag.generation.dates import Day, dates
from mmrag.generation.quantities import UNITS, Quantity, quantities
from mmrag.loaders.rows import is_row
from mmrag.words import content_words, forms, tokens

_CLAUSE = re.compile(
    r"(?:[;:–—]\s|,\s|\s)(?:and|but|while|whereas|although|though|against|which|who|whose|whom|"
    r"because|since|until|when|eftersom|tills|när|"
    r"och|men|medan|mot|fast|som|vars)\s|[;:–—.!?]\s|,\s",
    re.IGNORECASE,
)
_LETTERS = re.compile(r"[^\W\d_]+|[£$€%°]")


@dataclass(frozen=True)
class Said:
    """A stretch of text. Dates and numbers are told apart from words, for they have spellings."""

    text: str
    row: bool = False
    header: str = ""

    @cached_property
    def days(self) -> list[Day]:
        """The dates, months alone too."""
        return dates(self.text)

    @cached_property
    def numbers(self) -> list[Quantity]:
        """The numbers that belong to no date; in a table cell with the unit of its column."""
        found = [
            number
            for number in quantities(self.text)
            if not any(number.start < day.end and day.start < number.end for day in self.days)
        ]
        column = {UNITS[word] for word in _words_of(self.header) if word in UNITS}
        if len(column) != 1:
            return found
        unit = column.pop()
        return [n if n.unit else replace(n, unit=unit, noun=None, column=True) for n in found]

    @cached_property
    def figures(self) -> list[Day | Quantity]:
        """The dates, and the numbers that are no ordinals, in order."""
        counted = [number for number in self.numbers if not number.ordinal]
        return sorted([*self.days, *counted], key=lambda part: part.start)

    @cached_property
    def bare(self) -> str:
        """The text with dates and numbers blanked out; ordinals are words too."""
        text = self.text
        for part in self.figures:
            text = text[: part.start] + " " * (part.end - part.start) + text[part.end :]
        return text

    @cached_property
    def words(self) -> list[str]:
        """The content words, in order, without those of dates and numbers."""
        return content_words(self.bare)

    @cached_property
    def forms(self) -> frozenset[str]:
        """The forms of all its tokens, those of numbers and dates too."""
        return frozenset(form for token in set(tokens(self.text)) for form in forms(token))

    @cached_property
    def names(self) -> list[str]:
        """The tokens of its names; see `citations.names`."""
        return names(self.bare)

    @cached_property
    def clauses(self) -> list[Said]:
        """Its clauses; the cells of a table row, each with its column title."""
        if self.row:
            cells = (part.partition(": ") for part in self.text.split("; "))
            return [said(f"{title}: {cell}", header=title) for title, _, cell in cells]
        return [said(part) for part in _CLAUSE.split(self.text) if part.strip()]

    @cached_property
    def years(self) -> list[Quantity]:
        """The years of its dates as numbers, and their days as ordinals."""
        return [_of_day(day) for day in self.days]

    def has(self, word: str) -> bool:
        """Whether a word, in any inflection, stands here."""
        return not forms(word).isdisjoint(self.forms)

    def gives(self, number: Quantity) -> bool:
        """Whether a number, with its unit if it is told, stands here; the year of a date counts."""
        parts = self.clauses if self.row else [self]
        given = [one for part in parts for one in (*part.numbers, *part.years)]
        return any(number.agrees(one) for one in given)


@lru_cache(maxsize=8192)
def said(text: str, header: str = "") -> Said:
    """A text taken apart; remembered, for sources are checked against many claims."""
    return Said(text, row=is_row(text), header=header)


def _of_day(day: Day) -> Quantity:
    readings = {str(day.year)} if day.year else set()
    if day.day:
        readings.add(f"#{day.day}")
    return Quantity(frozenset(readings), None, day.start, day.end)


def _words_of(title: str) -> Iterator[str]:
    return (match.group().lower() for match in _LETTERS.finditer(title))
