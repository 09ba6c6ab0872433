"""A claim laid against a stretch of its source: what must stand there exactly, and how well it fits.

Exact are numbers with their units, dates, names, polarity, and which words a number belongs to. "The
season ticket costs 40 pence" has every word and number of "a day ticket costs 40 pence, and a season
ticket 3 pounds" right, and is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import NamedTuple

from mmrag.generation.polarity import contradiction
from mmrag.generation.quantities import MONEY, Quantity
from mmrag.generation.said import Said
from mmrag.words import STOPWORDS, content_words, forms, tokens

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
_OPENS = re.compile(r"\W*([^\W\d_]+)")
_COSTS = frozenset("cost costs price priced paid pay pays kosta kostade kostar pris".split())
"""What a sum of money says by itself."""
_LABEL = 3
"""Tokens of a sentence that is no more than a label."""


class Fit(NamedTuple):
    """How well a claim fits; each 0..1 unless said.

    Attributes:
        own: share of its words, numbers and dates that stand in the stretch.
        head: 1 if its first content word stands in the stretch or above it, or it opens with a figure.
        tail: 1 if its last one stands anywhere near, or it ends with a figure.
        swapped: how many words stand in the place of others; see `_swapped`.
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
    absent = [w for w in claim.words if question.has(w) and not _around(w, setting)]
    if absent:
        return f"words of the question not in the source: {', '.join(absent)}"
    if setting.parts is not None and not _goes_on(claim, *setting.parts):
        return f"the source says this of something else: {setting.parts[1].text.strip()}"
    mixed = _mixed_up(claim, stretch) or _crosswise(claim, stretch)
    if mixed:
        return f"the source says this of something else: {mixed}"
    return contradiction(claim.text, stretch.text)


