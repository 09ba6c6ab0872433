"""A language model that says what a test tells it to, word by word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    ChatResponseGen,
    CompletionResponse,
    CompletionResponseGen,
    LLMMetadata,
)
from llama_index.core.llms import CustomLLM
from pydantic import PrivateAttr

from mmrag.errors import GenerationError
from mmrag.generation.llm import Wording


class ScriptedLLM(CustomLLM):
    """Replies with `reply`; fails after `fails_after` words, if that is set."""

    reply: str
    fails_after: int | None = None
    streams: bool = True
    _told: list[str] = PrivateAttr(default_factory=list)

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(model_name="scripted", context_window=4096, is_chat_model=True)

    @property
    def told(self) -> list[str]:
        """The words said so far."""
        return self._told

    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        return ChatResponse(message=ChatMessage(role="assistant", content=self.reply))

    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:
        if not self.streams:
            raise NotImplementedError("this model does not stream")
        return self._words()

    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        return CompletionResponse(text=self.reply)

    def stream_complete(
        self, prompt: str, formatted: bool = False, **kwargs: Any
    ) -> CompletionResponseGen:
        raise NotImplementedError("only chats")

    def _words(self) -> ChatResponseGen:
        words = self.reply.split(" ")
        for place, word in enumerate(words):
            if place == self.fails_after:
                raise GenerationError("the model fell silent")
            self._told.append(word)
            whole = " ".join(words[: place + 1])
            yield ChatResponse(
                message=ChatMessage(role="assistant", content=whole),
                delta=word if place == 0 else f" {word}",
            )


def scripted(reply: str, **fields: Any) -> Wording:
    """The model as an answer's writer takes it."""
    llm = ScriptedLLM(reply=reply, **fields)
    return Wording(llm, "scripted", llm.metadata.context_window)
