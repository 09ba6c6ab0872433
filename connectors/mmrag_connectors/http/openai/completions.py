"""Answers in the form of OpenAI's API: whole, or in chunks as they are verified."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from mmrag import Answer, __version__
from mmrag.words import tokens
from mmrag_connectors.http.leaving import closing
from mmrag_connectors.http.openai.citations import annotated, below
from mmrag_connectors.http.openai.messages import words_of
from mmrag_connectors.http.openai.requests import Message
from mmrag_connectors.http.openai.responses import AssistantMessage, Choice, Completion, Usage
from mmrag_connectors.http.problems import Problem
from mmrag_connectors.http.sse import event

FINGERPRINT = f"mmrag-{__version__}"


@dataclass(frozen=True)
class Reply:
    """What an answer is to become.

    Attributes:
        model: as it was asked for.
        base: the address of this server, for links to sources.
        messages: the conversation, whose words are counted.
        usage: whether a stream ends with the count.
    """

    model: str
    base: str
    messages: Sequence[Message]
    usage: bool = False
    id: str = field(default_factory=lambda: f"chatcmpl-{uuid4().hex}")
    created: int = field(default_factory=lambda: int(time.time()))

    def whole(self, answer: Answer) -> Completion:
        """The answer as one object."""
        message = AssistantMessage(
            content=answer.text + below(answer),
            annotations=annotated(answer.text, answer, self.base),
        )
        return Completion(
            id=self.id,
            created=self.created,
            model=self.model,
            choices=[Choice(message=message)],
            usage=self._count(message.content),
            system_fingerprint=FINGERPRINT,
            mmrag=answer.as_dict(),
        )

    async def chunks(self, pieces: AsyncIterator[str | Answer]) -> AsyncGenerator[str, None]:
        """The events of a stream: sentences as they come, what stands below them, annotations.

        Nothing is sent before there is something to tell.

        Args:
            pieces: as of `HostedIndex.chat_stream`.
        """
        said = ""
        async with closing(pieces) as coming:
            async for piece in coming:
                if not said:
                    yield self._chunk({"role": "assistant", "content": ""})
                if isinstance(piece, str):
                    delta = f" {piece}" if said else piece
                    said += delta
                    yield self._chunk({"content": delta})
                else:
                    for last in self._end(said, piece):
                        yield last
                    yield event("[DONE]")

    def _end(self, said: str, answer: Answer) -> list[str]:
        text = said or answer.text
        rest = ("" if said else answer.text) + below(answer)
        found = [found.model_dump() for found in annotated(text, answer, self.base)]
        last = {"content": rest, "annotations": found} if found else {"content": rest}
        events = [self._chunk(last), self._chunk({}, "stop", answer)]
        if self.usage:
            usage = self._count(text + below(answer)).model_dump()
            events.append(event(json.dumps({**self._frame(), "choices": [], "usage": usage})))
        return events

    def _chunk(
        self, delta: dict[str, Any], finish_reason: str | None = None, answer: Answer | None = None
    ) -> str:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        chunk = {**self._frame(), "choices": [choice]}
        if self.usage:
            chunk["usage"] = None
        if answer is not None:
            chunk["mmrag"] = answer.as_dict()
        return event(json.dumps(chunk))

    def _frame(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "object": "chat.completion.chunk",
            "created": self.created,
            "model": self.model,
            "system_fingerprint": FINGERPRINT,
        }

    def _count(self, content: str) -> Usage:
        asked = sum(len(tokens(words_of(message))) for message in self.messages)
        said = len(tokens(content))
        return Usage(prompt_tokens=asked, completion_tokens=said, total_tokens=asked + said)


def failed(problem: Problem) -> str:
    """The event of a problem after the start, as OpenAI tells it."""
    return event(json.dumps(problem.body))