def fit(claim: Said, setting: Setting) -> Fit:
    """How well the words of a claim without mistake fit."""
    stretch, above = setting.stretch, setting.above
    words = list(dict.fromkeys(claim.words))
    exact = len(claim.numbers) + len(claim.days)
    total = max(1, len(words) + exact)
    paid = any(number.unit in MONEY for number in stretch.numbers)
    own = [w for w in words if stretch.has(w) or (paid and w in _COSTS)]
    return Fit(
        own=(len(own) + exact) / total,
        head=float(
            not words or _opens_with_figure(claim) or stretch.has(words[0]) or above.has(words[0])
        ),
        tail=float(not words or _ends_with_figure(claim) or _in_reach(words[-1], setting)),
        swapped=float(len(_swapped(claim, stretch))),
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
    """The names of a claim; its first word is one if the source writes it so and never otherwise."""
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
        there = [part for part in setting.parts if _shares(claim, part)]
        if len(there) != 1:  # no figure tells, so the words do
            said = [sum(part.has(word) for word in set(claim.words)) for part in setting.parts]
            there = [first if said[0] > said[1] else second]
        stretch, before = (second, first) if there[0] is second else (first, before)
    if stretch.has(name):
        return True
    lent = before is not None and before.has(name) and leans_back(stretch, before)
    if not lent and not setting.above.has(name):
        return False
    named = not lent or all(claim.has(other) for other in stretch.names)
    return named and _subject(stretch, claim)


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
    content = [word for word in opening if word in stretch.words and word not in _TITLES]
    return not content or any(claim.has(word) for word in content[:2])


def _mixed_up(claim: Said, stretch: Said) -> str:
    """The clause or cell whose words the claim joins to what another one says."""
    clauses = stretch.clauses
    mine = [clause for clause in clauses if _shares(claim, clause)]
    for clause in mine:
        for other in clauses:
            if other not in mine and (
                _other_column(claim, clause, other)
                if stretch.row
                else _other_clause(claim, clause, other, mine, clauses)
            ):
                return other.text.strip()
    return "" if stretch.row else _other_modifier(claim, clauses)


def _other_column(claim: Said, cell: Said, other: Said) -> bool:
    """Whether the column titles tell another cell's number than the one that is claimed."""
    if not (cell.numbers and other.numbers):
        return False
    titles = [{w for w in one.words if forms(w) & _forms(one.header)} for one in (cell, other)]
    ours, theirs = (
        {word for word in mine if claim.has(word) and not its.has(word)}
        for mine, its in zip(titles, (other, cell), strict=True)
    )
    return len(theirs) > len(ours)


def _other_clause(
    claim: Said, clause: Said, other: Said, mine: Sequence[Said], clauses: Sequence[Said]
) -> bool:
    """Whether the claim speaks of another clause than the one whose number or date it gives.

    Only words by which the two differ tell. A clause that the claim says in full is meant, whatever
    else is said, for its verb may stand in the clause before: "the long group rides at fourteen, the
    short group at nine".
    """
    own = {word for word in clause.words if not other.has(word)}
    ours = {word for word in own if claim.has(word)}
    theirs = {w for w in other.words if claim.has(w) and not any(c.has(w) for c in mine)}
    left_out = own - ours
    names = {name for name in other.names if claim.has(name) and not any(c.has(name) for c in mine)}
    if names and any(not claim.has(name) for name in clause.names):
        return True
    behind = clauses.index(other) > clauses.index(clause)
    if behind and claim.words and any(forms(claim.words[0]) & forms(word) for word in theirs):
        return True
    if not left_out or not theirs:
        return False
    if other.numbers or other.days:
        return len(theirs) >= len(ours)
    return not ours and len(left_out) > 1


def _other_modifier(claim: Said, clauses: Sequence[Said]) -> str:
    """The clause that says "long group" of what the claim says of the "short group"."""
    for word, head in pairwise(tokens(claim.bare)):
        if word in STOPWORDS or head in STOPWORDS:
            continue
        right = [clause for clause in clauses if word in _before(head, clause)]
        for other in clauses:
            instead = {w for w in _before(head, other) if w not in STOPWORDS and not claim.has(w)}
            if not right or not instead or any(clause.has(w) for clause in right for w in instead):
                continue
            if claim.numbers or claim.days:
                wrong = _shares(claim, other) and not any(_shares(claim, c) for c in right)
            else:
                theirs = [
                    w for w in other.words if claim.has(w) and not any(c.has(w) for c in right)
                ]
                ours = [w for c in right for w in c.words if claim.has(w) and not other.has(w)]
                wrong = bool(theirs) and not {w for w in ours if forms(w).isdisjoint(forms(word))}
            if wrong:
                return other.text.strip()
    return ""


def _before(head: str, clause: Said) -> set[str]:
    """The words that stand right before a word."""
    return {one for one, two in pairwise(tokens(clause.bare)) if forms(two) & forms(head)}


def _forms(text: str) -> frozenset[str]:
    return frozenset(form for token in tokens(text) for form in forms(token))


def _shares(claim: Said, clause: Said) -> bool:
    """Whether a number or date of the claim stands there; ordinals, being common, do not count."""
    given = [*clause.numbers, *clause.years]
    return any(
        mine.agrees(its) for mine in claim.numbers for its in given if not mine.ordinal
    ) or any(mine.agrees(its) for mine in claim.days for its in clause.days)


def _crosswise(claim: Said, stretch: Said) -> str:
    """The clause whose words two clauses of the claim share with another one's, as in "she sold the
    meadow and kept the vats" of one who sold the vats and kept the meadow."""
    for one, two in combinations(stretch.clauses, 2):
        only = [w for w in one.words if not two.has(w)], [w for w in two.words if not one.has(w)]
        across = [all(any(c.has(w) for w in words) for words in only) for c in claim.clauses]
        if not stretch.row and sum(across) > 1:
            return one.text.strip()
    return ""


def _opens_with_figure(claim: Said) -> bool:
    return min((part.start for part in (*claim.days, *claim.numbers)), default=99) < _FIRST


def _ends_with_figure(claim: Said) -> bool:
    last = max((part.end for part in (*claim.days, *claim.numbers)), default=0)
    return last > 0 and not content_words(claim.text[last:])


def _swapped(claim: Said, stretch: Said) -> list[str]:
    """The words that stand in the claim where the source has others.

    A place is known by the content word on either side, or by two words before it, or by one on
    each: "by a goat" for "by a cow", "salt cod" for "salt herring".
    """
    there = _places(stretch)
    spelt = _spelt(claim)
    swapped = []
    for place, word in enumerate(spelt):
        if word in STOPWORDS or word == "0":
            continue
        around = [context for context in _contexts(spelt, place) if context in there]
        if stretch.has(word):  # elsewhere, or here?
            around = [c for c in around if c[0] == "before" and not stretch.row and "0" not in c]
            if any(forms(word) & forms(w) for context in around for w in there[context]):
                continue
        instead = {w for context in around for w in there[context]} - STOPWORDS - {"0"}
        if instead and not any(claim.has(w) for w in instead):
            swapped.append(word)
    return swapped


def _places(stretch: Said) -> dict[tuple[str, ...], set[str]]:
    found: dict[tuple[str, ...], set[str]] = {}
    spelt = _spelt(stretch)
    for place, word in enumerate(spelt):
        for context in _contexts(spelt, place):
            found.setdefault(context, set()).add(word)
    return found


def _contexts(spelt: Sequence[str], place: int) -> Iterator[tuple[str, ...]]:
    """What tells a place between words; stems, so that an inflection does not matter."""
    near = {n: _stem(spelt[place + n]) for n in (-2, -1, 1) if 0 <= place + n < len(spelt)}
    if -2 in near:
        yield ("before", near[-2], near[-1])
    if -1 in near and 1 in near:
        yield ("between", near[-1], near[1])
    for side in (-1, 1):
        if side in near and spelt[place + side] not in STOPWORDS:
            yield (f"beside {side}", near[side])


def _stem(token: str) -> str:
    return min(forms(token))


def _spelt(said: Said) -> list[str]:
    """The tokens in order, each figure as "0"; an article is an article."""
    text = said.text
    for part in sorted((*said.days, *said.numbers), key=lambda part: -part.start):
        if not (isinstance(part, Quantity) and part.ordinal):
            text = f"{text[: part.start]} 0 {text[part.end :]}"
    return ["a" if token == "an" else token for token in tokens(text)]
