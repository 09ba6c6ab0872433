"""How much of the sources and of the conversation fits into a model's context.

A server cuts a prompt that is too long without a word, and it cuts the best sources first. So it is
counted here, by an estimate that tokenizers hardly ever exceed, and cut at the ends of sentences.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.schema import BaseNode

from mmrag.generation.ollama.budget import PER_MESSAGE, tokens_at_most
from mmrag.loaders.sentences import sentences
from mmrag.schema import text_of

LEAST = 48
"""Tokens below which a source says too little to be worth its place."""
GAP = " … "
CHARACTERS_PER_TOKEN = 2.5
"""A cautious figure for a whole conversation: English has about four, Swedish three."""


@dataclass(frozen=True)
class Excerpt:
    """What of a source is read.

    Attributes:
        cut: whether some of it was left out.
        tokens: of it and of what stands around it.
    """

    text: str
    cut: bool
    tokens: int


def tokens_of(*texts: str) -> int:
    """Tokens of messages, at most."""
    return sum(tokens_at_most(text) + PER_MESSAGE for text in texts)


def latest(history: Sequence[ChatMessage], *, room: int) -> list[ChatMessage]:
    """The last messages that fit into `room` tokens, beginning with one of the user."""
    kept = len(history)
    while kept and (room := room - tokens_of(history[kept - 1].content or "")) >= 0:
        kept -= 1
    while kept < len(history) and history[kept].role != "user":
        kept += 1
    return list(history[kept:])


def excerpts(
    nodes: Sequence[BaseNode],
    *,
    room: int,
    quotes: Mapping[str, tuple[int, int]],
    beside: Iterable[int] = (),
) -> list[Excerpt]:
    """What of each source fits into `room` tokens; the last ones may go altogether.

    All get the same room, and what short ones do not need, the others have. At least the best
    source is there, however small the room.

    Args:
        nodes: the best first.
        quotes: by node id, the characters that matter most; else it is the beginning that does.
        beside: tokens that each needs beside its text.
    """
    around = list(beside) or [0] * len(nodes)
    needed = [tokens_at_most(text_of(node)) for node in nodes]
    count = len(nodes)
    while count > 1:
        free = room - sum(around[:count])
        if free >= sum(min(need, LEAST) for need in needed[:count]):
            break
        count -= 1
    shares = _shared(needed[:count], max(room - sum(around[:count]), LEAST))
    kept = []
    for node, need, share, extra in zip(nodes[:count], needed, shares, around, strict=False):
        text = text_of(node)
        if share < need:
            text = _excerpt(text, quotes.get(node.node_id, (0, 0)), share)
        kept.append(Excerpt(text, share < need, tokens_at_most(text) + extra))
    return kept


def _shared(needed: Sequence[int], room: int) -> list[int]:
    """Room by need: nobody gets more than that, and those who need more get equal shares."""
    shares = [0] * len(needed)
    left, open_ = room, sorted(range(len(needed)), key=lambda n: needed[n])
    while open_:
        first = open_.pop(0)
        shares[first] = min(needed[first], left // (len(open_) + 1))
        left -= shares[first]
    return shares


def _excerpt(text: str, quote: tuple[int, int], room: int) -> str:
    """Whole sentences around the quote, as many as fit; of a longer one the beginning."""
    places = sentences(text)
    inside = [n for n, (a, b) in enumerate(places) if a < quote[1] and b > quote[0]] or [0]
    first, last = inside[0], inside[-1]

    def taken(one: int, other: int) -> str:
        before = GAP.lstrip() if one else ""
        after = GAP.rstrip() if other + 1 < len(places) else ""
        return f"{before}{text[places[one][0] : places[other][1]]}{after}"

    def fits(one: int, other: int) -> bool:
        there = one >= 0 and other < len(places)
        return there and tokens_at_most(taken(one, other)) <= room

    wider = [(first, last + 1), (first - 1, last)]
    while ends := next((ends for ends in wider if fits(*ends)), None):
        grew_after = ends[1] > last
        first, last = ends
        wider = [(first, last + 1), (first - 1, last)]
        if grew_after:  # both sides in turn
            wider.reverse()
    return _shortened(taken(first, last), room)


def _shortened(words: str, room: int) -> str:
    if tokens_at_most(words) <= room:
        return words
    while len(words) > 1 and tokens_at_most(words + GAP) > room:
        words = words[: len(words) * 7 // 8]
    return words.rpartition(" ")[0] + GAP.rstrip() if " " in words else words + GAP.rstrip()
