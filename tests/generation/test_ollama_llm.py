"""The LLM over an Ollama server, against the protocol test server with a real SmolLM2 behind it."""

from __future__ import annotations

import asyncio
import math
import pickle
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from llama_index.core.base.llms.types import ThinkingBlock
from llama_index.core.llms import ChatMessage, ChatResponse, MessageRole
from llama_index.core.llms.llm import LLM
from llama_index.core.prompts import PromptTemplate
from llama_index.core.tools import FunctionTool
from ollama_server.models import CHAT
from ollama_server.server import ProtocolServer
from pydantic import BaseModel, ConfigDict
from standins.ollama_standin import ollama_standin

import mmrag.ollama
from mmrag.config import OllamaSettings
from mmrag.errors import (
    AnswerCutOff,
    GenerationError,
    LLMModelMissing,
    LLMUnavailable,
    PromptTruncated,
)
from mmrag.generation.ollama.llm import OllamaLLM, ollama_llm

QUESTION = [ChatMessage(role=MessageRole.USER, content="Name the capital of France.")]


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mmrag.ollama, "BACKOFF_S", 0.001)


@pytest.fixture
def llm(protocol_server: ProtocolServer) -> OllamaLLM:
    return OllamaLLM(CHAT.name, base_url=protocol_server.url, num_predict=3)


def asked(server: ProtocolServer) -> dict[str, Any]:
    """The body of the one chat that came."""
    (body,) = server.bodies("/api/chat")
    return body


def through(
    way: str, llm: OllamaLLM, messages: Sequence[ChatMessage] = QUESTION, **options: Any
) -> ChatResponse:
    """The last response of a chat, by one of the four ways."""
    if way == "chat":
        return llm.chat(messages, **options)
    if way == "stream_chat":
        return list(llm.stream_chat(messages, **options))[-1]

    async def streamed() -> ChatResponse:
        return [piece async for piece in await llm.astream_chat(messages, **options)][-1]

    if way == "achat":
        return asyncio.run(llm.achat(messages, **options))
    return asyncio.run(streamed())


WAYS = ("chat", "achat", "stream_chat", "astream_chat")


@pytest.mark.parametrize("way", WAYS)
def test_every_way_gives_the_same_answer(llm: OllamaLLM, way: str) -> None:
    answer = through(way, llm, num_predict=8)
    assert answer.message.content == "The capital of France is Paris."
    assert answer.message.role == MessageRole.ASSISTANT
    assert answer.additional_kwargs["done_reason"] in ("stop", "length")
    assert answer.raw["usage"]["prompt_tokens"] == answer.additional_kwargs["prompt_tokens"] > 10


def test_options_of_a_call_are_sent(llm: OllamaLLM, protocol_server: ProtocolServer) -> None:
    llm.chat(
        QUESTION,
        options={"top_k": 5, "seed": 1},
        seed=7,
        stop=["\n"],
        num_predict=2,
        temperature=0.5,
        keep_alive="2m",
        think=False,
    )
    body = asked(protocol_server)
    assert body["options"] == {
        "top_k": 5,
        "seed": 7,
        "stop": ["\n"],
        "num_predict": 2,
        "temperature": 0.5,
        "num_ctx": 2048,
    }
    assert (body["keep_alive"], body["think"]) == ("2m", False)


def test_without_options_an_answer_is_greedy_and_bounded(
    llm: OllamaLLM, protocol_server: ProtocolServer
) -> None:
    llm.chat(QUESTION)
    body = asked(protocol_server)
    assert body["options"] == {"num_predict": 3, "temperature": 0.0, "num_ctx": 2048}
    assert body.get("keep_alive") is None
    assert body.get("think") is None


def test_think_of_a_call_stands_above_the_models(
    protocol_server: ProtocolServer,
) -> None:
    llm = OllamaLLM(CHAT.name, base_url=protocol_server.url, thinking=True, num_predict=2)
    llm.chat(QUESTION, think=False)
    assert asked(protocol_server)["think"] is False
    with pytest.raises(GenerationError, match="does not support thinking"):
        llm.chat(QUESTION)


def test_unknown_option_is_refused_and_the_known_ones_are_named(llm: OllamaLLM) -> None:
    with pytest.raises(TypeError, match=r"takes no max_tokens; it takes .*num_predict"):
        llm.chat(QUESTION, max_tokens=5)


@pytest.mark.parametrize("way", WAYS)
def test_logprobs_come_with_their_rivals(llm: OllamaLLM, way: str) -> None:
    answer = through(way, llm, logprobs=True, top_logprobs=3)
    assert answer.logprobs is not None
    assert [len(shown) for shown in answer.logprobs] == [3] * len(answer.logprobs)
    best = [shown[0] for shown in answer.logprobs]
    assert "".join(token.token for token in best).startswith(str(answer.message.content))
    assert all(0 < math.exp(token.logprob) <= 1 for token in best)
    assert all(s[0].logprob >= s[1].logprob >= s[2].logprob for s in answer.logprobs)


