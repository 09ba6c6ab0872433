"""How a prompt is made to fit into the context: without a word to the client, as Ollama does it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ollama_server.engine import Engine
from ollama_server.requests import Refused, Wanted

TOO_LONG = (
    "the prompt is longer than the context length currently available to the model; shorten the "
    "prompt, adjust the context length in settings, or use a model with a longer context length"
)


def chat_tokens(
    engine: Engine, messages: Sequence[dict[str, Any]], want: Wanted, *, refuse: bool
) -> list[int]:
    """Tokens of a chat, from which the oldest messages are left out until it fits.

    System messages and the last message always stay (server/prompt.go).

    Args:
        refuse: what is still too long is not cut but refused in llama-server's own words.

    Raises:
        Refused: too long, and not to be cut.
    """
    tokens: list[int] = []
    for start in range(len(messages)) if want.truncate else [0]:
        system = [m for m in messages[:start] if m["role"] == "system"]
        tokens = engine.tokens(engine.render([*system, *messages[start:]]))
        if len(tokens) <= want.context:
            break
    if refuse:
        want = replace(want, truncate=False)
    return fitted(tokens, want)


def fitted(tokens: list[int], want: Wanted) -> list[int]:
    """The first `num_keep` tokens and the last ones, one fewer than the context holds.

    (llm/llama_server.go.) The instructions and the first sources are what is lost.

    Raises:
        Refused: too long, and the request forbids cutting or shifting.
    """
    limit = want.context - 1
    if len(tokens) <= limit:
        return tokens
    if not want.truncate:
        raise Refused(400, json.dumps(_overflow(len(tokens), want.context)))
    if not want.shift:
        raise Refused(400, TOO_LONG)
    keep = limit if want.keep < 0 else min(want.keep, limit)
    return tokens[:keep] + tokens[keep + len(tokens) - limit :]


def _overflow(tokens: int, context: int) -> dict[str, Any]:
    return {
        "error": {
            "code": 400,
            "message": f"request ({tokens} tokens) exceeds the available context size "
            f"({context} tokens), try increasing it",
            "type": "exceed_context_size_error",
            "n_prompt_tokens": tokens,
            "n_ctx": context,
        }
    }
