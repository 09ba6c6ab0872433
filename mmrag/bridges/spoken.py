"""Spoken words and their times: two hearings of the same words made one, words made passages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from llama_index.core.schema import Node

from mmrag.modalities import Modality
from mmrag.schema import FILE_PATH, MIMETYPE, Provenance, Span, build_node, provenance_of

PASSAGE_WORDS = 60
PASSAGE_WORDS_MAX = 90
PAUSE_MS = 600
"""A silence this long between words reads as a full stop."""

SAME_MS = 500
"""Two hearings of a word give times that differ by less."""


@dataclass(frozen=True)
class Word:
    """A spoken word and when it is heard, in milliseconds from the start of the recording."""

    text: str
    start_ms: int
    end_ms: int

    @property
    def middle_ms(self) -> float:
        return (self.start_ms + self.end_ms) / 2


def changeover(before: Sequence[Word], after: Sequence[Word], *, at_ms: float) -> tuple[int, int]:
    """Where to pass from one hearing to the next, which overlap around `at_ms`: (i, j).

    `before[:i]` and `after[j:]` have each word once. A hearing is surest far from its edges, so the
    two meet at the word nearest to `at_ms` that both have at about the same time. Where they agree
    on none, time alone decides.
    """
    shared = [
        (abs(old.middle_ms - at_ms) + abs(old.middle_ms - new.middle_ms), i, j)
        for i, old in enumerate(before)
        for j, new in enumerate(after)
        if abs(old.middle_ms - new.middle_ms) < SAME_MS and _key(old) == _key(new)
    ]
    if shared:
        _, i, j = min(shared)
        return i, j
    i = next((i for i, word in enumerate(before) if word.middle_ms >= at_ms), len(before))
    end = before[i - 1].end_ms if i else 0
    return i, next((j for j, word in enumerate(after) if word.middle_ms >= end), len(after))


def _key(word: Word) -> str:
    return re.sub(r"\W", "", word.text).casefold()


def cut_at_pauses(words: Sequence[Word]) -> list[list[Word]]:
    """Group words into passages that end at a pause or the end of a sentence.

    From PASSAGE_WORDS on the first good place is taken; at PASSAGE_WORDS_MAX the longest pause
    within the passage's second half.
    """
    groups: list[list[Word]] = []
    rest = list(words)
    while len(rest) > PASSAGE_WORDS:
        cut = _passage_end(rest)
        groups.append(rest[:cut])
        rest = rest[cut:]
    if rest:
        # a few words left over read better with what they followed
        room = PASSAGE_WORDS_MAX - len(groups[-1]) if groups else 0
        if len(rest) < min(PASSAGE_WORDS // 4, room + 1):
            groups[-1].extend(rest)
        else:
            groups.append(rest)
    return groups


def _passage_end(words: Sequence[Word]) -> int:
    last = min(len(words), PASSAGE_WORDS_MAX)
    for i in range(PASSAGE_WORDS, last):
        if words[i - 1].text.endswith((".", "?", "!")) or _pause(words, i) >= PAUSE_MS:
            return i
    middle = range(PASSAGE_WORDS // 2, last)
    return max(middle, key=lambda i: _pause(words, i))


def _pause(words: Sequence[Word], i: int) -> int:
    return words[i].start_ms - words[i - 1].end_ms


def spoken_node(node: Node, text: str, spans: Sequence[Span], *, via: str) -> Node:
    """A passage of what is said in the recording that `node` is of, with the times of its spans."""
    where = provenance_of(node)
    heard = Provenance(
        where.source,
        start_ms=spans[0].start_ms,
        end_ms=max(span.end_ms for span in spans if span.end_ms is not None),
        heading=where.heading,
    )
    return build_node(
        text,
        heard,
        modality=Modality.AUDIO,
        mimetype=node.metadata[MIMETYPE],
        path=node.metadata[FILE_PATH],
        spans=spans,
        via=via,
    )
