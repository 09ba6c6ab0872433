"""Dates in running text, whatever their spelling: "14 Nov. 1952", "November 14th", "1952-11-14".

Own code: `dateutil` and `dateparser` guess a date in anything, "may" and "3" included, and fill
what is not said with today's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_ENGLISH = "january february march april may june july august september october november december"
_SWEDISH = "januari februari mars april maj juni juli augusti september oktober november december"
MONTHS = {
    name: number
    for names in (_ENGLISH, _SWEDISH)
    for number, name in enumerate(names.split(), start=1)
}
MONTHS |= {name[:3]: number for name, number in MONTHS.items()} | {"sept": 9}

_FIRST_DAYS = """
first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth
fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth
första andra tredje fjärde femte sjätte sjunde åttonde nionde tionde elfte tolfte trettonde
fjortonde femtonde sextonde sjuttonde artonde nittonde
""".split()
_DAYS = {word: n % 19 + 1 for n, word in enumerate(_FIRST_DAYS)}
_DAYS |= {
    f"{tens}{word}": 20 + _DAYS[word] for word in _FIRST_DAYS[:9] for tens in ("twenty-", "twenty ")
}
_DAYS |= {f"tjugo{word}": 20 + _DAYS[word] for word in _FIRST_DAYS[19:28]}
_DAYS |= {"twentieth": 20, "tjugonde": 20, "thirtieth": 30, "trettionde": 30}
_DAYS |= {"thirty-first": 31, "thirty first": 31, "trettioförsta": 31}
_DAY = "|".join(sorted(_DAYS, key=len, reverse=True))

_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_YEAR = r"(?:1[0-9]|20)\d\d"
_SPELLINGS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b(?P<y>{_YEAR})-(?P<m>\d\d)-(?P<d>\d\d)\b",
        rf"\b(?P<d>\d{{1,2}})[./](?P<m>\d{{1,2}})[./](?P<y>{_YEAR})\b",
        rf"\b(?P<d>\d{{1,2}}|{_DAY})(?:st|nd|rd|th|:[ae]|\.)?\s+(?:of\s+|and\s+)?(?P<name>{_MONTH})\b\.?"
        rf"(?:,?\s+(?P<y>{_YEAR})\b)?",
        rf"\b(?P<name>{_MONTH})\b\.?\s+(?:the\s+)?(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\b(?!\s*[:.]\d)"
        rf"(?:,?\s+(?P<y>{_YEAR})\b)?",
        rf"\b(?P<name>{_MONTH})\b\.?(?:\s+of)?,?\s+(?P<y>{_YEAR})\b",
    )
)
# A month alone; not the verb "may", nor "mars" or "march" in small letters inside English prose.
_ALONE = re.compile(
    r"\b(January|February|March|April|May|June|July|August|September|October|November|December|"
    r"januari|februari|maj|juni|juli|augusti|september|oktober|november|december)\b"
)


@dataclass(frozen=True)
class Day:
    """As much of a date as is said, and the characters where it is said."""

    year: int | None
    month: int
    day: int | None
    start: int = 0
    end: int = 0

    def agrees(self, other: Day) -> bool:
        """Whether nothing that both say differs."""
        pairs = ((self.year, other.year), (self.month, other.month), (self.day, other.day))
        return all(mine is None or its is None or mine == its for mine, its in pairs)


def dates(text: str) -> list[Day]:
    """The dates of a text in order, the longest reading of each; months alone too.

    In a date of three numbers the first is the day unless it cannot be.
    """
    found: list[Day] = []
    for spelling in _SPELLINGS:
        for match in spelling.finditer(text):
            day = _day(match)
            if day is not None and not _taken(found, day.start, day.end):
                found.append(day)
    for match in _ALONE.finditer(text):
        if not _taken(found, *match.span()):
            found.append(Day(None, MONTHS[match[1].lower()], None, *match.span()))
    return sorted(found, key=lambda day: day.start)


def _day(match: re.Match[str]) -> Day | None:
    groups = match.groupdict()
    year, day = groups.get("y"), groups.get("d")
    name = groups.get("name")
    month = MONTHS[name.lower()] if name else int(groups["m"])
    number = (_DAYS.get(day.lower()) or int(day)) if day else None
    if not name and month > 12 and number is not None and number <= 12:
        month, number = number, month
    if not 1 <= month <= 12 or (number is not None and not 1 <= number <= 31):
        return None
    return Day(int(year) if year else None, month, number, *match.span())


def _taken(found: list[Day], start: int, end: int) -> bool:
    return any(start < day.end and day.start < end for day in found)
