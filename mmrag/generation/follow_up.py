"""What a follow-up means: the question that would be asked if nothing had been said before.

By rule, for there may be no language model. A fragment takes the place of its like in the question
before ("and in 1962?"); a pronoun is replaced by what it stands for; whatever else is missing is
put behind the question in brackets, where search and the weighing of quotes see it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mmrag.generation.leaning import (
    ORDINAL,
    PERSONS,
    POSSESSIVES,
    asks,
    is_fragment,
    leans,
    opened,
    pronouns,
    swedish_nouns,
)
from mmrag.words import STOPWORDS, content_words, forms, tokens

CARRIED = 12
"""Words carried into a follow-up at most; a topic of more is none."""
LONGEST = 300
"""Characters of a question that another can be built into."""

_NAME = re.compile(r"[A-ZÅÄÖ][\w'’-]+(?:\s+[A-ZÅÄÖ][\w'’-]+)*")
_NUMBER = re.compile(r"\b\d+(?:[.,]\d+)*\b")
_MONTH = re.compile(
    r"\b(?:jan(?:uary|uari)|feb(?:ruary|ruari)|mar(?:ch|s)|april|may|maj|jun[ei]|jul[yi]|"
    r"august[i]?|september|o[ck]tober|november|december)\b",
    re.IGNORECASE,
)
_THING = re.compile(
    r"(?:\b(?P<before>\w+)\s+)?(?P<noun>\b(?:the|this|that|an?|its|his|her|their)"
    r"(?:\s+[^\W\d_][\w'’-]*)+)",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b[12]\d{3}\b")
_ARTICLES = frozenset("the this that a an its his her their".split())
_YEAR_MEANT = re.compile(r"\b(?:then|that year|same year|då|det året|samma år)\b", re.IGNORECASE)
_COUNTED = re.compile(r"(?<=how many )\w+|(?<=how much )\w+|(?<=hur många )\w+", re.IGNORECASE)
_WHO = re.compile(r"\b(?:who|whose|whom|vem|vems)\b", re.IGNORECASE)
_WHO_IS = re.compile(r"\b([Ww]ho|[Vv]em) (is|was|are|were|är|var) [A-ZÅÄÖ]")  # gives the name
_NTH = {
    "first": 0, "second": 1, "third": 2, "fourth": 3, "last": -1, "other": 1,
    "första": 0, "andra": 1, "tredje": 2, "fjärde": 3, "sista": -1,
}  # fmt: skip
# Before a noun phrase, these tell that its last word is the verb: "did the aneroid barometer cost".
_BEFORE_VERB = frozenset("do does did has have had can could will would should must may".split())
_BEFORE_PARTICIPLE = frozenset("is are was were".split())
_PARTICIPLE = re.compile(
    r"\w+ed|bought|sold|built|held|made|found|given|taken|written|kept|lost|left|broken|born|sent|"
    r"paid|set|put|cut|read|drawn|begun|worn"
)


@dataclass(frozen=True)
class Topic:
    """What the conversation is about.

    Attributes:
        question: the last question, as it was understood.
        quotes: what answered it; nothing where it was not answered.
    """

    question: str
    quotes: tuple[str, ...] = ()


def understood(question: str, topic: Topic | None) -> str:
    """The question as it stands alone; itself if it leans on nothing, or nothing was said."""
    if topic is None or not leans(question):
        return question
    if is_fragment(question) and not asks(question):
        return _in_place(question, topic)
    rest = _referred(question.strip(), topic)
    found = _name_words(topic.question) if rest != question.strip() else _carried(topic)
    if _YEAR_MEANT.search(question) and topic.quotes:
        found = [*found, *_YEAR.findall(topic.quotes[0])[:1]]
    return _with(rest, _missing(found, rest))


def _in_place(question: str, topic: Topic) -> str:
    """The last question with the fragment in the place of what it is like."""
    base = topic.question if len(topic.question) <= LONGEST else " ".join(_carried(topic))
    bare = opened(question).strip(" ?.!")
    part, whole = _referred(bare, topic), base
    if part != bare:  # "her goats?" asks for something else of the same
        stem = base.rstrip(" ?")
        owners = (_person(topic), _thing(topic.question))
        owner = next((o for o in owners if o and part.startswith(o) and stem.endswith(o)), "")
        return f"{stem.removesuffix(owner).rstrip()} {part}?"
    for kind in (_MONTH.finditer, _NUMBER.finditer, _names):
        old, new = list(kind(base)), list(kind(part))
        if old and new:
            whole = whole.replace(old[-1].group(), new[-1].group())
    if whole == base and (old_thing := _thing(base)) and (new_thing := _thing(part)):
        whole = base.replace(old_thing, new_thing)
    if whole == base and " " not in part:
        whole = _COUNTED.sub(part.replace("\\", ""), base)
    if whole == base:
        return f"{base.rstrip(' ?')} {part}?"
    return _with(whole, _missing(re.findall(r"[\w'’-]+", part), whole))


def _referred(text: str, topic: Topic) -> str:
    """With "the second one", or the first pronoun, replaced by what it stands for, if known."""
    if nth := ORDINAL.search(text):
        return _replaced(text, nth.span(), _focus(nth, topic))
    if pronoun := next(pronouns(text), None):
        return _replaced(text, pronoun.span(), _antecedent(pronoun.group(), topic))
    return text


def _missing(words: Sequence[str], text: str) -> str:
    """Those of the words that carry meaning and do not stand in a text."""
    there = {form for token in tokens(text) for form in forms(token)}
    kept = [w for w in words if any(forms(t).isdisjoint(there) for t in content_words(w))]
    return " ".join(dict.fromkeys(kept[:CARRIED]))


def _antecedent(pronoun: str, topic: Topic) -> str | None:
    word = pronoun.casefold()
    person = word in PERSONS or word in {"his", "her", "hers", "hans", "hennes"}
    found = _person(topic) if person else _thing(topic.question)
    if found and word in POSSESSIVES:
        return f"{found}s" if word in {"hans", "hennes", "deras", "dess"} else f"{found}'s"
    return found


def _person(topic: Topic) -> str | None:
    """A name: of the answer to a question for one, else of the question, else of the answer."""
    asked = [match.group() for match in _names(topic.question)]
    told = [_untitled(m.group(), topic) for quote in topic.quotes for m in _names(quote)]
    told = [name for name in told if name and name not in asked]
    wanted = _WHO.search(topic.question) and not _WHO_IS.search(topic.question)
    order = [*told, *asked] if wanted else [*asked, *told]
    return order[0] if order else None


def _untitled(name: str, topic: Topic) -> str:
    """ "Observer Anna Lind" without the word that the question says in small letters."""
    words = name.split()
    while words and words[0].casefold() in topic.question:
        words.pop(0)
    return " ".join(words)


def _thing(text: str) -> str | None:
    """The last noun phrase with an article, without the verb that may follow it."""
    plain = text.partition(" (")[0]
    for found in reversed(list(_THING.finditer(plain))):
        words = _until_function_word(found["noun"].split())
        before = (found["before"] or "").casefold()
        ends = not plain[found.end() :].strip(" ?.!") and len(words) == len(found["noun"].split())
        if ends and len(words) > 2:
            last = words[-1].casefold()
            participle = before in _BEFORE_PARTICIPLE and _PARTICIPLE.fullmatch(last)
            if before in _BEFORE_VERB or participle:
                words.pop()
        if len(words) > 1:
            return " ".join(words)
    definite = [word for word in swedish_nouns(plain) if word.casefold() not in STOPWORDS]
    return definite[-1] if definite else None


def _until_function_word(words: Sequence[str]) -> list[str]:
    """A noun phrase; of "the ice stop the anemograph", a clause, its object."""
    kept = [words[0]]
    for word in words[1:]:
        if word.casefold() in _ARTICLES and len(kept) > 1:
            kept = []
        elif word.casefold() in STOPWORDS:
            break
        kept.append(word)
    return kept


def _focus(nth: re.Match[str], topic: Topic) -> str | None:
    """What the n-th quote of the last answer is about: its names, or its first words."""
    number = _NTH[next(filter(None, nth.groups())).casefold()]
    if not -1 <= number < len(topic.quotes):
        return None
    quote = topic.quotes[number]
    found = [match.group() for match in _names(quote)]
    return " ".join(found[:2]) if found else " ".join(content_words(quote)[:4])


def _names(text: str) -> list[re.Match[str]]:
    """Capitalised words in a row that are names as far as one can see."""
    found = []
    for match in _NAME.finditer(text):
        first = match.group().split()[0]
        opens = (
            not text[: match.start()].strip(" \n-*") or text[: match.start()].rstrip()[-1] in ".!?:"
        )
        if first.casefold() in STOPWORDS or (opens and " " not in match.group()):
            continue
        found.append(match)
    return found


def _name_words(text: str) -> list[str]:
    return [word for match in _names(text) for word in match.group().split()]


def _carried(topic: Topic) -> list[str]:
    """Names, figures and content words of the last question, and names of who answered it."""
    words = content_words(topic.question)
    if len(words) > CARRIED:
        words = tokens(" ".join(_name_words(topic.question)))[:CARRIED]
    spelt = {t: w for w in re.findall(r"[\w'’-]+", topic.question) for t in tokens(w)}
    names = _name_words(topic.quotes[0]) if topic.quotes and _WHO.search(topic.question) else []
    return [*(spelt.get(word, word) for word in words), *names]


def _replaced(text: str, span: tuple[int, int], by: str | None) -> str:
    return text if by is None else f"{text[: span[0]]}{by}{text[span[1] :]}"


def _with(question: str, words: str) -> str:
    return f"{question.rstrip(' ?')} ({words})?" if words else question
