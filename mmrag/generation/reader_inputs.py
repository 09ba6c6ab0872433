"""What the reading model is given: a question and a passage as token numbers with their places."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mmrag.words import content_words, forms

if TYPE_CHECKING:
    from tokenizers import Tokenizer

CLS, SEP, PAD = 101, 102, 0  # of BERT's English vocabulary
QUESTION, NOWHERE = -1, -2
LONGEST_QUESTION, LONGEST = 64, 320  # tokens

PLAIN, MET, UNMET, OTHER, SHARED = range(5)
"""Tags. In the question: a function word, a word that the passage says, one that it does not. In
the passage: any word, one that the question says too."""
TAGS = 5

_CHUNK = re.compile(r"\S+")


@dataclass(frozen=True)
class Encoded:
    """One question with one passage, laid out as CLS question SEP passage SEP.

    Attributes:
        ids: token numbers.
        where: for each token the item of the passage that it is of, QUESTION, or NOWHERE.
        tags: for each token PLAIN, MET, UNMET, OTHER or SHARED.
        starts: for each token, the character of its item at which it begins.
    """

    ids: list[int] = field(default_factory=list)
    where: list[int] = field(default_factory=list)
    tags: list[int] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)

    def put(self, number: int, where: int = NOWHERE, tag: int = PLAIN, start: int = 0) -> None:
        """Append a token."""
        self.ids.append(number)
        self.where.append(where)
        self.tags.append(tag)
        self.starts.append(start)


def encode(tokenizer: Tokenizer, question: str, items: Sequence[str]) -> Encoded:
    """Lay out a question and the items of a passage: its title first, then its sentences.

    What is past LONGEST_QUESTION and LONGEST is left out.
    """
    asked, said = _forms(question), frozenset().union(*map(_forms, items))
    row = Encoded()
    row.put(CLS)
    _text(row, tokenizer, question, QUESTION, said, (PLAIN, MET, UNMET), LONGEST_QUESTION)
    row.put(SEP)
    for place, item in enumerate(items):
        _text(
            row, tokenizer, item, place, asked, (OTHER, SHARED, OTHER), LONGEST - 1 - len(row.ids)
        )
    row.put(SEP)
    return row


def _text(
    row: Encoded,
    tokenizer: Tokenizer,
    text: str,
    place: int,
    others: frozenset[str],
    tags: tuple[int, int, int],
    room: int,
) -> None:
    if room <= 0:
        return
    text = text[: 12 * room]  # hardly ever so many characters a token; spares a book its reading
    chunks = [(m.end(), _tag(m.group(), others, *tags)) for m in _CHUNK.finditer(text)]
    found = tokenizer.encode(text, add_special_tokens=False)
    at = 0
    for number, (start, _) in zip(found.ids[:room], found.offsets[:room], strict=True):
        while at < len(chunks) - 1 and chunks[at][0] <= start:
            at += 1
        row.put(number, place, chunks[at][1], start)


def _tag(chunk: str, others: frozenset[str], plain: int, there: int, absent: int) -> int:
    words = content_words(chunk)
    if not words:
        return plain
    return there if any(not forms(word).isdisjoint(others) for word in words) else absent


def _forms(text: str) -> frozenset[str]:
    return frozenset(form for word in content_words(text) for form in forms(word))