def test_end_by_length_is_told(llm: OllamaLLM) -> None:
    assert through("chat", llm, num_predict=2).additional_kwargs["done_reason"] == "length"
    ends = [piece.additional_kwargs["done_reason"] for piece in llm.stream_chat(QUESTION)]
    assert ends == [*[None] * (len(ends) - 1), "length"]


def test_stream_grows_by_its_deltas(llm: OllamaLLM) -> None:
    pieces = list(llm.stream_chat(QUESTION))
    assert len(pieces) >= 3
    grown = ""
    for piece in pieces:
        grown += str(piece.delta)
        assert piece.message.content == grown


# --- context -------------------------------------------------------------------------------------


def test_context_grows_with_the_prompt_and_never_shrinks() -> None:
    long = [ChatMessage(content="The barometer hangs in the hall. " * 180)]
    with ollama_standin(lambda body: "Yes.") as server:
        llm = OllamaLLM("tiny", base_url=server.url)
        for messages in (QUESTION, long, QUESTION):
            llm.chat(messages)
        llm.chat(QUESTION, num_ctx=1000)
        llm.chat(QUESTION)
    sent = [body["options"]["num_ctx"] for body in server.bodies("/api/chat")]
    assert sent == [2048, 4096, 4096, 1000, 4096]


def test_prompt_beyond_the_window_is_not_even_sent(protocol_server: ProtocolServer) -> None:
    llm = OllamaLLM(CHAT.name, base_url=protocol_server.url, context_window=512)
    with pytest.raises(PromptTruncated, match=r"smollm2:135m gets 512; ask with fewer"):
        llm.chat([ChatMessage(content="word " * 900)])
    assert protocol_server.bodies("/api/chat") == []


# The estimates leave it open whether this fits into 64 tokens; the server knows better and cuts.
DENSE = "1204.5 m; " * 6


@pytest.mark.parametrize("way", WAYS)
def test_prompt_that_was_cut_is_no_prompt(protocol_server: ProtocolServer, way: str) -> None:
    llm = OllamaLLM(CHAT.name, base_url=protocol_server.url, context_window=64, num_predict=1)
    with pytest.raises(PromptTruncated, match="read 63 tokens of a prompt of"):
        through(way, llm, [ChatMessage(content=DENSE + "Name the capital of France.")])


def test_dropped_history_is_noticed(protocol_server: ProtocolServer) -> None:
    llm = OllamaLLM(CHAT.name, base_url=protocol_server.url, context_window=64, num_predict=1)
    history = [ChatMessage(content="The hut stands above the northern lake. " * 5)]
    with pytest.raises(PromptTruncated, match="the server cut it"):
        llm.chat([*history, *QUESTION])


def test_same_prompt_in_a_large_enough_context_is_answered(
    protocol_server: ProtocolServer,
) -> None:
    llm = OllamaLLM(CHAT.name, base_url=protocol_server.url, num_predict=1)
    assert llm.chat([ChatMessage(content=DENSE), *QUESTION]).additional_kwargs["prompt_tokens"] > 64


def test_count_from_the_cache_is_no_truncation(protocol_server: ProtocolServer) -> None:
    protocol_server.faults.prompt_eval_count = 1
    llm = OllamaLLM(CHAT.name, base_url=protocol_server.url, context_window=64, num_predict=1)
    history = [ChatMessage(content="The hut stands above the northern lake. ")]
    assert llm.chat([*history, *QUESTION]).additional_kwargs["prompt_tokens"] == 1


# --- what goes wrong -----------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["stream_chat", "astream_chat"])
@pytest.mark.parametrize("fault", ["end_after", "cut_after"])
def test_stream_that_breaks_off_is_no_answer(
    llm: OllamaLLM, protocol_server: ProtocolServer, way: str, fault: str
) -> None:
    setattr(protocol_server.faults, fault, 2)
    with pytest.raises(AnswerCutOff, match=r"smollm2:135m broke off after \d+ characters"):
        through(way, llm)
    assert len(protocol_server.bodies("/api/chat")) == 1


@pytest.mark.parametrize("way", ["stream_chat", "astream_chat"])
def test_stream_without_a_piece_is_no_answer(
    llm: OllamaLLM, protocol_server: ProtocolServer, way: str
) -> None:
    protocol_server.faults.end_after = 0
    with pytest.raises(AnswerCutOff, match="broke off before it began"):
        through(way, llm)


@pytest.mark.parametrize("way", ["stream_chat", "astream_chat"])
def test_error_line_in_a_stream_is_an_error(
    llm: OllamaLLM, protocol_server: ProtocolServer, way: str
) -> None:
    protocol_server.faults.fail_after = 2
    with pytest.raises(GenerationError, match=f"Ollama at {protocol_server.url} failed: "):
        through(way, llm)
    assert len(protocol_server.bodies("/api/chat")) == 1


