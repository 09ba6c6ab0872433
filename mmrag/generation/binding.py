"""Whose figure a figure is: claims that join what one clause or cell says to what another says.

"The season ticket costs 40 pence" has every word and number of "a day ticket costs 40 pence, and a
season ticket 3 pounds".
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise

from mmrag.generation.said import Said
from mmrag.words import STOPWORDS, forms, tokens

_SUBJECTS = frozenset("it he she they den det han hon de".split())


def mixed_up(claim: Said, stretch: Said, parts: Sequence[Said] = ()) -> str:
    """The clause or cell whose words the claim joins to what another one says; "" if none.

    Args:
        parts: the two sentences, where the stretch is two.
    """
    clauses = stretch.clauses
    mine = [clause for clause in clauses if shares(claim, clause)]
    for clause in mine:
        for other in clauses:
            if other in mine:
                continue
            if stretch.row:
                wrong = _other_column(claim, clause, other)
            else:
                apart = bool(parts) and not any(
                    clause in part.clauses and other in part.clauses for part in parts
                )
                wrong = _other_clause(claim, clause, other, mine, clauses, apart=apart)
            if wrong:
                return other.text.strip()
    return "" if stretch.row else _other_modifier(claim, clauses) or _crosswise(claim, stretch)


def shares(claim: Said, clause: Said) -> bool:
    """Whether a number or date of the claim stands there; ordinals, being common, do not count."""
    given = [*clause.numbers, *clause.years]
    return any(
        mine.agrees(its) for mine in claim.numbers for its in given if not mine.ordinal
    ) or any(mine.agrees(its) for mine in claim.days for its in clause.days)


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
    claim: Said,
    clause: Said,
    other: Said,
    mine: Sequence[Said],
    clauses: Sequence[Said],
    *,
    apart: bool,
) -> bool:
    """Whether the claim speaks of another clause than the one whose number or date it gives.

    Only words by which the two differ tell. A clause that the claim says in full is meant whatever
    else is said, for its verb may stand in the clause before: "the long group rides at fourteen,
    the short group at nine". The sentence before may lend a word to one that has another: "The hut
    was built in 1931. It stands at 1,204 m."
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
        lent = apart and tokens(clause.text)[:1] and tokens(clause.text)[0] in _SUBJECTS
        return len(theirs) > len(ours) if lent else len(theirs) >= len(ours)
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
                wrong = shares(claim, other) and not any(shares(claim, c) for c in right)
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


def _crosswise(claim: Said, stretch: Said) -> str:
    """The clause whose words two clauses of the claim share with another one's.

    As in "she sold the meadow and kept the vats" of one who sold the vats and kept the meadow.
    """
    for one, two in combinations(stretch.clauses, 2):
        only = [w for w in one.words if not two.has(w)], [w for w in two.words if not one.has(w)]
        across = [all(any(c.has(w) for w in words) for words in only) for c in claim.clauses]
        if sum(across) > 1:
            return one.text.strip()
    return ""


def _forms(text: str) -> frozenset[str]:
    return frozenset(form for token in tokens(text) for form in forms(token))
