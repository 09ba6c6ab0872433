"""A stand-in for the log-probabilities of an Ollama server, for tests only. It is not Ollama.

It speaks `POST /api/generate` with `raw`, one token and `top_logprobs`, as Ollama's openapi.yaml
describes them, and answers with the log-probabilities that a test computes from the raw prompt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from standins.serving import JsonHandler, serving

Tokens = list[tuple[str, float]]
"""Tokens with their natural log-probabilities, the likeliest first."""
Judge = Callable[[str], Tokens]
"""Raw prompt to tokens."""


@dataclass
class StandIn:
    """A running stand-in: its URL, and the bodies of the requests that it got."""

    url: str = ""
    bodies: list[dict[str, Any]] = field(default_factory=list)


@contextmanager
def logprobs_standin(
    judge: Judge, *, model: str = "tiny", logprobs: bool = True, prompt_tokens: int = 100
) -> Iterator[StandIn]:
    """Serve on a free loopback port until the block ends.

    Args:
        logprobs: False answers as a server older than 0.12.11, which ignores the question.
        prompt_tokens: what every answer reports as the length of its prompt.
    """
    standin = StandIn()

    def answer(body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if body["model"] != model:
            return 404, {"error": f"model '{body['model']}' not found"}
        if not 0 <= body.get("top_logprobs", 0) <= 20:
            return 400, {"error": "top_logprobs must be between 0 and 20"}
        if not body.get("raw") or body.get("stream") is not False:
            return 500, {"error": "this stand-in speaks raw prompts without streaming only"}
        tokens = judge(body["prompt"])
        reply = {
            "model": model,
            "created_at": "2026-01-01T00:00:00Z",
            "response": tokens[0][0],
            "done": True,
            "done_reason": "length",
            "prompt_eval_count": prompt_tokens,
            "eval_count": 1,
        }
        if logprobs and body.get("logprobs"):
            shown = [{"token": token, "logprob": value} for token, value in tokens]
            reply["logprobs"] = [{**shown[0], "top_logprobs": shown[: body["top_logprobs"]]}]
        return 200, reply

    class Handler(JsonHandler):
        def do_POST(self) -> None:
            body = self.body()
            standin.bodies.append(body)
            known = self.path == "/api/generate"
            self.send(*(answer(body) if known else (404, {"error": "404 page not found"})))

    with serving(Handler) as url:
        standin.url = url
        yield standin
