"""What a category looks for in words as they are written: word lists, patterns, personal data."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import regex

from mmrag.generation.lookalikes import skeleton, visible
from mmrag.tasks.moderation.personal import find_personal, masked
from mmrag.tasks.moderation.policy import Category

PATTERN_SECONDS = 0.5
"""A pattern may look so long at one passage. One that has not come to an end counts as found, for
a text that is made to keep it busy must not pass by that."""

_WORD = re.compile(r"[\w\u0300-\u036f'’]+")


@dataclass(frozen=True)
class Match:
    """Something that a category looks for, from character `start` to before `end` of a text.

    Attributes:
        how: "word", the name of a pattern, or a kind of personal data.
        shown: what is told of it: words of a list as they are, anything else masked.
    """

    how: str
    shown: str
    start: int
    end: int


class Lexicon:
    """What one category looks for in texts.

    Words are whole words of one list entry in a row, compared after case folding (Unicode's), with
    letters that look like Latin ones taken for them, accents composed, and without what shows
    nothing. Digits that stand for letters ("h4te") are not undone.
    """

    def __init__(self, category: Category) -> None:
        self._entries = {tuple(w for w, _, _ in _words(entry)) for entry in category.words}
        self._entries.discard(())
        self._longest = max(map(len, self._entries), default=0)
        self._patterns = {name: regex.compile(p) for name, p in category.patterns.items()}
        self._personal = category.personal

    def find(self, text: str) -> list[Match]:
        """All that stands in a text, in the order in which it is looked for."""
        seen = _Seen(text)
        return [*self._listed(seen), *self._matched(seen), *self._private(seen)]

    def _listed(self, seen: _Seen) -> Iterator[Match]:
        if not self._entries:
            return
        words = list(_words(seen.text))
        for at in range(len(words)):
            for count in range(min(self._longest, len(words) - at), 0, -1):
                stretch = words[at : at + count]
                if tuple(word for word, _, _ in stretch) in self._entries:
                    start, end = stretch[0][1], stretch[-1][2]
                    yield seen.match("word", seen.text[start:end], start, end)
                    break

    def _matched(self, seen: _Seen) -> Iterator[Match]:
        for name, pattern in self._patterns.items():
            try:
                for found in pattern.finditer(seen.text, timeout=PATTERN_SECONDS):
                    if found.end() > found.start():
                        yield seen.match(name, masked(found.group()), *found.span())
            except TimeoutError:
                said = f"not searched to the end within {PATTERN_SECONDS} s"
                yield seen.match(name, said, 0, len(seen.text))

    def _private(self, seen: _Seen) -> Iterator[Match]:
        for found in find_personal(skeleton(seen.text), self._personal):
            shown = masked(seen.text[found.start : found.end])
            yield seen.match(found.kind, shown, found.start, found.end)


class _Seen:
    """A text without what shows nothing, and where its characters stand in the whole."""

    def __init__(self, text: str) -> None:
        self.whole, self.text = text, visible(text)

    @cached_property
    def _places(self) -> Sequence[int]:
        if self.text == self.whole:
            return range(len(self.whole))
        return [place for place, character in enumerate(self.whole) if visible(character)]

    def match(self, how: str, shown: str, start: int, end: int) -> Match:
        """A match with its place in the whole text."""
        if start == end:
            return Match(how, shown, 0, len(self.whole))
        return Match(how, shown, self._places[start], self._places[end - 1] + 1)


def _words(text: str) -> Iterator[tuple[str, int, int]]:
    """Each word as it is compared, and where it stands."""
    for found in _WORD.finditer(text):
        composed = unicodedata.normalize("NFC", found.group())
        folded = unicodedata.normalize("NFKC", skeleton(composed).casefold())
        if bare := folded.replace("’", "'").strip("'"):
            yield bare, found.start(), found.end()
