"""A stand-in for an Ollama server, for tests only. It is not Ollama and runs no model.

It speaks as much of the protocol as the paths under test need (`/api/version`, `/api/tags`,
`/api/show`, `/api/chat` without streaming, `/api/embed`, `/api/pull`) and replies what a test tells
it to: what the protocol server over a real model cannot do, such as seeing or answering badly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from standins.serving import JsonHandler, serving

Reply = Callable[[dict[str, Any]], str | dict[str, Any]]
Vector = Callable[[str], list[float]]


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
    reply: Reply,
    *,
    models: tuple[str, ...] = ("tiny",),
    status: int = 200,
    capabilities: tuple[str, ...] = ("completion",),
    vector: Vector | None = None,
) -> Iterator[StandIn]:
    """Serve on a free loopback port until the block ends.

    Args:
        reply: the answer to the body of a chat, in words or as fields of its message; a ValueError
            is a status 500 with its words.
        models: what the server has.
        status: of every chat.
        capabilities: of every model.
        vector: what a text is embedded as.
    """
    standin = StandIn("")

    class Handler(JsonHandler):
        def do_GET(self) -> None:
            if self.path == "/api/version":
                return self.send(200, {"version": "0.32.9"})
            rows = [{"name": name, "model": name, "digest": f"d-{name}"} for name in models]
            return self.send(200, {"models": rows})

        def do_POST(self) -> None:
            body = self.body()
            standin.requests.append((self.path, body))
            if self.path == "/api/pull":
                return self.send(200, {"status": "pulling", "total": 10, "completed": 4})
            if body.get("model") not in models:
                return self.send(404, {"error": f"model '{body.get('model')}' not found"})
            if self.path == "/api/show":
                shown = {"details": {}, "model_info": {}, "capabilities": list(capabilities)}
                return self.send(200, shown)
            if self.path == "/api/embed" and vector is not None:
                vectors = [vector(text) for text in body["input"]]
                return self.send(200, {"model": body["model"], "embeddings": vectors})
            if status != 200:
                return self.send(status, {"error": "out of memory"})
            try:
                said = reply(body)
            except ValueError as exc:
                return self.send(500, {"error": str(exc)})
            message = said if isinstance(said, dict) else {"content": said}
            return self.send(
                200,
                {
                    "model": body["model"],
                    "created_at": "2026-01-01T00:00:00Z",
                    "message": {"role": "assistant", **message},
                    "done": True,
                    "done_reason": "stop",
                },
            )

    with serving(Handler) as url:
        standin.url = url
        yield standin
