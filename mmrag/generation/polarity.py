"""Whether a claim turns its source round: a negation more or less, a hedge less, an opposite word.

No part of speech or syntax tree: a negation belongs to the clause that it stands in. What is
negated by other means ("unhurt", "refused to") is not seen here and left to the words.
"""

from __future__ import annotations

import re

from mmrag.words import STOPWORDS, content_words, forms, tokens

_NEGATIONS = frozenset(
    """
    not no never none nobody nothing nowhere neither nor without cannot hardly
    inte ej icke aldrig ingen inget inga ingenting utan varken knappast
    """.split()
)
_NOT = re.compile(r"n['’]t\b", re.IGNORECASE)
_HEDGES = frozenset(
    "should would could might ought perhaps maybe borde skulle kunde kanske torde".split()
)
# Who reports a wish or a plan may leave its verb out.
_REPORTS = re.compile(
    r"\b(?:recommend|propos|suggest|advis|ask|offer|plan|hope|want|wish|expect|estimat|mov(?:ed|es)|will|"
    r"föresl|rekommender|begär|bad|vill|önsk|hopp|räkn)\w*",
    re.IGNORECASE,
)
_SIDES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?P<first>.*)\b(?:instead of|rather than|in (?:the )?place of|i ?stället för|hellre än)\b"
        r"(?P<second>.*)",
        r"\b(?:from|från)\b(?P<first>.{1,40}?)\b(?:to|till)\b(?P<second>.{1,40})",
    )
)
# A number, a list or "no fewer than" is no negation.
_NO_NEGATION = re.compile(
    r"\bno(?:t)? (?:only|less|fewer|more|later|earlier)\b|\binte bara\b|\bno\.?(?=:? ?\d|:)",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r"[,;:.!?()–—]|\b(?:and|but|or|because|although|though|while|that|which|who|whose|until|when|where|"
    r"och|men|eller|eftersom|fast|medan|att|som|tills|när|där|apart from|except)\b",
    re.IGNORECASE,
)

_PAIRS = """
open closed|opened closed|opens closes|before after|above below|over under|more less|more fewer|
first last|first second|north south|east west|north-east south-east|north-east north-west|
higher lower|highest lowest|high low|largest smallest|longest shortest|oldest youngest|
old new|warm cold|warmest coldest|best worst|most least|increase decrease|increased decreased|
rose fell|won lost|left right|inside outside|indoors outdoors|morning evening|morning afternoon|
day night|summer winter|spring autumn|yearly monthly|annual monthly|weekly daily|full empty|
bought sold|buy sell|male female|men women|always never|early late|earlier later|start end|
begins ends|began ended|maximum minimum|allowed forbidden|gold silver|
father mother|brother sister|son daughter|wife husband|uncle aunt|
öppen stängd|öppnar stänger|före efter|ovanför nedanför|över under|mer mindre|fler färre|
första sista|norr söder|öster väster|högre lägre|högsta lägsta|hög låg|störst minst|längst kortast|
äldst yngst|gammal ny|varm kall|varmast kallast|bäst sämst|bästa sämsta|ökade minskade|steg föll|
vann förlorade|vänster höger|morgonen kvällen|dag natt|sommar vinter|vår höst|full tom|
köpte sålde|män kvinnor|alltid aldrig|tidigt sent|tillåtet förbjudet|far mor|bror syster|
son dotter
"""
_OPPOSITES: dict[str, set[str]] = {}
for _pair in _PAIRS.replace("\n", "").split("|"):
    _one, _other = _pair.split()
    _OPPOSITES.setdefault(_one, set()).add(_other)
    _OPPOSITES.setdefault(_other, set()).add(_one)

_SHARED = 0.6
"""Share of a negated clause's words from which it speaks of the same thing."""


def contradiction(claim: str, source: str) -> str:
    """What makes a claim the opposite of a stretch of its source, "" where nothing does.

    Args:
        claim: one sentence of the answer.
        source: the one or two sentences that it would rest on.
    """
    for mine, its, where in ((claim, source, "claim"), (source, claim, "source")):
        for clause in _negated(mine):
            words = _words_of(clause)
            there = _forms(its)
            shared = sum(not forms(word).isdisjoint(there) for word in words)
            if words and shared >= _SHARED * len(words) and not _denies(its, words):
                return f"only the {where} denies it: {clause.strip()}"
    return _unhedged(claim, source) or _exchanged(claim, source) or _opposite(claim, source)


def _unhedged(claim: str, source: str) -> str:
    """What the source only wishes or supposes, and the claim states."""
    if not _HEDGES.isdisjoint(tokens(claim)) or _REPORTS.search(claim):
        return ""
    there = _forms(claim)
    for clause in _clauses(source):
        words = {w for w in content_words(clause) if w not in _HEDGES}
        shared = sum(not forms(word).isdisjoint(there) for word in words)
        if not _HEDGES.isdisjoint(tokens(clause)) and shared and shared >= _SHARED * len(words):
            return f"the source does not state it: {clause.strip()}"
    return ""


def _exchanged(claim: str, source: str) -> str:
    """ "From the pier instead of the stairs" for "from the stairs instead of the pier"."""
    for pattern in _SIDES:
        mine, its = pattern.search(claim), pattern.search(source)
        if mine is None or its is None:
            continue
        first, second = _forms(its["first"]), _forms(its["second"])
        sides = (
            (mine["first"], first - second, second - first),
            (mine["second"], second - first, first - second),
        )
        kept = moved = 0
        for side, here, there in sides:
            words = [word for word in tokens(side) if word not in STOPWORDS]
            kept += sum(not forms(word).isdisjoint(here) for word in words)
            moved += sum(not forms(word).isdisjoint(there) for word in words)
        if moved > kept:
            return "what the source sets against each other is exchanged"
    return ""


def _negated(text: str) -> list[str]:
    return [clause for clause in _clauses(text) if _is_negated(clause)]


def _denies(text: str, words: set[str]) -> bool:
    """Whether a negated clause of the text speaks of the same thing."""
    for clause in _negated(text):
        there = _words_of(clause)
        shared = sum(not forms(word).isdisjoint(_forms(clause)) for word in words)
        if shared and 2 * shared >= min(len(words), len(there)):
            return True
    return False


def _words_of(clause: str) -> set[str]:
    return {w for w in content_words(_NOT.sub(" ", clause)) if w not in _NEGATIONS}


def _clauses(text: str) -> list[str]:
    return [clause for clause in _CLAUSE.split(_NO_NEGATION.sub(" ", text)) if clause.strip()]


def _is_negated(clause: str) -> bool:
    return bool(_NOT.search(clause)) or not _NEGATIONS.isdisjoint(tokens(clause))


def _opposite(claim: str, source: str) -> str:
    said, there = set(tokens(claim)), set(tokens(source))
    for word in said - there:
        for opposite in _OPPOSITES.get(word, ()):
            if opposite in there and opposite not in said:
                return f"the claim says {word}, the source {opposite}"
    return ""


def _forms(text: str) -> frozenset[str]:
    return frozenset(form for token in set(tokens(text)) for form in forms(token))
