"""LlamaIndex's own class for Ollama against the protocol test server."""

from __future__ import annotations

import asyncio

import ollama
import pytest
from llama_index.core.base.llms.types import ChatMessage
from llama_index.llms.ollama import Ollama
from pydantic import BaseModel

from ollama_server.server import ProtocolServer

ASK = [ChatMessage(content="Name a colour.")]


class Heat(BaseModel):
    """Whether something is hot."""

    hot: bool


def llm(server: ProtocolServer, *, model: str = "smollm2:135m", predict: int = 4) -> Ollama:
    return Ollama(
        model=model,
        base_url=server.url,
        context_window=512,
        temperature=0.0,
        additional_kwargs={"num_predict": predict},
    )


def test_chat_complete_stream_and_async_say_the_same(protocol_server: ProtocolServer) -> None:
    model = llm(protocol_server)
    whole = model.chat(ASK)
    assert whole.message.content
    assert whole.raw["done_reason"] == "length"
    pieces = [chunk.delta for chunk in model.stream_chat(ASK)]
    assert len(pieces) > 1
    assert "".join(piece or "" for piece in pieces) == whole.message.content
    assert str(model.complete("Name a colour.")) == whole.message.content

    async def both() -> list[str | None]:
        told = await asyncio.gather(model.achat(ASK), model.achat(ASK))
        return [one.message.content for one in told]

    assert asyncio.run(both()) == [whole.message.content] * 2
    assert protocol_server.bodies("/api/chat")[0]["options"]["num_ctx"] == 512


def test_structured_answer_keeps_to_the_schema(protocol_server: ProtocolServer) -> None:
    model = llm(protocol_server, predict=30).as_structured_llm(Heat)
    assert isinstance(model.complete("Is fire hot?").raw, Heat)


def test_context_window_is_asked_for_when_it_is_left_open(protocol_server: ProtocolServer) -> None:
    model = Ollama(model="smollm2:135m", base_url=protocol_server.url)
    assert model.metadata.context_window == 8192


def test_missing_model(protocol_server: ProtocolServer) -> None:
    with pytest.raises(ollama.ResponseError, match="not found"):
        llm(protocol_server, model="no-such").chat(ASK)
