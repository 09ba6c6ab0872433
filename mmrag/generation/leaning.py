"""Whether a question leans on what was said before: pronouns, fragments, "the second one".

English and Swedish, by function words. A pronoun whose antecedent stands in the same question does
not lean: a possessive may mean a noun before it ("where did Anna Lind keep her goats"), any other
one only a noun of an earlier clause ("who built the hut and when was it painted"). That is
principle B of binding theory (Chomsky 1981), as far as it can be seen without a parser.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mmrag.words import STOPWORDS, content_words, tokens

OPENER = re.compile(
    r"^\W*(?:(?:and|but|so|or|also|och|men|eller)\b\W*)?"
    r"(?:(?:what|how) about\b|what of\b|hur (?:är|var) det med\b|vad gäller\b)?\W*",
    re.IGNORECASE,
)
PERSONS = frozenset("he she him han hon honom".split())
POSSESSIVES = frozenset("his her hers their theirs its hans hennes deras dess".split())
_THINGS = frozenset("it they them dem".split())
_ALSO_ARTICLES = frozenset("den det de".split())  # "den kostade" leans, "den gamla stugan" does not

ORDINAL = re.compile(
    r"\b(?:the\s+(first|second|third|fourth|last|other)\s+ones?|"
    r"den\s+(första|andra|tredje|fjärde|sista)(?!\s+[^\W\d_]{3,}))\b",
    re.IGNORECASE,
)
_BACKWARD = re.compile(
    r"\b(?:(?:is|was|were|are|did|does|do|of|about|after|before|for|with|by|since|because of)\s+"
    r"(?:this|that|these|those)|(?:this|that|which) ones?|(?:by|until|since|from) then|"
    r"(?:that|same) (?:year|day|month|time)|elsewhere|(?:what|who|where|anything|anyone) else|"
    r"(?:tell me|say|know) more|afterwards|det året|samma år|den dagen|därefter|innan dess|"
    r"vilken av|berätta mer)\b|\b(?:there|där|dit|then|då)\W*$|^\W*(?:more|others?|mer|fler)\W*$",
    re.IGNORECASE,
)
_EXPLETIVE = re.compile(
    r"\b(?:it\s+(?:cost|take)s?\b.*\bto\b|it\s+(?:possible|true|likely|rain|snow)\w*|"
    r"(?:finns|fanns|är|var)\s+det\s+[^\W\d_]{3,})",
    re.IGNORECASE,
)
_JOINT = re.compile(
    r"\b(?:and|when|before|after|while|because|if|who|which|that|since|until|"
    r"och|när|innan|efter|medan|eftersom|som|att|sedan)\b",
    re.IGNORECASE,
)
_NOUN = re.compile(
    r"\b(?:the|an?|this|that|my|our|every|den|det|de|en|ett)\s+[^\W\d_]{3,}|"
    r"(?<!^)(?<!\.\s)\b[A-ZÅÄÖ]\w+"
)
_SWEDISH = re.compile(r"\b(?:vad|vem|när|hur|varför|vilke[nt]|vilka|och|var)\b", re.IGNORECASE)
_SWEDISH_NOUN = re.compile(r"\b[^\W\d_]{3,}(?:[aeörl]n|et|na)\b")
_MORE = frozenset("else tell say know further annat mera berätta".split())
_ASKING = frozenset(
    """
    who what when where why which whose whom how
    vem vad när var varför vilken vilket vilka hur vems
    """.split()
)
_VERBS = frozenset(
    """
    is are was were be been do does did has have had can could will would shall should may might
    must am är var blev har hade gör gjorde kan kunde ska skulle finns fanns
    """.split()
)


def leans(question: str) -> bool:
    """Whether a question means something of an earlier turn."""
    rest = opened(question)
    return bool(
        is_fragment(question)
        or ORDINAL.search(rest)
        or _BACKWARD.search(rest)
        or next(pronouns(rest), None)
    )


def opened(question: str) -> str:
    """A question without "and", "but what about" and the like before it."""
    return question[OPENER.match(question).end() :].strip()  # type: ignore[union-attr]  # may be ""


def asks_for_more(question: str) -> bool:
    """Whether it asks for nothing but more: "what else?", "tell me more"."""
    return _MORE.issuperset(content_words(opened(question)))


def asks(question: str) -> bool:
    """Whether a question word stands at its front: "who", "since when", "and for how long"."""
    return not _ASKING.isdisjoint(tokens(opened(question))[:2])


def swedish_nouns(text: str) -> list[str]:
    """Words with the Swedish article at their end, in a text with Swedish function words."""
    return _SWEDISH_NOUN.findall(text) if _SWEDISH.search(text) else []


def is_fragment(question: str) -> bool:
    """Whether it is no whole question: "in 1962?", "and the hut?", "how high?", "why?"."""
    rest = opened(question)
    words, content = tokens(rest), content_words(rest)
    if not words or not _VERBS.isdisjoint(words[1:] if words[0] == "var" else words):
        return False  # "var" asks where, and was
    if asks(question):
        return len(content) <= 1
    told = rest != question.strip() or question.rstrip().endswith("?")
    return told and len(content) <= 3


def pronouns(rest: str) -> Iterator[re.Match[str]]:
    """The pronouns of a question that mean nothing in it."""
    expletive = _EXPLETIVE.search(rest)
    for found in re.finditer(r"[^\W\d_]+", rest):
        if expletive and expletive.start() <= found.start() < expletive.end():
            continue
        word, after = found.group().casefold(), rest[found.end() :]
        if word in POSSESSIVES or (word in _ALSO_ARTICLES and _is_alone(after)):
            pass
        elif word not in PERSONS | _THINGS:
            continue
        before = rest[: found.start()]
        owning = word in POSSESSIVES and re.match(r"\s+\w", after)
        if not _has_noun(before if owning else _earlier_clauses(before)):
            yield found


def _is_alone(after: str) -> bool:
    following = tokens(after)[:1]
    return not following or following[0] in STOPWORDS or following[0] == "år"


def _earlier_clauses(before: str) -> str:
    joints = list(_JOINT.finditer(before))
    return before[: joints[-1].start()] if joints else ""


def _has_noun(text: str) -> bool:
    return bool(_NOUN.search(text) or swedish_nouns(text))
