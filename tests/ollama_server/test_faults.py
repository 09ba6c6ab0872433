"""The fault switches of the protocol test server, as the real Ollama client meets them."""

from __future__ import annotations

import httpx
import ollama
import pytest

from ollama_server.engine import Engine
from ollama_server.server import ProtocolServer, protocol_server_over

CHAT = "smollm2:135m"
SKY = "The sky is"
FEW = {"num_predict": 4}


def collected(server: ProtocolServer) -> tuple[list[bool | None], Exception | None]:
    """Of each chunk of a stream whether it was the last, and the error that ended it."""
    got: list[bool | None] = []
    try:
        for chunk in ollama.Client(server.url).generate(
            CHAT, SKY, raw=True, options=FEW, stream=True
        ):
            got.append(chunk.done)
    except Exception as exc:  # noqa: BLE001  # whatever it is, the test looks at it
        return got, exc
    return got, None


def test_failure_before_the_answer_has_a_status(protocol_server: ProtocolServer) -> None:
    protocol_server.faults.fail_before = "cuda out of memory"
    client = ollama.Client(protocol_server.url)
    for stream in (False, True):
        with pytest.raises(ollama.ResponseError, match="cuda out of memory") as wrong:
            list(client.generate(CHAT, SKY, stream=stream))
        assert wrong.value.status_code == 500
    assert client.show(CHAT).capabilities == ["completion"]  # the server itself is well


def test_failure_amid_the_stream_is_a_line_under_status_200(
    protocol_server: ProtocolServer,
) -> None:
    protocol_server.faults.fail_after = 2
    got, error = collected(protocol_server)
    assert got == [False, False]
    assert isinstance(error, ollama.ResponseError)
    assert (error.status_code, "no longer running" in error.error) == (-1, True)
    protocol_server.faults.fail_after = 0
    got, error = collected(protocol_server)
    assert (got, getattr(error, "status_code", None)) == ([], 500)


def test_stream_that_ends_without_done_looks_like_a_normal_end(
    protocol_server: ProtocolServer,
) -> None:
    protocol_server.faults.end_after = 2
    assert collected(protocol_server) == ([False, False], None)


def test_broken_connection_amid_the_stream(protocol_server: ProtocolServer) -> None:
    protocol_server.faults.cut_after = 2
    got, error = collected(protocol_server)
    assert got == [False, False]
    assert isinstance(error, httpx.RemoteProtocolError)


def test_slow_answer_runs_into_the_clients_timeout(protocol_server: ProtocolServer) -> None:
    protocol_server.faults.pause_s = 60
    with pytest.raises(httpx.ReadTimeout):
        ollama.Client(protocol_server.url, timeout=0.2).generate(CHAT, SKY, raw=True, options=FEW)


def test_first_connections_are_reset(protocol_server: ProtocolServer) -> None:
    protocol_server.faults.reset = 2
    client = ollama.Client(protocol_server.url)
    for _ in range(2):
        with pytest.raises((httpx.TransportError, ConnectionError)):
            client.show(CHAT)
    assert client.show(CHAT).capabilities == ["completion"]
    assert len(protocol_server.requests) == 1


def test_server_that_does_not_listen_yet_refuses(llama_engine: Engine) -> None:
    with protocol_server_over(llama_engine, listening=False) as server:
        client = ollama.Client(server.url)
        with pytest.raises(ConnectionError, match="Failed to connect"):
            client.show(CHAT)
        server.listen()
        assert client.show(CHAT).capabilities == ["completion"]


def test_closed_server_breaks_kept_connections_and_refuses_new_ones(
    protocol_server: ProtocolServer,
) -> None:
    client = ollama.Client(protocol_server.url)
    answer = client.generate(CHAT, SKY, raw=True, options={"num_predict": 20}, stream=True)
    assert next(answer).response
    protocol_server.close()
    with pytest.raises(httpx.RemoteProtocolError):
        list(answer)
    with pytest.raises(ConnectionError):
        client.show(CHAT)


def test_wrong_prompt_count_is_told(protocol_server: ProtocolServer) -> None:
    protocol_server.faults.prompt_eval_count = 7
    client = ollama.Client(protocol_server.url)
    assert client.generate(CHAT, SKY, raw=True, options=FEW).prompt_eval_count == 7
    assert client.embed("smollm2-embed", "a red car").prompt_eval_count == 7


def test_model_taken_out_is_missing(protocol_server: ProtocolServer) -> None:
    del protocol_server.models[CHAT]
    with pytest.raises(ollama.ResponseError, match="not found"):
        ollama.Client(protocol_server.url).show(CHAT)


def test_chat_that_is_too_long_is_refused_as_llama_server_does(
    protocol_server: ProtocolServer,
) -> None:
    protocol_server.faults.refuse_long = True
    long = [{"role": "user", "content": "It rained. " * 60}]
    with pytest.raises(ollama.ResponseError, match="exceed_context_size_error") as wrong:
        ollama.Client(protocol_server.url).chat(CHAT, long, options={"num_ctx": 64})
    assert wrong.value.status_code == 400


def test_client_that_leaves_ends_the_answer(protocol_server: ProtocolServer) -> None:
    answer = ollama.Client(protocol_server.url).generate(
        CHAT, SKY, raw=True, options={"num_predict": 2000}, stream=True
    )
    next(answer)
    answer.close()  # type: ignore[attr-defined]  # a generator, whatever its annotation says
    # one thing at a time: this waits for the other one, which would take half a minute
    client = ollama.Client(protocol_server.url, timeout=20)
    told = client.generate(CHAT, SKY, raw=True, options=FEW)
    assert told.eval_count == 4
