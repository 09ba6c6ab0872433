"""The protocol test server answers the real Ollama client as Ollama's sources say. It is not it."""

from __future__ import annotations

import json
import math
import urllib.error
import urllib.request
from typing import Any

import numpy as np
import ollama
import pytest

from ollama_server.server import VERSION, ProtocolServer

CHAT = "smollm2:135m"
ASK = [{"role": "user", "content": "Name a colour."}]
FEW = {"num_predict": 4}


@pytest.fixture
def client(protocol_server: ProtocolServer) -> ollama.Client:
    return ollama.Client(protocol_server.url)


def call(url: str, body: bytes | None = None, method: str | None = None) -> tuple[int, str, bytes]:
    """Status, content type and content of a bare request."""
    request = urllib.request.Request(url, data=body, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers["Content-Type"], error.read()


def refusal(wrong: Any) -> tuple[int, str]:
    return wrong.value.status_code, wrong.value.error


def test_root_version_and_unknown_paths(protocol_server: ProtocolServer) -> None:
    url = protocol_server.url
    assert call(url)[::2] == (200, b"Ollama is running")
    assert call(url, method="HEAD")[::2] == (200, b"")
    assert json.loads(call(f"{url}/api/version")[2]) == {"version": VERSION}
    assert call(f"{url}/api/version", method="HEAD")[::2] == (200, b"")
    assert call(f"{url}/api/nothing")[0] == call(f"{url}/api/nothing", b"{}")[0] == 404


def test_it_says_in_every_answer_that_it_is_not_ollama(protocol_server: ProtocolServer) -> None:
    with urllib.request.urlopen(protocol_server.url) as answer:
        assert "not Ollama" in answer.headers["Server"]


def test_models_are_listed_and_shown(client: ollama.Client) -> None:
    assert {row.model for row in client.list().models} == {CHAT, "smollm2-embed:latest"}
    shown = client.show(CHAT)
    assert shown.capabilities == ["completion"]
    assert shown.modelinfo is not None
    assert shown.modelinfo["llama.context_length"] == 8192
    assert client.show("smollm2-embed").capabilities == ["embedding"]


def test_missing_model_is_told_before_any_stream(client: ollama.Client) -> None:
    calls = [
        lambda: client.show("no-such"),
        lambda: client.chat("no-such", ASK),
        lambda: next(client.chat("no-such", ASK, stream=True)),
        lambda: client.generate("no-such", "x"),
        lambda: client.embed("no-such", "x"),
    ]
    for asked in calls:
        with pytest.raises(ollama.ResponseError) as wrong:
            asked()
        assert refusal(wrong) == (404, "model 'no-such' not found")


def test_bad_bodies_are_refused(protocol_server: ProtocolServer) -> None:
    chat = f"{protocol_server.url}/api/chat"
    for body, status in [(b"", 400), (b"{", 400), (b"[1]", 400), (b'{"messages": []}', 400)]:
        code, kind, content = call(chat, body, "POST")
        assert (code, kind) == (status, "application/json; charset=utf-8")
        assert json.loads(content)["error"]


def test_streamed_and_whole_answers_say_the_same(client: ollama.Client) -> None:
    whole = client.chat(CHAT, ASK, options=FEW)
    chunks = list(client.chat(CHAT, ASK, options=FEW, stream=True))
    *pieces, last = chunks
    assert whole.message.content
    assert "".join(piece.message.content or "" for piece in pieces) == whole.message.content
    assert [piece.done for piece in pieces] == [False] * len(pieces)
    for final in (whole, last):
        assert (final.done, final.done_reason, final.eval_count) == (True, "length", 4)
        # the template of SmolLM2 puts a system message of its own before the question
        assert final.prompt_eval_count == 34
    assert last.message.content == ""


def test_a_stream_is_one_json_object_a_line(protocol_server: ProtocolServer) -> None:
    body = json.dumps({"model": CHAT, "messages": ASK, "options": FEW}).encode()
    status, kind, content = call(f"{protocol_server.url}/api/chat", body)  # streams unless told
    assert (status, kind) == (200, "application/x-ndjson")
    rows = [json.loads(line) for line in content.splitlines()]
    assert [row["done"] for row in rows] == [False] * (len(rows) - 1) + [True]
    assert content.endswith(b"\n")


def test_stop_word_ends_the_answer(client: ollama.Client) -> None:
    told = client.generate(CHAT, "1, 2, 3, 4,", raw=True, options={"stop": [" 7"]})
    assert (told.done_reason, told.response) == ("stop", " 5, 6,")


def test_log_probabilities(client: ollama.Client) -> None:
    told = client.generate(
        CHAT, "The sky is", raw=True, options={"num_predict": 2}, logprobs=True, top_logprobs=3
    )
    assert told.logprobs is not None
    assert "".join(row.token for row in told.logprobs) == told.response
    for row in told.logprobs:
        tops = [other.logprob for other in row.top_logprobs or ()]
        assert len(tops) == 3
        assert tops == sorted(tops, reverse=True)
        assert row.logprob == tops[0]  # greedy
        assert sum(map(math.exp, tops)) < 1
    plain = client.chat(CHAT, ASK, options={"num_predict": 1}, logprobs=True)
    assert plain.logprobs is not None
    assert not plain.logprobs[0].top_logprobs
    with pytest.raises(ollama.ResponseError) as wrong:
        client.chat(CHAT, ASK, logprobs=True, top_logprobs=21)
    assert refusal(wrong) == (400, "top_logprobs must be between 0 and 20")


def test_format_binds_the_answer(client: ollama.Client) -> None:
    schema = {
        "type": "object",
        "properties": {"hot": {"type": "boolean"}},
        "required": ["hot"],
        "additionalProperties": False,
    }
    ask = [{"role": "user", "content": "Is fire hot?"}]
    told = client.chat(CHAT, ask, format=schema, options={"num_predict": 20})
    assert isinstance(json.loads(told.message.content or "")["hot"], bool)
    free = client.generate(CHAT, "Name a colour.", format="json", options={"num_predict": 2})
    assert free.response.startswith("{")


def test_generate_wraps_the_prompt_and_returns_a_context_to_go_on_from(
    client: ollama.Client,
) -> None:
    told = client.generate(CHAT, "A colour?", system="Be brief.", options={"num_predict": 2})
    assert told.context is not None
    assert len(told.context) == (told.prompt_eval_count or 0) + (told.eval_count or 0)
    more = client.generate(CHAT, "x", context=told.context, options={"num_predict": 1})
    assert (more.prompt_eval_count or 0) > len(told.context)
    raw = client.generate(CHAT, "The sky is", raw=True, options={"num_predict": 1})
    assert (raw.prompt_eval_count, raw.context) == (3, None)
    with pytest.raises(ollama.ResponseError, match="raw mode does not support"):
        client.generate(CHAT, "x", raw=True, system="y")


PICTURE = "iVBORw0KGgo="
TOOL: Any = {"type": "function", "function": {"name": "look", "parameters": {}}}


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"think": True}, '"smollm2:135m" does not support thinking'),
        ({"tools": [TOOL]}, "registry.ollama.ai/library/smollm2:135m does not support tools"),
        (
            {"messages": [{"role": "user", "content": "What is this?", "images": [PICTURE]}]},
            "this model is missing data required for image input",
        ),
        (
            {"model": "smollm2-embed"},
            '"smollm2-embed" does not support chat',
        ),
    ],
)
def test_what_the_model_cannot_is_refused(
    client: ollama.Client, asked: dict[str, Any], error: str
) -> None:
    with pytest.raises(ollama.ResponseError) as wrong:
        client.chat(**{"model": CHAT, "messages": ASK, **asked})
    assert refusal(wrong) == (400, error)


