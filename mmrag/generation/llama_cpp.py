"""llama.cpp in this process: one GGUF model, one request at a time, its errors named.

Through xllamacpp, the one binding with wheels on the package index; llama-cpp-python has to be
compiled. It opens a listener on a free loopback port whether one wants it or not, so the listener
is given a random key, and tells those without it nothing but that it is up.
"""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import httpx

from mmrag.errors import GenerationError
from mmrag.extras import require

_MAGIC = b"GGUF"
_BATCH = 128
"""Tokens of a prompt that are read before it is asked whether somebody still waits."""


class LlamaCpp:
    """A loaded model.

    Attributes:
        context: tokens of prompt and answer together, at most what the model was trained on.
    """

    def __init__(self, path: Path, *, context: int, threads: int) -> None:
        """Load the weights, which takes a second for 100 MB.

        Args:
            context: tokens that are wanted.

        Raises:
            MissingExtra: xllamacpp is not installed.
            GenerationError: the file is no GGUF, or of a model that llama.cpp cannot run.
        """
        xllamacpp = require("xllamacpp", extra="local", purpose="run a language model here")
        _check(path)
        key = secrets.token_urlsafe(32)
        parameters = xllamacpp.CommonParams()
        parameters.model.path = str(path)
        parameters.n_ctx = context
        parameters.n_parallel = 1
        parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = threads
        parameters.n_batch = parameters.n_ubatch = _BATCH
        parameters.api_keys = [key]
        parameters.ui = False
        parameters.cache_ram_mib = 0  # by default it keeps prompts of up to 8 GB
        parameters.warmup = False
        parameters.verbosity = -1
        try:
            self._server: Any = xllamacpp.Server(parameters)
        except RuntimeError as exc:
            raise GenerationError(
                f"llama.cpp cannot run {path}: the file is damaged, of a model that it does not "
                f"know, or too large for the memory; try another GGUF file"
            ) from exc
        self.context = _context(self._server.listening_address, key)
        self._lock = threading.Lock()

    def chat(self, body: dict[str, Any]) -> dict[str, Any]:
        """The answer to a chat completion of OpenAI's form.

        It is streamed underneath, for nothing else can be interrupted.

        Raises:
            GenerationError: refused, or failed, or closed.
        """
        return _merged(self.stream(body))

    def stream(self, body: dict[str, Any]) -> Stream:
        """The same, chunk by chunk; generation starts at once, in a thread of its own."""
        return Stream(self, body)

    def close(self) -> None:
        """Free the model and its port, when the request that runs has ended."""
        with self._lock:
            self._server = None

    def run(self, body: dict[str, Any], stream: Stream) -> None:
        """Feed a stream until it ends or nobody listens any more."""
        with self._lock, _named():
            if not stream.left:
                self._open().handle_chat_completions(body, stream.take)

    def _open(self) -> Any:  # noqa: ANN401  # xllamacpp has no types
        if self._server is None:
            raise GenerationError("the language model was closed; make a new one")
        return self._server


class Stream:
    """Chunks of an answer that is being generated. Who stops reading early calls `stop`.

    The thread is no daemon: Python ends those in the midst of llama.cpp, which then aborts.
    """

    def __init__(self, engine: LlamaCpp, body: dict[str, Any]) -> None:
        self.left = False
        self._chunks: SimpleQueue[dict[str, Any] | GenerationError | None] = SimpleQueue()
        self._thread = threading.Thread(
            target=self._run, args=(engine, {**body, "stream": True, "return_progress": True})
        )
        self._thread.start()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Each chunk once.

        Raises:
            GenerationError: refused or failed, or it ended before the answer did.
        """
        finished = False
        try:
            while (chunk := self._chunks.get()) is not None:
                if isinstance(chunk, GenerationError):
                    raise chunk
                for choice in _checked(chunk)["choices"]:
                    finished = choice["finish_reason"] is not None
                if "prompt_progress" not in chunk:
                    yield chunk
        finally:
            self.stop()
        if not finished:
            raise GenerationError("llama.cpp stopped amid its answer")

    def stop(self) -> None:
        """End the generation; the thread ends with the token or the batch that it is at."""
        self.left = True

    def take(self, chunk: dict[str, Any]) -> bool:
        """Take a chunk from llama.cpp and tell it whether to stop."""
        self._chunks.put(chunk)
        return self.left

    def _run(self, engine: LlamaCpp, body: dict[str, Any]) -> None:
        try:
            engine.run(body, self)
        except GenerationError as exc:
            self._chunks.put(exc)
        finally:
            self._chunks.put(None)


def default_threads() -> int:
    """One on small or busy machines, else as many as there are physical cores, by half.

    The threads of llama.cpp wait for each other in a loop: on two shared cores two of them generate
    a seventh of the tokens that one does.
    """
    cores = os.cpu_count() or 1
    busy = hasattr(os, "getloadavg") and os.getloadavg()[0] > cores
    return 1 if cores <= 2 or busy else cores // 2


def _check(path: Path) -> None:
    try:
        with path.open("rb") as file:
            start = file.read(len(_MAGIC))
    except OSError as exc:
        raise GenerationError(f"cannot read the language model {path}: {exc.strerror}") from exc
    if start != _MAGIC:
        raise GenerationError(
            f"{path} is no GGUF file: it begins with {start!r}; give local.model a model in "
            f"llama.cpp's format"
        )


def _context(address: str, key: str) -> int:
    """What became of the context that was wanted; the listener alone tells it."""
    answer = httpx.get(
        f"{address}/props", headers={"Authorization": f"Bearer {key}"}, trust_env=False
    )
    answer.raise_for_status()
    return int(answer.json()["default_generation_settings"]["n_ctx"])


@contextmanager
def _named() -> Iterator[None]:
    try:
        yield
    except (RuntimeError, ValueError) as exc:
        if isinstance(exc, GenerationError):
            raise
        raise GenerationError(f"llama.cpp refused the request: {exc}") from exc


def _merged(stream: Stream) -> dict[str, Any]:
    """The answer that was not streamed, out of the chunks of one that was."""
    said = ""
    told: list[dict[str, Any]] = []
    last: dict[str, Any] = {}
    for chunk in stream:
        last = chunk
        for choice in chunk["choices"]:
            said += choice["delta"].get("content") or ""
            told += (choice.get("logprobs") or {}).get("content") or []
    choice = {
        "index": 0,
        "finish_reason": last["choices"][0]["finish_reason"],
        "message": {"role": "assistant", "content": said},
        **({"logprobs": {"content": told}} if told else {}),
    }
    return {**last, "object": "chat.completion", "choices": [choice]}


def _checked(found: dict[str, Any]) -> dict[str, Any]:
    """What llama.cpp answered, in which an error is an answer like any other."""
    error = found.get("error")
    if error is None:
        return found
    if error.get("type") == "exceed_context_size_error":
        raise GenerationError(
            f"the prompt has {error['n_prompt_tokens']} tokens and the language model takes "
            f"{error['n_ctx']}; raise local.context_window, or lower answer.sources"
        )
    raise GenerationError(f"llama.cpp failed: {error.get('message', error)}")
