"""A real web server on this machine, with the faults that servers have."""

from __future__ import annotations

import base64
import gzip
import io
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from waiting import join

NOTE = b"# Hut\nThe goats came home.\n"
BOMB = gzip.compress(bytes(24 << 20), 1)
"""24 MB in some 100 kB."""


def zipped(**members: bytes) -> bytes:
    """A zip archive; `__` in a name stands for a slash, `_` before the suffix for a dot."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), content)
    return buffer.getvalue()


@dataclass
class WebServer:
    """What is asked of a server, and by what name it was called."""

    url: str
    requests: list[tuple[str, str, str]] = field(default_factory=list)
    etag: str = '"one"'
    body: bytes = NOTE

    def asked(self, method: str) -> list[str]:
        return [path for asked, path, _ in self.requests if asked == method]


class _Handler(BaseHTTPRequestHandler):
    server_version, protocol_version = "Test", "HTTP/1.1"
    told: WebServer

    def log_message(self, *_: object) -> None:
        pass

    def do_HEAD(self) -> None:
        if self.path.startswith("/nohead"):
            self._answer(405, b"")
        else:
            self.do_GET()

    def do_GET(self) -> None:
        self.told.requests.append((self.command, self.path, self.headers["Host"]))
        path, _, query = self.path.partition("?")
        if path == "/note.md":
            self._answer(200, self.told.body, ETag=self.told.etag)
        elif path in ("/nohead.md", "/plain.md"):
            self._answer(200, self.told.body)
        elif path == "/export":
            self._answer(200, b"a,b\n1,2\n", ETag='"1"', Content_Type="text/csv; charset=utf-8")
        elif path == "/r.zip":
            self._answer(200, zipped(a_md=b"# In a zip", deep__b_md=b"# Deep"), ETag='"z"')
        elif path == "/go":
            self._answer(302, b"", Location=query)
        elif path == "/secret.md":
            wanted = "Basic " + base64.b64encode(b"ann:goat").decode()
            self._answer(200 if self.headers["Authorization"] == wanted else 401, NOTE)
        elif path == "/bomb.md":
            self._answer(200, BOMB, ETag='"b"', Content_Encoding="gzip")
        elif path == "/packed.md":
            self._answer(200, gzip.compress(NOTE), Content_Encoding="gzip")
        elif path == "/cut.md":
            self._answer(200, gzip.compress(NOTE)[:-9], Content_Encoding="gzip")
        elif path == "/brotli.md":
            self._answer(200, NOTE, Content_Encoding="br")
        elif path == "/short.md":
            self._answer(200, NOTE, Content_Length="1000", Connection="close")
            self.close_connection = True
        elif path == "/endless.md":
            self._endless()
        else:
            self._answer(404, b"")

    def _answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content_Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _endless(self) -> None:
        self.send_response(200)
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        try:
            while self.command != "HEAD":
                self.wfile.write(bytes(1 << 16))
        except OSError:
            pass  # the client has had enough


@contextmanager
def serving() -> Iterator[WebServer]:
    """A server at 127.0.0.1."""
    handler = type("Handler", (_Handler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    handler.told = told = WebServer(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        join(thread)
        server.server_close()
