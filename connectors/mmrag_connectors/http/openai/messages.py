"""From the messages of a conversation to a question and what was said before it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel

from mmrag_connectors.hosting.calls import Said
from mmrag_connectors.http.openai.citations import without_sources
from mmrag_connectors.http.openai.requests import (
    AudioPart,
    FilePart,
    ImagePart,
    Message,
    RefusalPart,
    TextPart,
)
from mmrag_connectors.http.problems import Problem

P = TypeVar("P", bound=BaseModel)

LATEST = 50
"""Earlier messages that are looked at; what is asked leans on the last few."""


@dataclass(frozen=True)
class Asked:
    """What a conversation asks.

    Attributes:
        image: a picture as the data: address that came.
        audio: a recording in Base64.
        earlier: what was said before, the answers without their lists of sources.
    """

    words: str
    image: str | None
    audio: str | None
    earlier: tuple[Said, ...]


def asked_by(messages: Sequence[Message]) -> Asked:
    """The last message as the question, and the others before it.

    System and developer messages are not passed on: how answers are written is not up to whoever
    asks, for then it would be up to them whether answers are grounded. Of earlier messages only the
    words are.

    Raises:
        Problem: the last message is none of the user's, or has parts that cannot be asked with.
    """
    spoken = [message for message in messages if message.role not in ("system", "developer")]
    if any(message.role in ("tool", "function") for message in spoken):
        raise refused("messages of tools are not supported: none is called")
    if not spoken or spoken[-1].role != "user":
        raise refused("the last message must be the user's: it is the question")
    *before, last = spoken
    if _parts(last, FilePart):
        raise refused(
            "files are not read from messages; add them with POST /v1/documents and ask then"
        )
    return Asked(
        words=words_of(last),
        image=_only([part.image_url.url for part in _parts(last, ImagePart)], "picture"),
        audio=_only([part.input_audio.data for part in _parts(last, AudioPart)], "recording"),
        earlier=tuple(_said(before[-LATEST:])),
    )


def refused(message: str) -> Problem:
    """The problem of a message that cannot be a question."""
    return Problem(400, message, "invalid_message", param="messages")


def words_of(message: Message) -> str:
    """The words of a message."""
    if message.content is None or isinstance(message.content, str):
        return message.content or ""
    said = [part.text for part in _parts(message, TextPart)]
    return "\n".join([*said, *(part.refusal for part in _parts(message, RefusalPart))])


def _said(messages: Sequence[Message]) -> Iterator[Said]:
    for message in messages:
        text = words_of(message)
        if message.role == "user":
            yield Said("user", text)
        elif text:
            yield Said("assistant", without_sources(text))


def _parts(message: Message, kind: type[P]) -> list[P]:
    return [part for part in message.content or () if isinstance(part, kind)]


def _only(found: list[str], what: str) -> str | None:
    if len(found) > 1:
        raise refused(f"{len(found)} {what}s in a message; ask with one")
    return found[0] if found else None
