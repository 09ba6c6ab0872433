"""A model on an Ollama server as a LlamaIndex LLM that does what it is told.

LlamaIndex's own class drops options, log-probabilities and the places of pictures, fails on
recordings, asks for the largest context there is, takes a stream that broke off for an answer and
tells nobody that a prompt was cut. What it does well, tools and structured output, stays its.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    ChatResponseAsyncGen,
    ChatResponseGen,
    LLMMetadata,
)
from llama_index.core.llms.callbacks import llm_chat_callback
from llama_index.llms.ollama import Ollama
from pydantic import Field, PrivateAttr

from mmrag.config import OllamaSettings
from mmrag.errors import GenerationError
from mmrag.generation.ollama.budget import budget
from mmrag.generation.ollama.messages import to_ollama
from mmrag.generation.ollama.reply import Reply
from mmrag.ollama import OllamaServer

if TYPE_CHECKING:
    from ollama import AsyncClient, Client
    from ollama import ChatResponse as Piece

INSTEAD = "use --llm extractive"
_OPTIONS = ("temperature", "num_predict", "seed", "stop", "num_ctx")
_ASKED = ("tools", "think", "format", "keep_alive", "logprobs", "top_logprobs")


class OllamaLLM(Ollama):  # type: ignore[misc, unused-ignore]  # typed in some releases only
    """Chats with a model on an Ollama server: at once or streamed, in step or async.

    Every call takes, beside LlamaIndex's `tools` and `format`: `temperature`, `num_predict`,
    `seed`, `stop`, `num_ctx` or a whole `options`, `think`, `keep_alive`, and `logprobs=True` with
    `top_logprobs` up to 20. A response has `logprobs` as asked for, and in `additional_kwargs`
    "done_reason", which is "length" when the answer met `num_predict`, and the counts of tokens.

    Args:
        model: what the server calls it.
        base_url: of the server.
        context_window: the most context that is asked for; a prompt gets what it needs.
        num_predict: tokens of an answer at most.
        thinking: whether the model reasons first; None leaves it to the model.
        request_timeout, connect_timeout: seconds for one answer or piece of it, and to connect.
        retries: further tries of what failed to connect.
        sees, hears: whether the model takes pictures, and recordings.

    Raises:
        LLMUnavailable: no server answers, or not in time.
        LLMModelMissing: the server does not have the model.
        PromptTruncated: the prompt is longer than the context, or the server cut it.
        AnswerCutOff: a stream ended before its answer did.
        GenerationError: what else the server says went wrong.
        TypeError: an option that no call takes.
    """

    temperature: float | None = 0.0
    context_window: int = Field(default=8192, ge=1)
    request_timeout: float = 300.0
    connect_timeout: float = 5.0
    num_predict: int = Field(default=512, ge=1)
    retries: int = Field(default=2, ge=0)
    sees: bool = False
    hears: bool = False

    _client: Any = PrivateAttr(default=None)
    _async_client: Any = PrivateAttr(default=None)
    _by_loop: Any = PrivateAttr(default_factory=WeakKeyDictionary)
    _loaded_with: int = PrivateAttr(default=0)

    def __init__(self, model: str, **fields: Any) -> None:  # noqa: ANN401  (pydantic's fields)
        given = {"temperature": 0.0, "context_window": 8192, "request_timeout": 300.0, **fields}
        super().__init__(model=model, **given)

    @classmethod
    def class_name(cls) -> str:
        return "OllamaLLM"

    @property
    def metadata(self) -> LLMMetadata:
        """What LlamaIndex asks of a model; the server is not asked for it."""
        return LLMMetadata(
            context_window=self.context_window,
            num_output=self.num_predict,
            model_name=self.model,
            is_chat_model=True,
            is_function_calling_model=self.is_function_calling_model,
        )

    @property
    def client(self) -> Client:
        """The official client."""
        if self._client is None:
            self._client = self._server.client(self.headers)
        found: Client = self._client
        return found

    @property
    def async_client(self) -> AsyncClient:
        """The one that was given, or one of the running event loop."""
        found: AsyncClient | None = self._async_client
        if found is None:
            # connections that are kept open die with the loop they were made in
            loop = asyncio.get_running_loop()
            found = self._by_loop.get(loop)
            if found is None:
                found = self._by_loop[loop] = self._server.async_client(self.headers)
        return found

    @llm_chat_callback()
    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:  # noqa: ANN401
        """The whole answer; errors as of the class."""
        asked, reply = self._asked(messages, kwargs)
        with self._server.errors(self.model):
            whole = self._server.tries(lambda: self.client.chat(**asked))
        response = reply.grown(whole)
        reply.check()
        return response

    @llm_chat_callback()
    async def achat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:  # noqa: ANN401
        """As `chat`."""
        asked, reply = self._asked(messages, kwargs)

        async def ask() -> Piece:
            found: Piece = await self.async_client.chat(**asked)
            return found

        with self._server.errors(self.model):
            response = reply.grown(await self._server.async_tries(ask))
        reply.check()
        return response

    @llm_chat_callback()
    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:  # noqa: ANN401
        """The answer as it grows; the last response is the whole. Errors come with the pieces."""
        asked, reply = self._asked(messages, kwargs)

        def opened() -> tuple[Piece | None, Iterator[Piece]]:
            pieces = self.client.chat(stream=True, **asked)
            return next(pieces, None), pieces

        def grow() -> ChatResponseGen:
            with self._server.errors(self.model):
                piece, pieces = self._server.tries(opened)
                while piece is not None:
                    yield reply.grown(piece)
                    with reply.going_on():
                        piece = next(pieces, None)
            reply.check()

        return grow()

    @llm_chat_callback()
    async def astream_chat(
        self,
        messages: Sequence[ChatMessage],
        **kwargs: Any,  # noqa: ANN401
    ) -> ChatResponseAsyncGen:
        """As `stream_chat`."""
        asked, reply = self._asked(messages, kwargs)

        async def opened() -> tuple[Piece | None, AsyncIterator[Piece]]:
            pieces = aiter(await self.async_client.chat(stream=True, **asked))
            return await anext(pieces, None), pieces

        async def grow() -> ChatResponseAsyncGen:
            with self._server.errors(self.model):
                piece, pieces = await self._server.async_tries(opened)
                while piece is not None:
                    yield reply.grown(piece)
                    with reply.going_on():
                        piece = await anext(pieces, None)
            reply.check()

        return grow()

    # --- inner parts -----------------------------------------------------------------------------

    @property
    def _server(self) -> OllamaServer:
        return OllamaServer(
            self.base_url, self.connect_timeout, self.request_timeout, self.retries, INSTEAD
        )

    def _asked(
        self, messages: Sequence[ChatMessage], options: Mapping[str, Any]
    ) -> tuple[dict[str, Any], Reply]:
        """The arguments of the client's chat, and what will collect its answer."""
        unknown = sorted(options.keys() - {*_OPTIONS, *_ASKED, "options"})
        if unknown:
            known = ", ".join(sorted((*_OPTIONS, *_ASKED, "options")))
            raise TypeError(f"{self.class_name()} takes no {', '.join(unknown)}; it takes {known}")
        turns = to_ollama(messages, sees=self.sees, hears=self.hears)
        tuned = {
            "temperature": self.temperature,
            "num_predict": self.num_predict,
            **self.additional_kwargs,
            **(options.get("options") or {}),
            **{name: options[name] for name in _OPTIONS if name in options},
        }
        fixed = tuned.get("num_ctx")
        counted = budget(
            turns,
            num_predict=max(0, int(tuned["num_predict"])),  # -1 and -2 set no end
            window=self.context_window if fixed is None else int(fixed),
            least=self._loaded_with if fixed is None else int(fixed),
            extra=json.dumps(options["tools"]) if options.get("tools") else "",
        )
        counted.check_before(self.model)
        if fixed is None:
            self._loaded_with = counted.num_ctx
        tuned["num_ctx"] = counted.num_ctx
        arguments = {
            "model": self.model,
            "messages": turns,
            "format": "json" if self.json_mode else None,
            "think": self.thinking,
            "keep_alive": self.keep_alive,
            **{name: options[name] for name in _ASKED if name in options},
            "options": {name: value for name, value in tuned.items() if value is not None},
        }
        return arguments, Reply(self.model, counted)


def ollama_llm(settings: OllamaSettings) -> OllamaLLM:
    """The model of the settings, checked to be there and to be able to chat.

    Raises:
        LLMUnavailable: no server answers at the URL.
        LLMModelMissing: the server does not have the model.
        GenerationError: the server is too old, or the model cannot chat, or not think as it should.
    """
    server = OllamaServer.of(settings, otherwise=INSTEAD)
    found = server.preflight(settings.model, needs="completion")
    if settings.think and "thinking" not in found.capabilities:
        raise GenerationError(
            f"{settings.model} at {settings.url} cannot think first; set ollama.think to false"
        )
    return OllamaLLM(
        settings.model,
        base_url=settings.url,
        context_window=min(
            settings.context_window, found.context_length or settings.context_window
        ),
        num_predict=settings.num_predict,
        thinking=settings.think,
        keep_alive=settings.keep_alive,
        request_timeout=settings.timeout_s,
        connect_timeout=settings.connect_timeout_s,
        retries=settings.retries,
        sees="vision" in found.capabilities,
        hears="audio" in found.capabilities,
    )
