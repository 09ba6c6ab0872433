"""Turns of a conversation, as LlamaIndex messages keep them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from llama_index.core.base.llms.types import ChatMessage, MessageRole

from mmrag.generation.answer import NOT_FOUND, Answer, Dropped
from mmrag.generation.budget import CHARACTERS_PER_TOKEN
from mmrag.generation.citations import Citation, parse_marks
from mmrag.generation.fence import neutralised
from mmrag.generation.follow_up import Topic

KEPT = "mmrag"
"""In `additional_kwargs` of an answer: the whole answer, and how its question was understood."""


@dataclass(frozen=True)
class Turn:
    """A question and its answer.

    Attributes:
        question: as it was asked.
        meant: as it was understood.
        answer: the text, with marks.
        quotes: what was cited, or the text of an answer that somebody else gave.
    """

    question: str
    meant: str
    answer: str
    quotes: tuple[str, ...]
    abstained: bool

    @property
    def leaned(self) -> bool:
        """Whether it leaned on the turn before."""
        return self.meant != self.question


def messages_of(question: str, meant: str, answer: Answer) -> list[ChatMessage]:
    """The two messages of a turn."""
    kept = {"meant": meant, **answer.as_dict()}
    return [
        ChatMessage(role=MessageRole.USER, content=question),
        ChatMessage(
            role=MessageRole.ASSISTANT, content=answer.text, additional_kwargs={KEPT: kept}
        ),
    ]


def turns_of(messages: Sequence[ChatMessage]) -> list[Turn]:
    """The turns among messages, also of a conversation that somebody else had."""
    turns, question = [], None
    for message in messages:
        content = message.content or ""
        if message.role == MessageRole.USER:
            question = content
        elif message.role == MessageRole.ASSISTANT and question is not None:
            kept = message.additional_kwargs.get(KEPT) or {}
            cited = tuple(citation["quote"] for citation in kept.get("citations", ()))
            silent = bool(kept.get("abstained", content.startswith(NOT_FOUND)))
            quotes = () if silent else cited or (parse_marks(content)[0],)
            meant = kept.get("meant", question)
            turns.append(Turn(question, meant, content, quotes, silent))
            question = None
    return turns


def topic_of(turns: Sequence[Turn]) -> Topic | None:
    """What the next question may lean on.

    A follow-up that was not answered changes nothing. A question of its own that was not answered
    is the topic all the same: who asks "how high is it" next does not mean what was spoken of
    before.
    """
    for turn in reversed(turns):
        if not (turn.abstained and turn.leaned):
            return Topic(turn.meant, turn.quotes)
    return None


def said_on_topic(turns: Sequence[Turn]) -> frozenset[str]:
    """What was quoted since the last question that stood alone."""
    quotes: set[str] = set()
    for turn in reversed(turns):
        quotes.update(turn.quotes)
        if not turn.leaned:
            break
    return frozenset(quotes)


def as_data(
    turns: Sequence[Turn], *, tokens: int, unanswered: str | None = None
) -> list[ChatMessage]:
    """The latest turns as a language model may see them: bare, harmless and bounded.

    Earlier answers hold words of the files, which are data there as much as in the sources.

    Args:
        tokens: what they may come to, counted cautiously; the oldest go first.
        unanswered: what stands for the answer where there was none; None leaves such turns out,
            for they teach a model to answer nothing.
    """
    room = tokens * CHARACTERS_PER_TOKEN
    latest: list[ChatMessage] = []
    for turn in reversed(turns):
        if turn.abstained and unanswered is None:
            continue
        told = unanswered if turn.abstained else neutralised(parse_marks(turn.answer)[0])
        asked = neutralised(turn.question)
        room -= len(asked) + len(told or "")
        if room < 0:
            break
        latest[:0] = [
            ChatMessage(role=MessageRole.USER, content=asked),
            ChatMessage(role=MessageRole.ASSISTANT, content=told),
        ]
    return latest


def last_answer(messages: Sequence[ChatMessage]) -> Answer | None:
    """The last answer of a conversation as it was given, with its citations; None if there is none.

    Raises:
        TypeError, KeyError: what was kept of it is not what `messages_of` keeps.
    """
    for message in reversed(messages):
        if kept := message.additional_kwargs.get(KEPT):
            return _answer_from(kept)
    return None


def _answer_from(kept: dict[str, Any]) -> Answer:
    citations = []
    for row in kept["citations"]:
        box = row["bbox"]
        citations.append(Citation(**{**row, "bbox": tuple(box) if box else None}))
    given = {field.name: kept[field.name] for field in fields(Answer) if field.name in kept}
    dropped = tuple(Dropped(**row) for row in kept["dropped"])
    return Answer(
        **{**given, "text": kept["answer"], "citations": tuple(citations), "dropped": dropped}
    )
