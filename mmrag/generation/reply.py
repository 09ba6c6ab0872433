"""The reply of a language model as sentences, while it is still being written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from mmrag.generation.citations import MARK
from mmrag.loaders.sentences import sentences

if TYPE_CHECKING:
    from llama_index.core.base.llms.types import ChatMessage
    from llama_index.core.llms import LLM

_THINKING = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL | re.IGNORECASE)
_STOP_BEFORE_MARK = re.compile(r"[.!?](?=\s*[\[【［(])")
_BETWEEN = re.compile(r"[\s,]*")
_DECORATION = re.compile(r"^(?:[-*•–]|\d{1,2}[.)]|#{1,6})\s+|\*\*|__")
_OPENS_MARK = re.compile(r"[\s.]*[\[【［(]")
_LEAD_IN = re.compile(
    r"^(?:according to|based on|as (?:stated|mentioned|described) in|enligt)\s+(?:the\s+)?"
    r"(?:provided\s+|given\s+)?(?:(?P<source>(?:source|källa)\s+\d{1,3})|sources?|documents?|"
    r"passages?|context|texts?|källan|källorna|texten)\s*,\s*(?P<first>\w)",
    re.IGNORECASE,
)


def complete_sentences(deltas: Iterable[str]) -> Iterator[str]:
    """The sentences of a reply, each as soon as the next one has begun.

    Marks behind a full stop belong to the sentence before; thoughts, bullets and bold type go.
    """
    text, told = "", 0
    for delta in deltas:
        text += delta
        found = _split(text)
        # behind the last full stop a mark may still be coming
        ready = len(found) - 1 if found and not _OPENS_MARK.match(found[-1]) else len(found) - 2
        for sentence in found[told : max(told, ready)]:
            yield _plain(sentence)
        told = max(told, ready)
    for sentence in _split(text)[told:]:
        yield _plain(sentence)


def deltas_of(llm: LLM, chat: list[ChatMessage]) -> Iterator[str]:
    """What a model says, bit by bit; at once where it cannot stream."""
    said = ""
    try:
        for response in llm.stream_chat(chat):
            whole = response.message.content or ""
            delta = response.delta if response.delta is not None else whole[len(said) :]
            said += delta
            yield delta
    except NotImplementedError:
        if said:
            raise
        yield llm.chat(chat).message.content or ""


def _split(text: str) -> list[str]:
    text = _marks_inside(_THINKING.sub("", text)).strip()
    return [text[start:end] for start, end in sentences(text)]


def _marks_inside(text: str) -> str:
    """ "Snow fell. [2]" as "Snow fell [2]."; both mean the same."""
    parts, done = [], 0
    for stop in _STOP_BEFORE_MARK.finditer(text):
        end = stop.end()
        while mark := MARK.match(text, _after(text, end)):
            end = mark.end()
        if end > stop.end() and stop.start() >= done:
            parts += [text[done : stop.start()], text[stop.end() : end], stop.group(), " "]
            done = end
    return "".join((*parts, text[done:]))


def _after(text: str, place: int) -> int:
    between = _BETWEEN.match(text, place)
    return between.end() if between else place


def _plain(sentence: str) -> str:
    sentence = _DECORATION.sub("", sentence)
    lead = _LEAD_IN.match(sentence)
    if lead is None:
        return sentence
    rest = lead["first"].upper() + sentence[lead.end() :]
    return f"{rest} [{lead['source']}]" if lead["source"] else rest