def test_empty_requests_load_and_unload(client: ollama.Client) -> None:
    assert client.ps().models == []
    assert client.chat(CHAT, [], options={"num_ctx": 512}).done_reason == "load"
    (row,) = client.ps().models
    assert (row.model, row.context_length) == (CHAT, 512)
    assert client.generate(CHAT, "", options={"num_ctx": 99999}, keep_alive="1h").done_reason == (
        "load"
    )
    assert client.ps().models[0].context_length == 8192  # no more than it was trained on
    assert client.generate(CHAT, keep_alive=0).done_reason == "unload"
    assert client.ps().models == []
    with pytest.raises(ollama.ResponseError, match="invalid duration"):
        client.chat(CHAT, [], keep_alive="soon")


def test_embeddings_are_unit_vectors_by_meaning(client: ollama.Client) -> None:
    told = client.embed("smollm2-embed", ["a red car", "a red automobile", "seven plus two"])
    vectors = np.array(told.embeddings)
    assert vectors.shape == (3, 576)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2]
    assert told.prompt_eval_count == sum(
        client.embed("smollm2-embed", text).prompt_eval_count or 0
        for text in ("a red car", "a red automobile", "seven plus two")
    )
    short = np.array(client.embed("smollm2-embed", "a red car", dimensions=8).embeddings[0])
    np.testing.assert_allclose(short, vectors[0, :8] / np.linalg.norm(vectors[0, :8]), atol=1e-6)


def test_embeddings_of_too_much_and_of_nothing(client: ollama.Client) -> None:
    few = {"num_ctx": 16}
    long = "the sea is wide and " * 20
    cut = client.embed("smollm2-embed", long, options=few)
    assert cut.prompt_eval_count == 16
    with pytest.raises(ollama.ResponseError) as wrong:
        client.embed("smollm2-embed", ["short", long], truncate=False, options=few)
    assert refusal(wrong) == (400, "the input length exceeds the context length")
    assert client.embed("smollm2-embed", "").embeddings == []
    assert client.embed("smollm2-embed", []).embeddings == []


def test_what_was_asked_is_kept_for_the_test(
    client: ollama.Client, protocol_server: ProtocolServer
) -> None:
    client.show(CHAT)
    client.chat(CHAT, [], keep_alive="5m")
    assert [path for path, _ in protocol_server.requests] == ["/api/show", "/api/chat"]
    assert protocol_server.bodies("/api/chat")[0]["keep_alive"] == "5m"
