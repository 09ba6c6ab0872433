"""Words that stand in a claim where its source has others: "salt cod" for "salt herring"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from mmrag.generation.said import Said
from mmrag.words import STOPWORDS, forms, tokens


def swapped(claim: Said, stretch: Said) -> list[str]:
    """The words that stand in the claim where the source has others.

    A place is known by the content word on either side, or by two words before it, or by one on
    each: "by a goat" for "by a cow", "salt cod" for "salt herring".
    """
    there = _places(stretch)
    spelt = _spelt(claim)
    found = []
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
            found.append(word)
    return found


@lru_cache(maxsize=4096)
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
    for part in reversed(said.figures):
        text = f"{text[: part.start]} 0 {text[part.end :]}"
    return ["a" if token == "an" else token for token in tokens(text)]