@pytest.mark.parametrize("way", WAYS)
def test_connection_that_fails_is_tried_again(
    llm: OllamaLLM, protocol_server: ProtocolServer, way: str
) -> None:
    protocol_server.faults.reset = 2
    assert through(way, llm).message.content == "The capital of"
    protocol_server.faults.reset = 3
    fresh = OllamaLLM(CHAT.name, base_url=protocol_server.url)  # without a connection kept open
    with pytest.raises(LLMUnavailable, match="ollama serve"):
        through(way, fresh)


@pytest.mark.parametrize("way", WAYS)
def test_refusal_is_an_error_at_once(
    llm: OllamaLLM, protocol_server: ProtocolServer, way: str
) -> None:
    protocol_server.faults.fail_before = "llama runner process has terminated"
    with pytest.raises(GenerationError, match="runner process has terminated"):
        through(way, llm)
    assert len(protocol_server.bodies("/api/chat")) == 1
    protocol_server.faults.fail_before = None
    protocol_server.models.clear()
    with pytest.raises(LLMModelMissing, match=f"ollama pull {CHAT.name}"):
        through(way, llm)


def test_server_killed_in_the_middle(llm: OllamaLLM, protocol_server: ProtocolServer) -> None:
    protocol_server.faults.pause_s = 0.05
    stream: Iterator[ChatResponse] = llm.stream_chat(QUESTION, num_predict=20)
    next(stream)
    protocol_server.close()
    with pytest.raises(AnswerCutOff):
        list(stream)


# --- LlamaIndex ----------------------------------------------------------------------------------


class City(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str


def test_llamaindex_goes_on_using_it(llm: OllamaLLM, protocol_server: ProtocolServer) -> None:
    assert isinstance(llm, LLM)
    assert (llm.metadata.context_window, llm.metadata.num_output) == (8192, 3)
    assert llm.metadata.is_chat_model
    assert protocol_server.requests == []
    prompt = "Name the capital of France."
    assert llm.complete(prompt).text == "The capital of"
    streamed = [str(piece.delta) for piece in llm.stream_complete(prompt)]
    assert "".join(streamed) == "The capital of"
    again = OllamaLLM.from_dict(llm.to_dict())
    assert (again.model, again.num_predict, again.base_url) == (CHAT.name, 3, protocol_server.url)


def test_thoughts_and_calls_of_tools_come_as_blocks() -> None:
    def add(a: int, b: int) -> int:
        """Add two numbers."""
        return a + b

    call = {"function": {"name": "add", "arguments": {"a": 1, "b": 2}}}
    message = {"content": "", "thinking": "I should add.", "tool_calls": [call, call]}
    with ollama_standin(lambda body: message) as server:
        llm = OllamaLLM("tiny", base_url=server.url, thinking=True)
        tool = FunctionTool.from_defaults(add)
        answer = llm.chat_with_tools([tool], "1 + 2?", allow_parallel_tool_calls=True)
    (body,) = server.bodies("/api/chat")
    assert body["tools"][0]["function"]["name"] == "add"
    assert body["think"] is True
    thought, _, *calls = answer.message.blocks
    assert isinstance(thought, ThinkingBlock)
    assert thought.content == "I should add."
    found = llm.get_tool_calls_from_response(answer)
    assert [(one.tool_name, one.tool_kwargs) for one in found] == [("add", {"a": 1, "b": 2})] * 2
    assert len(calls) == 2


def test_it_survives_pickling(llm: OllamaLLM) -> None:
    llm.chat(QUESTION)
    again = pickle.loads(pickle.dumps(llm))
    assert asyncio.run(again.achat(QUESTION)).message.content == "The capital of"


def test_structured_output_follows_its_schema(protocol_server: ProtocolServer) -> None:
    llm = OllamaLLM(CHAT.name, base_url=protocol_server.url, num_predict=24)
    city = llm.structured_predict(City, PromptTemplate("A city, as JSON."))
    assert city.name
    assert asked(protocol_server)["format"]["required"] == ["name"]


def test_settings_make_a_checked_model(protocol_server: ProtocolServer) -> None:
    settings = OllamaSettings(
        url=protocol_server.url,
        model=CHAT.name,
        context_window=50_000,
        num_predict=3,
        keep_alive=60,
    )
    llm = ollama_llm(settings)
    assert llm.context_window == 8192  # what it was trained for
    assert (llm.sees, llm.hears) == (False, False)
    llm.chat(QUESTION)
    body = asked(protocol_server)
    assert (body["options"]["num_predict"], body["keep_alive"], body["think"]) == (3, 60, False)
    with pytest.raises(GenerationError, match=r"set ollama\.think to false"):
        ollama_llm(settings.model_copy(update={"think": True}))
    with pytest.raises(GenerationError, match="no capability 'completion'"):
        ollama_llm(settings.model_copy(update={"model": "smollm2-embed"}))
