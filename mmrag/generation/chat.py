"""A conversation over the files, as a LlamaIndex chat engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from llama_index.core.base.llms.types import ChatMessage, ChatResponse, MessageRole
from llama_index.core.chat_engine.types import (
    AgentChatResponse,
    BaseChatEngine,
    StreamingAgentChatResponse,
)
from llama_index.core.memory import BaseMemory, Memory
from llama_index.core.schema import NodeWithScore

from mmrag.errors import InputError
from mmrag.generation.answer import Answer
from mmrag.generation.budget import CHARACTERS_PER_TOKEN
from mmrag.generation.condense import condensed
from mmrag.generation.follow_up import understood
from mmrag.generation.leaning import asks_for_more, leans
from mmrag.generation.prompt import check_question
from mmrag.generation.synthesizer import cited_hits
from mmrag.generation.turns import (
    Turn,
    as_data,
    last_answer,
    messages_of,
    said_on_topic,
    topic_of,
    turns_of,
)
from mmrag.generation.writer import AnswerWriter

TOKEN_LIMIT = 512
"""Tokens of earlier turns that a language model is given again."""
SHARE_OF_CONTEXT = 8
"""Earlier turns get one part in so many of a context window at most; the sources matter more."""


@dataclass
class StreamedAnswer(StreamingAgentChatResponse):
    """A chat response whose sentences come as they are verified.

    It is worked out as it is read; `source_nodes` and `metadata` are there at its end. A turn that
    is not read to its end is not remembered.
    """

    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Told:
    """A finished turn."""

    answer: Answer
    meant: str
    nodes: list[NodeWithScore]

    @property
    def metadata(self) -> dict[str, Any]:
        return {"question": self.meant, **self.answer.as_dict()}


class GroundedChatEngine(BaseChatEngine):
    """Questions and answers in turn, each answer with checked citations.

    A question that leans on what was said ("and how high is it?") is put so that it stands alone:
    by the language model, if it does so without inventing names or numbers, else by rule. Who asks
    for more is not given the quotes again that were given since the topic came up.

    Responses carry the cited nodes as `source_nodes`, and in `metadata` the keys "citations",
    "abstained", "mode" and "question", which is how the message was understood.

    Args:
        retrieve: the passages for a question.
        memory: keeps the conversation; None is a `Memory` of `token_limit`.
        token_limit: tokens of earlier turns that a language model is given again.
    """

    def __init__(
        self,
        writer: AnswerWriter,
        retrieve: Callable[[str], Sequence[NodeWithScore]],
        *,
        memory: BaseMemory | None = None,
        chat_history: Sequence[ChatMessage] = (),
        token_limit: int = TOKEN_LIMIT,
    ) -> None:
        self._writer = writer
        self._retrieve = retrieve
        self._limit = token_limit
        self._memory = memory or _memory(token_limit)
        if chat_history:
            self._memory.set(list(chat_history))

    @property
    def chat_history(self) -> list[ChatMessage]:
        """All that was said, the answers with what they cite in `additional_kwargs`."""
        return list(self._memory.get_all())

    @property
    def last_answer(self) -> Answer | None:
        """The last answer; None before the first."""
        return last_answer(self.chat_history)

    def sentences(self, message: str) -> Iterator[str | Answer]:
        """Answer the next message: each sentence as it is verified, the whole answer last.

        An answer that abstains comes alone.

        Raises:
            InputError, GenerationError: as of `chat`.
        """
        for step in self._turn(message):
            yield step if isinstance(step, str) else step.answer

    def prepare(self) -> None:
        """Load the models now, not at the first message.

        Raises:
            ModelUnavailable: weights are not within reach.
            GenerationError: the language model is not.
        """
        self._retrieve("Ready?")
        if self._writer.reader is not None:
            self._writer.reader.read("Ready?", [["Ready."]])
        if self._writer.is_worded:
            _ = self._writer.wording

    def reset(self) -> None:
        """Forget what was said."""
        self._memory.reset()

    def chat(
        self, message: str, chat_history: list[ChatMessage] | None = None
    ) -> AgentChatResponse:
        """Answer the next message.

        Args:
            chat_history: takes the place of all that was said before.

        Raises:
            InputError: an empty message, or one that is no question but a document.
            GenerationError: the language model failed; the turn is not remembered.
        """
        told = next(step for step in self._turn(message, chat_history) if isinstance(step, _Told))
        return AgentChatResponse(
            response=told.answer.text, source_nodes=told.nodes, metadata=told.metadata
        )

    def stream_chat(
        self, message: str, chat_history: list[ChatMessage] | None = None
    ) -> StreamedAnswer:
        """Answer the next message sentence by sentence; errors come while it is read."""
        response = StreamedAnswer(is_writing_to_memory=False)

        def stream() -> Iterator[ChatResponse]:
            told = False
            for step in self._turn(message, chat_history):
                if isinstance(step, str):
                    told = True
                    yield _delta(step)
                    continue
                response.source_nodes, response.metadata = step.nodes, step.metadata
                if not told:
                    yield _delta(step.answer.text)

        response.chat_stream = stream()  # type: ignore[assignment]  # any iterator will do
        return response

    async def achat(
        self, message: str, chat_history: list[ChatMessage] | None = None
    ) -> AgentChatResponse:
        """As `chat`, in a thread."""
        return await asyncio.to_thread(self.chat, message, chat_history)

    async def astream_chat(
        self, message: str, chat_history: list[ChatMessage] | None = None
    ) -> StreamedAnswer:
        """As `stream_chat`, in a thread."""
        response = self.stream_chat(message, chat_history)
        pieces = response.chat_stream or iter(())

        def following() -> ChatResponse | None:
            return next(pieces, None)

        async def stream() -> AsyncIterator[ChatResponse]:
            while (piece := await asyncio.to_thread(following)) is not None:
                yield piece

        response.achat_stream = stream()  # type: ignore[assignment]
        return response

    def _turn(
        self, message: str, chat_history: list[ChatMessage] | None = None
    ) -> Iterator[str | _Told]:
        """The sentences of an answer, then the turn as a whole, which is remembered by then."""
        if not message.strip():
            raise InputError("nothing was asked: the message is empty")
        check_question(message)
        if chat_history is not None:
            self._memory.set(list(chat_history))
        turns = turns_of(self._memory.get_all())
        meant = self._meaning(message, turns)
        hits = self._retrieve(meant)
        # A quote may tell both when a thing was bought and what it cost, so it may come again; but
        # not to who asks for more.
        said = said_on_topic(turns) if asks_for_more(message) else ()
        for step in self._writer.stream(meant, hits, history=self._history(meant), said=said):
            if isinstance(step, str):
                yield step
                continue
            for kept in messages_of(message, meant, step):
                self._memory.put(kept)
            yield _Told(step, meant, cited_hits(step, hits))

    def _history(self, meant: str) -> list[ChatMessage]:
        """What of the conversation a language model is given again."""
        if not self._writer.is_worded:
            return []
        return as_data(turns_of(self._memory.get(input=meant)), tokens=self._room)

    def _meaning(self, message: str, turns: Sequence[Turn]) -> str:
        topic = topic_of(turns)
        if topic is None or not leans(message):
            return message
        if self._writer.is_worded:
            words = self._writer.wording
            spoken = as_data(turns, tokens=self._room, unanswered="(not answered)")
            found = condensed(words.llm, message, spoken)
            if found is not None:
                return found
        return understood(message, topic)

    @property
    def _room(self) -> int:
        return min(self._limit, self._writer.wording.context_window // SHARE_OF_CONTEXT)


def _memory(token_limit: int) -> Memory:
    return Memory.from_defaults(
        token_limit=token_limit,
        tokenizer_fn=lambda text: [0] * round(len(text) / CHARACTERS_PER_TOKEN),
        chat_history_token_ratio=1.0,
        token_flush_size=1,  # no more than must go
    )


def _delta(sentence: str) -> ChatResponse:
    message = ChatMessage(role=MessageRole.ASSISTANT, content=sentence)
    return ChatResponse(message=message, delta=f"{sentence} ")
