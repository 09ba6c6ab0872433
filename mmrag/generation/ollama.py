"""The Ollama server as LlamaIndex's own class, with its traps closed and its errors named.

`context_window` and the timeouts are always set: left alone, the class asks the server for the
model's full trained context on every call, and gives up after 30 seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx

from mmrag.config import OllamaSettings
from mmrag.errors import GenerationError, LLMModelMissing, LLMUnavailable

if TYPE_CHECKING:
    from llama_index.llms.ollama import Ollama


def ollama_llm(settings: OllamaSettings) -> Ollama:
    """A LlamaIndex LLM over the Ollama server of the settings, checked to answer.

    Raises:
        LLMUnavailable: no server answers at the URL.
        LLMModelMissing: the server does not have the model.
    """
    from llama_index.llms.ollama import Ollama  # heavy, and only this door needs it
    from ollama import AsyncClient, Client

    timeout = httpx.Timeout(settings.timeout_s, connect=settings.connect_timeout_s)
    client = Client(host=settings.url, timeout=timeout)
    with named_errors(settings):
        client.show(settings.model)
    return Ollama(
        model=settings.model,
        base_url=settings.url,
        client=client,
        async_client=AsyncClient(host=settings.url, timeout=timeout),
        context_window=settings.context_window,
        request_timeout=settings.timeout_s,
        temperature=0.0,
        thinking=False,
    )


@contextmanager
def named_errors(settings: OllamaSettings) -> Iterator[None]:
    """Turn what the client raises into one clear line with the command that mends it."""
    from ollama import ResponseError

    try:
        yield
    except ResponseError as exc:
        if exc.status_code == 404:
            raise LLMModelMissing(
                f"the Ollama server at {settings.url} has no model {settings.model}; "
                f"fetch it with: ollama pull {settings.model}"
            ) from exc
        raise GenerationError(f"Ollama at {settings.url} failed: {exc.error}") from exc
    except httpx.TimeoutException as exc:
        raise LLMUnavailable(
            f"the Ollama server at {settings.url} did not answer within {settings.timeout_s:g} s; "
            f"raise ollama.timeout_s, or use --llm extractive"
        ) from exc
    except (ConnectionError, httpx.TransportError) as exc:
        raise LLMUnavailable(
            f"no Ollama server answers at {settings.url}; start it with: ollama serve "
            f"(or set ollama.url), or use --llm extractive"
        ) from exc
