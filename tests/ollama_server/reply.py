"""How the protocol test server sends an answer: whole, or line by line until something breaks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ollama_server.faults import Faults

if TYPE_CHECKING:
    from ollama_server.server import _Handler


class Gone(Exception):
    """The answer has ended before its time, by a fault or by a client that left."""


class Reply:
    """One answer. The first object that is streamed settles the status 200."""

    def __init__(self, handler: _Handler, faults: Faults, *, streamed: bool) -> None:
        self._handler = handler
        self._faults = faults
        self._streamed = streamed
        self._sent = 0
        self._ended = False

    def send(self, chunk: dict[str, Any], *, done: bool = True) -> None:
        """Send an object of the answer; a whole answer is one object that is done.

        Raises:
            Gone: nothing more can be sent.
        """
        self._handler.server.owner.pause(self._faults)
        self._break_if_due()
        if not self._streamed:
            return self.whole(200, chunk)
        self._line(chunk)
        self._sent += 1
        if done:
            self._end()
        return None

    def error(self, status: int, message: str) -> None:
        """An error: with its status as long as nothing was sent, else as one more line."""
        if self._ended:
            return
        if self._sent:
            self._line({"error": message})
            self._end()
        else:
            self.whole(status, {"error": message})

    def whole(self, status: int, body: dict[str, Any]) -> None:
        """One JSON object."""
        self._send(status, "application/json; charset=utf-8", json.dumps(body).encode())

    def text(self, status: int, words: str) -> None:
        """Plain words."""
        self._send(status, "text/plain; charset=utf-8", words.encode())

    def _send(self, status: int, kind: str, content: bytes) -> None:
        self._ended = True
        handler = self._handler
        handler.send_response(status)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(content)

    def _break_if_due(self) -> None:
        faults, sent = self._faults, self._sent
        if sent == faults.cut_after:
            self._ended = True
            self._handler.close_connection = True
            raise Gone
        if sent == faults.end_after and self._streamed:
            self._begin()
            self._end()
            raise Gone
        if sent == faults.fail_after:
            self.error(500, "llama runner process no longer running: -1")
            raise Gone

    def _begin(self) -> None:
        if self._sent or self._ended:
            return
        handler = self._handler
        handler.send_response(200)
        handler.send_header("Content-Type", "application/x-ndjson")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()

    def _line(self, chunk: dict[str, Any]) -> None:
        self._begin()
        line = json.dumps(chunk).encode() + b"\n"
        try:
            self._handler.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
        except OSError as exc:
            self._ended = True
            self._handler.close_connection = True
            raise Gone from exc

    def _end(self) -> None:
        self._ended = True
        self._handler.wfile.write(b"0\r\n\r\n")
