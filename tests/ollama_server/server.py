"""The protocol test server itself: Ollama's paths on a free loopback port. It is not Ollama."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from waiting import join

from ollama_server.answers import ANSWERS, RUNNING, STREAMED
from ollama_server.engine import Engine, EngineError
from ollama_server.faults import Faults
from ollama_server.models import CHAT, EMBED, Loaded, Model, now
from ollama_server.reply import Gone, Reply
from ollama_server.requests import Refused

VERSION = "0.32.9"
"""The release of Ollama whose protocol it speaks."""


class ProtocolServer:
    """A running server, and what a test may look at and change.

    Attributes:
        engine: the llama.cpp behind it, shared by all servers of a test run.
        faults: switches for what goes wrong.
        models: by name, what it says it has; take one out and it is missing.
        version: what `/api/version` says.
        requests: path and body of every request that came, in order.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.faults = Faults()
        self.models = {model.name: model for model in (CHAT, EMBED)}
        self.version = VERSION
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self._loaded: dict[str, Loaded] = {}
        self._closing = threading.Event()
        self._http = _Listener(self)
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Where it answers once it listens."""
        return f"http://127.0.0.1:{self._http.server_port}"

    def listen(self) -> None:
        """Take connections; until then they are refused."""
        self._http.server_activate()
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Break all connections and refuse new ones, as a server that was killed.

        It waits for the model to stop, for a process that ends meanwhile would abort.
        """
        self._closing.set()
        if self._thread is not None:
            self._http.shutdown()
            join(self._thread)
        self._http.break_connections()
        self._http.server_close()

    @property
    def closing(self) -> bool:
        """Whether nothing more will be answered."""
        return self._closing.is_set()

    def bodies(self, path: str) -> list[dict[str, Any]]:
        """Bodies that were sent to one path."""
        return [body for where, body in self.requests if where == path]

    def model(self, body: dict[str, Any]) -> Model:
        """The model that a request names.

        Raises:
            Refused: it is not here.
        """
        asked = body.get("model") or body.get("name") or ""
        found = self.models.get(asked if ":" in asked else f"{asked}:latest")
        if found is None:
            raise Refused(404, f"model '{asked}' not found")
        return found

    def keep(self, model: Model, context: int, kept: timedelta) -> None:
        """Remember that a model is loaded, for so long."""
        self._loaded[model.name] = Loaded(model, context, now() + kept)

    def loaded(self) -> list[dict[str, Any]]:
        """Rows of `/api/ps`."""
        return [row.row() for row in self._loaded.values() if row.expires > now()]

    def pause(self, faults: Faults) -> None:
        """Be as slow as a test wants it, but not when the server ends."""
        self._closing.wait(faults.pause_s)


@contextmanager
def protocol_server_over(engine: Engine, *, listening: bool = True) -> Iterator[ProtocolServer]:
    """Serve until the block ends.

    Args:
        listening: False refuses connections until `listen` is called.
    """
    server = ProtocolServer(engine)
    try:
        if listening:
            server.listen()
        yield server
    finally:
        server.close()


class _Listener(ThreadingHTTPServer):
    """Resets or breaks connections when told to."""

    daemon_threads = False

    def __init__(self, owner: ProtocolServer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler, bind_and_activate=False)
        self.owner = owner
        self._open: list[socket.socket] = []
        self.server_bind()

    def verify_request(self, request: Any, client_address: Any) -> bool:
        if self.owner.faults.reset <= 0:
            self._open.append(request)
            return True
        self.owner.faults.reset -= 1
        # closing without lingering sends a reset
        request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.close()
        return False

    def break_connections(self) -> None:
        """End what is still open."""
        for connection in self._open:
            with suppress(OSError):  # it had ended
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep the test output clean of clients that went away."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "protocol-test-server (not Ollama)"
    sys_version = ""
    server: _Listener

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        owner, reply = self.server.owner, Reply(self, Faults(), streamed=False)
        found: dict[str, Any] = {
            "/api/version": {"version": owner.version},
            "/api/tags": {"models": [model.row() for model in owner.models.values()]},
            "/api/ps": {"models": owner.loaded()},
        }
        if self.path == "/":
            reply.text(200, "Ollama is running")
        elif self.path in found:
            reply.whole(200, found[self.path])
        else:
            reply.text(404, "404 page not found")

    def do_POST(self) -> None:
        owner = self.server.owner
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        faults = owner.faults if self.path in RUNNING else Faults()
        reply = Reply(self, faults, streamed=False)
        if self.path not in ANSWERS:
            return reply.text(404, "404 page not found")
        try:
            body = _object(sent)
            owner.requests.append((self.path, body))
            if self.path in STREAMED and body.get("stream") is not False:
                reply = Reply(self, faults, streamed=True)
            if faults.fail_before is not None:
                raise Refused(500, faults.fail_before)
            ANSWERS[self.path](owner, body, reply.send)
        except Refused as exc:
            reply.error(exc.status, str(exc))
        except EngineError as exc:
            reply.error(exc.status, json.dumps(exc.body))
        except (TypeError, ValueError, KeyError) as exc:  # of a body that nobody checked
            reply.error(500, repr(exc))
        except Gone:
            pass
        return None

    def log_message(self, *args: object) -> None:
        """Keep the test output clean."""


def _object(sent: bytes) -> dict[str, Any]:
    if not sent:
        raise Refused(400, "missing request body")
    try:
        body = json.loads(sent)
    except ValueError as exc:
        raise Refused(400, str(exc)) from exc
    if not isinstance(body, dict):
        raise Refused(400, f"cannot unmarshal {type(body).__name__} into an object")
    return body
