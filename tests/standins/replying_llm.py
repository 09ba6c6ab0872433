"""A mock of a language model, for tests only: replies as told, and keeps what it was sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from llama_index.core.base.llms.types import ChatMessage, ChatResponse, ChatResponseGen
from llama_index.core.llms import MockLLM
from pydantic import PrivateAttr

from mmrag.errors import GenerationError

Reply = Callable[[Sequence[ChatMessage]], str]


class ReplyingLLM(MockLLM):
    """Replies by the messages that it is sent.

    Attributes:
        cut_after: a stream breaks when it has said this; empty for never.
        sent: the messages of each call.
    """

    cut_after: str = ""
    sent: list[list[ChatMessage]] = []  # noqa: RUF012  (a field of pydantic, copied by it)
    _reply: Reply = PrivateAttr()

    def __init__(self, reply: Reply, cut_after: str = "") -> None:
        super().__init__(is_chat_model=True)
        self._reply, self.cut_after = reply, cut_after

    def chat(self, messages: Sequence[ChatMessage], **kwargs: object) -> ChatResponse:
        self.sent.append(list(messages))
        return _response(self._reply(messages))

    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: object) -> ChatResponseGen:
        self.sent.append(list(messages))
        said = ""
        for word in self._reply(messages).split(" "):
            said += f"{word} "
            yield _response(said, f"{word} ")
            if self.cut_after and self.cut_after in said:
                raise GenerationError("the server went away")


def _response(text: str, delta: str | None = None) -> ChatResponse:
    return ChatResponse(message=ChatMessage(role="assistant", content=text), delta=delta)
