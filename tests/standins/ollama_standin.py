"""A stand-in for an Ollama server, for tests only. It is not Ollama and runs no model.

It speaks as much of the protocol as the paths under test need (`/api/show`, `/api/chat` without
streaming) and replies what a test tells it to; `ollama_server` speaks it over a real model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from standins.serving import JsonHandler, serving

Reply = Callable[[dict[str, Any]], str]


@dataclass
class StandIn:
    """A running stand-in: its URL, and the bodies of the requests that it got."""

    url: str
    requests: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def bodies(self, path: str) -> list[dict[str, Any]]:
        """Bodies sent to one path."""
        return [body for where, body in self.requests if where == path]


@contextmanager
def ollama_standin(
    reply: Reply, *, models: tuple[str, ...] = ("tiny",), status: int = 200
) -> Iterator[StandIn]:
    """Serve on a free loopback port until the block ends."""
    standin = StandIn("")

    class Handler(JsonHandler):
        def do_POST(self) -> None:
            body = self.body()
            standin.requests.append((self.path, body))
            if body.get("model") not in models:
                return self.send(404, {"error": f"model '{body.get('model')}' not found"})
            if self.path == "/api/show":
                return self.send(200, {"details": {}, "model_info": {}, "capabilities": []})
            if status != 200:
                return self.send(status, {"error": "out of memory"})
            message = {"role": "assistant", "content": reply(body)}
            return self.send(
                200,
                {
                    "model": body["model"],
                    "created_at": "2026-01-01T00:00:00Z",
                    "message": message,
                    "done": True,
                    "done_reason": "stop",
                },
            )

    with serving(Handler) as url:
        standin.url = url
        yield standin
