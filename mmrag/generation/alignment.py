"""A claim laid against a stretch of its source: what must stand there exactly, and how it fits.

Exact are numbers with their units, dates, names, polarity, and which words a number belongs to:
"the season ticket costs 40 pence" has every word and number of "a day ticket costs 40 pence, and a
season ticket 3 pounds", and is wrong.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from mmrag.generation.binding import mixed_up, shares
from mmrag.generation.polarity import contradiction
from mmrag.generation.quantities import MONEY
from mmrag.generation.said import Said
from mmrag.generation.substitution import swapped
from mmrag.words import STOPWORDS, content_words, tokens

_ANAPHORS = frozenset(
    """
    it its he his him she her hers they their them this that these those there here both such
    den det dess han hans honom hon hennes de deras dem denna detta dessa där här sådan båda
    """.split()
)
_TITLES = frozenset("mr mrs miss ms dr captain professor herr fru fröken doktor kapten".split())
_OPENING = 5
"""Tokens at the head of a sentence within which a pronoun points to the sentence before."""

_FIRST = 4
"""Characters before a figure that opens a claim, as in "At 21:55"."""
_NAME_FIRST = re.compile(r"\W*((?:[A-ZÅÄÖ][^\W\d_]*[\s.]+)*)")
_OPENS = re.compile(r"\W*([^\W\d_]+)")
_COSTS = frozenset("cost costs price priced paid pay pays kosta kostade kostar pris".split())
"""What a sum of money says by itself."""
_LETTER = re.compile(r"(?<=\w )(?!I\b)[A-ZÅÄÖ]\b(?![.'’])")
"""A letter that names something, as in "stake H"."""
_LABEL = 3
"""Tokens of a sentence that is no more than a label."""


class Fit(NamedTuple):
    """How well a claim fits; each 0..1 unless said.

    Attributes:
        own: share of its words, numbers and dates that stand in the stretch; words that stand above
            it count half.
        head: 1 if its first content word stands in the stretch or above it, or if it opens with a
            figure.
        tail: 1 if its last one stands there or in the sentence before, or if it ends with a figure.
        swapped: how many words stand in the place of others; see `substitution`.
    """

    own: float
    head: float
    tail: float
    swapped: float


@dataclass(frozen=True)
class Setting:
    """A stretch of a source and what stands around it.

    Attributes:
        stretch: one sentence or row, or two sentences in a row.
        above: headings and path.
        before: the sentence before; None for a table row.
        parts: the two sentences, where the stretch is two.
    """

    stretch: Said
    above: Said
    before: Said | None = None
    parts: tuple[Said, Said] | None = None


def mistake(claim: Said, setting: Setting, question: Said) -> str:
    """What in a claim differs from its source, "" if nothing exact does."""
    stretch, above = setting.stretch, setting.above
    for number in claim.numbers:
        if not (stretch.gives(number) or above.gives(number)):
            return f"number not in the source: {claim.text[number.start : number.end].strip()}"
    for day in claim.days:
        around = [*stretch.days, *above.days]
        if not any(day.agrees(one) for one in around):
            return f"date not in the source: {claim.text[day.start : day.end]}"
        if day.year and not any(_has_year(one, day.year) for one in (stretch, above)):
            return f"year not in the source: {day.year}"
        if day.day and not any(one.day == day.day and one.agrees(day) for one in around):
            return f"day not in the source: {claim.text[day.start : day.end]}"
    foreign = [name for name in _names(claim, setting) if not _named(name, claim, setting)]
    if foreign:
        return f"names not in the source: {', '.join(foreign)}"
    for letter in _LETTER.findall(claim.text):
        if not re.search(rf"\b{letter}\b", f"{above.text} {stretch.text}"):
            return f"name not in the source: {letter}"
    absent = [w for w in claim.words if question.has(w) and not _around(w, setting)]
    if absent:
        return f"words of the question not in the source: {', '.join(absent)}"
    if setting.parts is not None and not _goes_on(claim, *setting.parts):
        return f"the source says this of something else: {setting.parts[1].text.strip()}"
    mixed = mixed_up(claim, stretch, setting.parts or ())
    if mixed:
        return f"the source says this of something else: {mixed}"
    return contradiction(claim.text, stretch.text)


def fit(claim: Said, setting: Setting) -> Fit:
    """How well the words of a claim without mistake fit."""
    stretch = setting.stretch
    words = list(dict.fromkeys(claim.words))
    around = (stretch, setting.above)
    exact = sum(any(one.gives(number) for one in around) for number in claim.numbers)
    exact += sum(any(day.agrees(its) for one in around for its in one.days) for day in claim.days)
    total = max(1, len(words) + len(claim.numbers) + len(claim.days))
    paid = any(number.unit in MONEY for number in stretch.numbers)
    own = [w for w in words if stretch.has(w) or (paid and w in _COSTS)]
    above = [w for w in words if w not in own and setting.above.has(w)]
    return Fit(
        own=(len(own) + len(above) / 2 + exact) / total,
        head=float(
            not words
            or _opens_with_figure(claim)
            or stretch.has(words[0])
            or setting.above.has(words[0])
        ),
        tail=float(not words or _ends_with_figure(claim) or _in_reach(words[-1], setting)),
        swapped=float(len(swapped(claim, stretch))),
    )


def leans_back(sentence: Said, before: Said) -> bool:
    """Whether a sentence goes on about what the one before it said."""
    opening = tokens(sentence.text)[:_OPENING]
    if _is_label(before) or not _ANAPHORS.isdisjoint(opening):
        return True
    content = [word for word in opening if word not in STOPWORDS and word not in _TITLES]
    return bool(content) and before.has(content[0])


def _is_label(sentence: Said) -> bool:
    """ "2 Mar  EM." heads what follows, and so may each line of a poster."""
    return len(tokens(sentence.text)) <= _LABEL or sentence.text.rstrip()[-1:].isalnum()


def _has_year(said: Said, year: int) -> bool:
    return any(day.year == year for day in said.days) or any(
        str(year) in number.readings for number in said.numbers
    )


def _in_reach(word: str, setting: Setting) -> bool:
    """As `_around`, but what stands over a table says nothing of one of its rows."""
    return setting.stretch.has(word) or (not setting.stretch.row and _around(word, setting))


def _around(word: str, setting: Setting) -> bool:
    near = (setting.stretch, setting.above, setting.before)
    return any(one is not None and one.has(word) for one in near)


def _names(claim: Said, setting: Setting) -> list[str]:
    """The names of a claim; its first word is one if the source only writes it as one."""
    opening = _OPENS.match(claim.text)
    if opening is None or not tokens(opening[1]) or tokens(opening[1])[0] in STOPWORDS:
        return claim.names
    around = (setting.before, setting.above, setting.stretch)
    there = " ".join(one.text for one in around if one is not None)
    word = re.escape(opening[1])
    spelt = re.findall(rf"\b{word}\b", there, re.IGNORECASE)
    written = spelt and all(found[0].isupper() for found in spelt)
    return [*tokens(opening[1]), *claim.names] if written else claim.names


def _named(name: str, claim: Said, setting: Setting) -> bool:
    """Whether a name stands where the claim's figures do.

    A name of the sentence before counts where this one leans on it and names nobody else.
    """
    stretch, before = setting.stretch, setting.before
    if setting.parts is not None:
        first, second = setting.parts
        there = [part for part in setting.parts if shares(claim, part)]
        if len(there) != 1:  # no figure tells, so the words do
            said = [sum(part.has(word) for word in set(claim.words)) for part in setting.parts]
            there = [first if said[0] > said[1] else second]
        stretch, before = (second, first) if there[0] is second else (first, before)
    if stretch.has(name):
        return True
    lent = before is not None and before.has(name) and leans_back(stretch, before)
    if not lent and not setting.above.has(name):
        return False
    if lent and before is not None and not all(claim.has(other) for other in stretch.names):
        return False
    headed = lent and before is not None and _is_label(before)
    return headed or _subject(stretch, claim)


def _goes_on(claim: Said, first: Said, second: Said) -> bool:
    """Whether two sentences may be read as one: by a pronoun, or by a noun that the claim has."""
    if not _ANAPHORS.isdisjoint(tokens(second.text)[:_OPENING]) or _is_label(first):
        return True
    return _subject(second, claim)


def _subject(stretch: Said, claim: Said) -> bool:
    """Whether what a sentence opens with, if that is no pronoun, is said by the claim too."""
    opening = tokens(stretch.text)[:_OPENING]
    if stretch.row or not _ANAPHORS.isdisjoint(opening[:2]):
        return True
    name = [word for word in tokens(_NAME_FIRST.split(stretch.text, 1)[1]) if _tells(word)]
    content = [word for word in opening if word in stretch.words and _tells(word)]
    subject = name or content[:1]
    return not subject or any(claim.has(word) for word in subject)


def _tells(word: str) -> bool:
    return word not in STOPWORDS and word not in _TITLES


def _opens_with_figure(claim: Said) -> bool:
    return min((part.start for part in claim.figures), default=_FIRST) < _FIRST


def _ends_with_figure(claim: Said) -> bool:
    last = max((part.end for part in claim.figures), default=0)
    return last > 0 and not content_words(claim.text[last:])
