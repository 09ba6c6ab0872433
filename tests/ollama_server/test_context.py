"""How the protocol test server cuts what is too long: as Ollama's server/prompt.go does."""

from __future__ import annotations

import json
from dataclasses import replace

import httpx
import ollama
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollama_server.context import TOO_LONG, chat_tokens, fitted
from ollama_server.engine import Engine
from ollama_server.models import CHAT
from ollama_server.requests import Refused, Wanted, wanted
from ollama_server.server import ProtocolServer

SYSTEM = {"role": "system", "content": "Answer in one word."}
OLD = {"role": "user", "content": "The heron stands in the reeds and waits. " * 4}
REPLY = {"role": "assistant", "content": "So it does."}
LAST = {"role": "user", "content": "Name a colour."}


def want(context: int, **body: object) -> Wanted:
    return wanted({"options": {"num_ctx": context, **body}}, CHAT)


@given(st.integers(1, 60), st.integers(2, 40), st.integers(-1, 50))
def test_head_and_end_of_a_prompt_stay(length: int, context: int, keep: int) -> None:
    tokens = list(range(length))
    kept = fitted(tokens, want(context, num_keep=keep))
    assert len(kept) == min(length, context - 1)
    if length < context:
        assert kept == tokens
    else:
        head = context - 1 if keep < 0 else min(keep, context - 1)
        assert kept == tokens[:head] + tokens[length - (context - 1 - head) :]


def test_oldest_messages_go_and_system_and_last_stay(llama_engine: Engine) -> None:
    chat = [SYSTEM, OLD, REPLY, LAST]

    def rendered(context: int) -> str:
        return llama_engine.text(chat_tokens(llama_engine, chat, want(context), refuse=False))

    whole = llama_engine.tokens(llama_engine.render(chat))
    assert rendered(len(whole) + 1).count("heron") == 4
    without_old = rendered(len(whole) - 1)
    assert "heron" not in without_old
    for message in (SYSTEM, REPLY, LAST):
        assert message["content"] in without_old
    alone = len(llama_engine.tokens(llama_engine.render([SYSTEM, LAST])))
    shortest = rendered(alone + 1)
    assert REPLY["content"] not in shortest
    assert SYSTEM["content"] in shortest
    assert LAST["content"] in shortest


def test_last_message_that_is_too_long_loses_its_head(llama_engine: Engine) -> None:
    long = {"role": "user", "content": "Reply with the word HERON. " + "It rained. " * 60}
    tokens = llama_engine.tokens(llama_engine.render([SYSTEM, long]))
    kept = chat_tokens(llama_engine, [SYSTEM, long], want(64), refuse=False)
    assert kept == tokens[:4] + tokens[-59:]
    assert "HERON" not in llama_engine.text(kept)
    assert SYSTEM["content"] not in llama_engine.text(kept)


def test_client_is_told_nothing_but_the_count(protocol_server: ProtocolServer) -> None:
    long = {"role": "user", "content": "It rained. " * 60}
    told = ollama.Client(protocol_server.url).chat(
        CHAT.name, [long], options={"num_ctx": 32, "num_predict": 1}
    )
    assert (told.done, told.prompt_eval_count) == (True, 31)


def test_requests_may_forbid_cutting(llama_engine: Engine) -> None:
    tokens = list(range(50))
    asked = want(32)
    with pytest.raises(Refused) as wrong:
        fitted(tokens, replace(asked, shift=False))
    assert (wrong.value.status, str(wrong.value)) == (400, TOO_LONG)
    with pytest.raises(Refused) as wrong:
        fitted(tokens, replace(asked, truncate=False))
    told = json.loads(str(wrong.value))["error"]
    assert told["type"] == "exceed_context_size_error"
    assert (told["n_prompt_tokens"], told["n_ctx"]) == (50, 32)


def test_raw_fields_of_the_request_reach_the_cutting(protocol_server: ProtocolServer) -> None:
    body = {
        "model": CHAT.name,
        "prompt": "It rained. " * 60,
        "raw": True,
        "stream": False,
        "options": {"num_ctx": 32, "num_predict": 1},
    }
    with httpx.Client(base_url=protocol_server.url) as client:
        for field, error in (("shift", TOO_LONG), ("truncate", "exceed_context_size_error")):
            answer = client.post("/api/generate", json={**body, field: False})
            assert answer.status_code == 400
            assert error in answer.json()["error"]


def test_without_shift_an_answer_ends_with_the_context(protocol_server: ProtocolServer) -> None:
    body = {"model": CHAT.name, "prompt": "Once upon a time", "raw": True, "stream": False}
    with httpx.Client(base_url=protocol_server.url) as client:
        told = client.post(
            "/api/generate", json={**body, "shift": False, "options": {"num_ctx": 12}}
        ).json()
    assert told["done_reason"] == "length"
    assert told["prompt_eval_count"] + told["eval_count"] == 12
