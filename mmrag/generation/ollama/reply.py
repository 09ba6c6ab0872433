"""An answer of an Ollama server as it grows, and whether it came to its end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    LogProb,
    MessageRole,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
)

from mmrag.errors import AnswerCutOff
from mmrag.generation.ollama.budget import Budget

if TYPE_CHECKING:
    from ollama import ChatResponse as Piece


class Reply:
    """Collects the pieces of one answer; an answer that is not streamed is one piece.

    Args:
        model: for messages.
        budget: of the prompt that is answered.
    """

    def __init__(self, model: str, budget: Budget) -> None:
        self._model, self._budget = model, budget
        self._text = self._thoughts = ""
        self._calls: list[ToolCallBlock] = []
        self._logprobs: list[list[LogProb]] = []
        self._last: Piece | None = None

    def grown(self, piece: Piece) -> ChatResponse:
        """The answer so far, with a further piece."""
        self._last = piece
        message = piece.message
        text, thought = message.content or "", message.thinking or ""
        self._text += text
        self._thoughts += thought
        self._calls += [
            ToolCallBlock(tool_name=call.function.name, tool_kwargs=dict(call.function.arguments))
            for call in message.tool_calls or ()
        ]
        self._logprobs += [
            [_logprob(shown) for shown in token.top_logprobs or (token,)]
            for token in piece.logprobs or ()
        ]
        thinking = [ThinkingBlock(content=self._thoughts)] if self._thoughts else []
        blocks = [*thinking, TextBlock(text=self._text), *self._calls]
        usage = _usage(piece)
        return ChatResponse(
            message=ChatMessage(role=MessageRole.ASSISTANT, blocks=blocks),
            delta=text,
            logprobs=list(self._logprobs) or None,
            raw={**dict(piece), **({"usage": usage} if usage else {})},
            additional_kwargs={
                "thinking_delta": thought or None,
                "done_reason": piece.done_reason,
                **usage,
            },
        )

    def check(self) -> None:
        """Look whether the answer is a whole one, to the whole prompt.

        Raises:
            AnswerCutOff: it never came to its end.
            PromptTruncated: the server cut the prompt.
        """
        if self._last is None or not self._last.done:
            raise self._cut_off()
        self._budget.check_after(self._last.prompt_eval_count, self._model)

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Around the wait for a further piece: a connection that breaks now cuts the answer off."""
        try:
            yield
        except httpx.TimeoutException:
            raise
        except (httpx.TransportError, json.JSONDecodeError) as exc:
            raise self._cut_off() from exc

    def _cut_off(self) -> AnswerCutOff:
        came = f"after {len(self._text)} characters" if self._text else "before it began"
        return AnswerCutOff(
            f"the answer of {self._model} broke off {came}, so it is none; look at what the Ollama "
            f"server says, and ask again"
        )


def _logprob(shown: Any) -> LogProb:  # noqa: ANN401  (a token of the client's)
    raw = shown.token.encode("utf-8", "replace")
    return LogProb(token=shown.token, logprob=shown.logprob, bytes=list(raw))


def _usage(piece: Piece) -> dict[str, int]:
    """The counts of tokens, which only the last piece has."""
    if piece.prompt_eval_count is None or piece.eval_count is None:
        return {}
    return {
        "prompt_tokens": piece.prompt_eval_count,
        "completion_tokens": piece.eval_count,
        "total_tokens": piece.prompt_eval_count + piece.eval_count,
    }
