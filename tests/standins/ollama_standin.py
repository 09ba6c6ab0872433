"""A stand-in for an Ollama server, for tests only. It is not Ollama and runs no model.

It speaks as much of the protocol as the paths under test need (`/api/show`, `/api/chat` without
streaming) and replies what a test tells it to. A faithful protocol server over a real model comes
with the language model stage.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

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

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            standin.requests.append((self.path, body))
            if body.get("model") not in models:
                return self._send(404, {"error": f"model '{body.get('model')}' not found"})
            if self.path == "/api/show":
                return self._send(200, {"details": {}, "model_info": {}, "capabilities": []})
            if status != 200:
                return self._send(status, {"error": "out of memory"})
            message = {"role": "assistant", "content": reply(body)}
            return self._send(
                200,
                {
                    "model": body["model"],
                    "created_at": "2026-01-01T00:00:00Z",
                    "message": message,
                    "done": True,
                    "done_reason": "stop",
                },
            )

        def _send(self, code: int, body: dict[str, Any]) -> None:
            content = json.dumps(body).encode()
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            """Keep the test output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    standin.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield standin
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
