"""The Ollama server's door: preflight, tries and errors, against the protocol test server."""

from __future__ import annotations

import asyncio
import socket

import httpx
import pytest
from ollama_server.models import CHAT
from ollama_server.server import ProtocolServer
from standins.serving import JsonHandler, serving

import mmrag.ollama
from mmrag.errors import (
    GenerationError,
    InputError,
    LLMModelMissing,
    LLMUnavailable,
    PromptTruncated,
)
from mmrag.ollama import OllamaServer


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mmrag.ollama, "BACKOFF_S", 0.001)


def dead_url() -> str:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_preflight_tells_what_a_model_is(protocol_server: ProtocolServer) -> None:
    found = OllamaServer(protocol_server.url).preflight(CHAT.name)
    assert found.name == CHAT.name
    assert found.digest == CHAT.row()["digest"]
    assert found.capabilities == {"completion"}
    assert (found.context_length, found.embedding_length) == (8192, 576)


def test_a_name_without_a_tag_finds_its_digest(protocol_server: ProtocolServer) -> None:
    found = OllamaServer(protocol_server.url).preflight("smollm2-embed", needs="embedding")
    assert found.digest == protocol_server.models["smollm2-embed:latest"].row()["digest"]


def test_url_without_scheme_is_taken_as_the_client_takes_it(
    protocol_server: ProtocolServer,
) -> None:
    bare = protocol_server.url.removeprefix("http://")
    assert OllamaServer(bare).preflight(CHAT.name).context_length == 8192


def test_missing_model_names_the_command(protocol_server: ProtocolServer) -> None:
    with pytest.raises(LLMModelMissing, match=r"fetch it with: ollama pull qwen3:4b$"):
        OllamaServer(protocol_server.url).preflight("qwen3:4b")


def test_lacking_capability_is_named(protocol_server: ProtocolServer) -> None:
    with pytest.raises(GenerationError, match=r"no capability 'vision' \(it has: completion\)"):
        OllamaServer(protocol_server.url).preflight(CHAT.name, needs="vision")


@pytest.mark.parametrize("version", ["0.12.10", "0.9.6-rc1"])
def test_old_server_is_refused(protocol_server: ProtocolServer, version: str) -> None:
    protocol_server.version = version
    with pytest.raises(GenerationError, match=rf"version {version}.*needs 0\.12\.11"):
        OllamaServer(protocol_server.url).preflight(CHAT.name)


@pytest.mark.parametrize("version", ["0.12.11", "0.13.0", "1.0", "0.0.0", "0.0.0-dev"])
def test_new_and_unnumbered_servers_are_taken(
    protocol_server: ProtocolServer, version: str
) -> None:
    protocol_server.version = version
    assert OllamaServer(protocol_server.url).preflight(CHAT.name).name == CHAT.name


def test_dead_server_names_url_remedy_and_alternative() -> None:
    url = dead_url()
    with pytest.raises(LLMUnavailable) as caught:
        OllamaServer(url, otherwise="use --llm extractive").preflight("tiny")
    assert url in str(caught.value)
    assert "ollama serve" in str(caught.value)
    assert str(caught.value).endswith(", or use --llm extractive")


@pytest.mark.parametrize("body", [b"<html>Sign in</html>", b"[]", b'{"version": "1.0"}'])
def test_some_other_server_is_recognised(body: bytes) -> None:
    class Handler(JsonHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

    with serving(Handler) as url, pytest.raises(GenerationError, match="is not Ollama, it seems"):
        OllamaServer(url).preflight("tiny")


def counted(failures: list[Exception], server: OllamaServer) -> tuple[int, Exception | None]:
    """How often a call that fails like this is tried, and what comes of it."""
    tried = 0

    def call() -> str:
        nonlocal tried
        tried += 1
        if failures:
            raise failures.pop(0)
        return "done"

    try:
        assert server.tries(call) == "done"
    except (OSError, httpx.HTTPError, ValueError) as exc:
        return tried, exc
    return tried, None


def test_connection_errors_are_tried_again_and_no_others() -> None:
    server = OllamaServer(retries=2)
    dropped = [ConnectionError(), httpx.ConnectError(""), httpx.ReadError("")]
    assert counted(dropped[:2], server) == (3, None)
    assert counted(list(dropped), server) == (3, dropped[2])
    assert counted([ConnectionError()], OllamaServer(retries=0))[0] == 1
    assert counted([httpx.ReadTimeout("")], server)[0] == 1
    assert counted([ValueError()], server)[0] == 1


def test_pauses_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mmrag.ollama, "BACKOFF_S", 0.25)
    pauses: list[float] = []
    monkeypatch.setattr("tenacity.nap.time.sleep", pauses.append)
    counted([ConnectionError()] * 3, OllamaServer(retries=3))
    assert pauses == [0.25, 0.5, 1.0]


def test_async_calls_are_tried_again_too() -> None:
    failures: list[Exception] = [ConnectionError(), httpx.ConnectError("")]

    async def call() -> str:
        if failures:
            raise failures.pop()
        return "done"

    assert asyncio.run(OllamaServer(retries=2).async_tries(call)) == "done"


def test_refusals_are_asked_for_once(protocol_server: ProtocolServer) -> None:
    protocol_server.faults.fail_before = "out of memory"
    server = OllamaServer(protocol_server.url)
    with pytest.raises(GenerationError, match="failed: out of memory"), server.errors("m"):
        server.tries(lambda: server.client().embed(model="smollm2-embed", input="x"))
    assert len(protocol_server.bodies("/api/embed")) == 1


def test_slow_server_is_told_from_a_dead_one(protocol_server: ProtocolServer) -> None:
    protocol_server.faults.pause_s = 1.0
    server = OllamaServer(protocol_server.url, timeout_s=0.1)
    with (
        pytest.raises(LLMUnavailable, match=r"within 0\.1 s; raise ollama\.timeout_s$"),
        server.errors("m"),
    ):
        server.tries(lambda: server.client().embed(model="smollm2-embed", input="x"))
    assert len(protocol_server.bodies("/api/embed")) == 1


def test_too_long_is_told_in_either_wording(protocol_server: ProtocolServer) -> None:
    server = OllamaServer(protocol_server.url)
    client = server.client()
    with pytest.raises(PromptTruncated, match="too long for m"), server.errors("m"):
        client.embed(model="smollm2-embed", input="word " * 3000, truncate=False)
    protocol_server.faults.refuse_long = True
    messages = [{"role": "user", "content": "word " * 600}]
    with pytest.raises(PromptTruncated, match=r"exceeds the available context"), server.errors("m"):
        client.chat(model=CHAT.name, messages=messages, options={"num_ctx": 512})


def test_errors_of_ours_pass_as_they_are() -> None:
    with pytest.raises(InputError, match=r"^no$"), OllamaServer().errors("m"):
        raise InputError("no")
    with pytest.raises(ZeroDivisionError), OllamaServer().errors("m"):
        raise ZeroDivisionError
