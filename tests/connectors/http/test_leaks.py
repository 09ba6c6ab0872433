"""Clients that are slow or go away in the middle: they hold up nobody, and leave nothing behind."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import os
import socket
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import psutil
import pytest
from live_server import LiveServer, eventually, serving
from PIL import Image
from waiting import Patience

from mmrag import Settings
from mmrag_connectors.hosting.hosted import HostedIndex
from mmrag_connectors.hosting.threaded import ThreadedIndex
from mmrag_connectors.http.app import create_app

TOKEN = "mmrag_leaks_" + "0123456789abcdef" * 2
QUESTION = "What is kept in the boathouse?"
PLACES = 2
"""Requests that are worked on at once: were one place lost, the next clients would find none."""
TIMES = 6
WARM = 2
"""Clients that leave before it is counted: they start threads that are kept."""
POOLS = ("mmrag-quick", "mmrag-slow", "AnyIO worker", "asyncio_", "ThreadPoolExecutor")
"""Threads that are kept for what comes. They are few: were they busy, nothing would be answered."""
LARGE = 12 << 20
"""Bytes of a file; more than sockets of this machine take in on their own."""


class Talkative(HostedIndex):
    """A real index whose answers to `QUESTION` have no end: after the first sentence it says no
    more, or goes on saying it.

    Attributes:
        silent: which of both.
        said: items of all answers.
        open: answers that nobody has closed.
    """

    def __init__(self, index: ThreadedIndex) -> None:
        self._index = index
        self.silent, self.said, self.open = False, 0, 0

    async def start(self) -> None:
        await self._index.start()

    async def close(self) -> None:
        await self._index.close()

    @property
    def ready(self) -> bool:
        return self._index.ready

    async def call(self, name: str, *args: Any) -> Any:
        return await self._index.call(name, *args)

    async def stream(self, name: str, *args: Any) -> AsyncIterator[Any]:
        self.open += 1
        try:
            async with aclosing(cast(Any, self._index.stream(name, *args))) as items:
                async for item in items:
                    yield item
                    while any(getattr(arg, "words", "") == QUESTION for arg in args):
                        self.said += 1
                        yield item
                        await (asyncio.Event().wait() if self.silent else asyncio.sleep(0))
        finally:
            self.open -= 1


@dataclass(frozen=True)
class Held:
    """Tasks of a server's loop, threads and descriptors of its process, files that come in."""

    tasks: list[str]
    threads: list[str]
    descriptors: int
    files: list[str]

    def no_more_than(self, before: Held) -> bool:
        """Whether nothing has come that was not there before."""
        return (
            len(self.tasks) <= len(before.tasks)
            and len(self.threads) <= len(before.threads)
            and self.descriptors <= before.descriptors
            and set(self.files) <= set(before.files)
        )


@dataclass(frozen=True)
class Doors:
    """The server, and what may leak behind it.

    Attributes:
        document: id of a large one.
        folders: where files are put while they are received.
    """

    server: LiveServer
    index: Talkative
    document: str
    folders: tuple[Path, ...]

    def held(self) -> Held:
        """What there is now."""
        files = [str(path) for folder in self.folders for path in folder.rglob("*")]
        threads = [t.name for t in threading.enumerate() if not t.name.startswith(POOLS)]
        return Held(self.server.tasks(), threads, psutil.Process().num_fds(), files)

    def idle(self) -> Held:
        """What there is when nobody is there any more."""
        assert eventually(lambda: self.index.open == 0)
        now = [self.held()]

        def settled() -> bool:
            now.append(self.held())
            return now[-1].no_more_than(now[-2]) and not now[-1].files

        assert eventually(settled), now[-1]
        return now[-1]

    def works(self, places: int = PLACES) -> bool:
        """Whether as many requests as there are places are answered at once, and a question too."""
        with self.server.client(TOKEN) as client, ThreadPoolExecutor(places) as pool:
            body = {"query": "boathouse"}
            asked = [pool.submit(client.post, "/v1/search", json=body) for _ in range(places)]
            replies = [future.result() for future in asked]
            replies.append(client.post("/v1/ask", json={"question": "Where is the punt?"}))
        return {reply.status_code for reply in replies} == {200}

    def leave_nothing(self, visit: Callable[[], None]) -> None:
        """Let clients come and leave, and compare what there is with what was there before."""
        for _ in range(WARM):
            visit()
        assert eventually(self.works)  # it may be busy with who has left
        before = self.idle()
        for _ in range(TIMES):
            visit()
        assert eventually(self.works)
        assert eventually(lambda: self.held().no_more_than(before)), (self.held(), before)
        assert self.index.open == 0


@pytest.fixture(scope="module")
def doors(
    hosted: ThreadedIndex, sample_settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Doors]:
    """A server over the sample index, with a large document of a tenant of its own."""
    temporary = tmp_path_factory.mktemp("temporary")
    token = {
        "name": "leaks",
        "tenant": "leaks",
        "sha256": hashlib.sha256(TOKEN.encode()).hexdigest(),
    }
    settings = sample_settings.with_changes(
        {"serve.tokens": [token], "serve.concurrent": PLACES, "serve.page": False}
    )
    index = Talkative(hosted)
    with pytest.MonkeyPatch.context() as patch, serving(create_app(index, settings)) as server:
        patch.setattr(tempfile, "tempdir", str(temporary))
        picture = io.BytesIO()
        Image.new("RGB", (64, 48), "teal").save(picture, "jpeg")
        large = picture.getvalue() + bytes(LARGE)  # which decoders do not look at
        words = b"# Boats\nThe punt is kept in the boathouse.\n"
        files = [("files", ("boats.md", words)), ("files", ("large.jpg", large))]
        with server.client(TOKEN) as client:
            reply = client.post("/v1/documents", files=files)
            assert reply.status_code == 202, reply.text
            job = f"/v1/jobs/{reply.json()['id']}"
            assert eventually(lambda: client.get(job).json()["state"] == "done")
            listed = client.get("/v1/documents").json()["documents"]
        ids = {document["source"].rpartition("/")[2]: document["id"] for document in listed}
        spool = asyncio.run(hosted.spool())
        yield Doors(server, index, ids["large.jpg"], (temporary, spool))


ASKING: dict[str, dict[str, Any]] = {
    "/v1/ask": {"question": QUESTION, "stream": True},
    "/v1/chat/completions": {
        "model": "mmrag",
        "stream": True,
        "messages": [{"role": "user", "content": QUESTION}],
    },
}


JSON = "application/json"


def _sent(
    doors: Doors, what: str, kind: str = "", body: bytes = b"", length: int | None = None
) -> socket.socket:
    """A connection on which a request was sent; more length may be told than its body has."""
    lines = f"{what} HTTP/1.1\r\nHost: {doors.server.host}\r\nAuthorization: Bearer {TOKEN}\r\n"
    if kind:
        lines += f"Content-Type: {kind}\r\nContent-Length: {length or len(body)}\r\n"
    connection = doors.server.connect()
    connection.sendall(f"{lines}\r\n".encode() + body)
    return connection


def _asked(doors: Doors, path: str) -> socket.socket:
    """A connection on which an answer has begun."""
    connection = _sent(doors, f"POST {path}", JSON, json.dumps(ASKING[path]).encode())
    _until(connection, b"data: ")
    return connection


def _until(connection: socket.socket, end: bytes) -> None:
    # pings come where nothing else does, so that no single receiving takes too long
    seen, patience = b"", Patience(f"{end!r} in a response")
    while end not in seen and patience.lasts():
        block = connection.recv(256)
        assert block, seen
        seen += block
    assert seen.startswith(b"HTTP/1.1 2"), seen


@pytest.mark.parametrize("silent", [True, False], ids=["silent", "talkative"])
@pytest.mark.parametrize("path", ASKING)
def test_an_answer_ends_when_its_reader_is_gone(path: str, silent: bool, doors: Doors) -> None:
    doors.index.silent = silent
    doors.leave_nothing(lambda: _asked(doors, path).close())


@pytest.mark.parametrize("path", ASKING)
def test_an_answer_waits_for_a_slow_reader_and_nobody_else_does(path: str, doors: Doors) -> None:
    doors.index.silent = False
    with _asked(doors, path) as reader:

        def stands() -> bool:
            said = doors.index.said
            with doors.server.client(TOKEN) as client:  # its loop turns, and costs no search
                assert client.get("/readyz").status_code == 200
            return said == doors.index.said

        assert eventually(stands)  # what is said waits until it is read
        said = doors.index.said
        assert all(reader.recv(1) for _ in range(3))
        assert doors.index.open == 1
        assert doors.works(PLACES - 1)
        assert doors.index.said - said < 10_000
    assert eventually(lambda: doors.index.open == 0)
    assert doors.works()


def test_a_download_ends_when_its_reader_is_gone(doors: Doors) -> None:
    def visit() -> None:
        with _sent(doors, f"GET /media/{doors.document}") as connection:
            _until(connection, b"\r\n\r\n")

    doors.leave_nothing(visit)


def test_a_download_waits_for_a_slow_reader_and_nobody_else_does(doors: Doors) -> None:
    with _sent(doors, f"GET /media/{doors.document}") as reader:
        _until(reader, b"\r\n\r\n")
        assert eventually(_large_files)
        assert doors.works()
        with doors.server.client(TOKEN) as client:
            whole = client.get(f"/media/{doors.document}")
        assert len(whole.content) > LARGE
        assert len(reader.recv(1)) == 1
    assert eventually(lambda: not _large_files())


def _large_files() -> list[str]:
    return [file.path for file in psutil.Process().open_files() if "large.jpg" in file.path]


FORM = b'--b\r\nContent-Disposition: form-data; name="%s"; filename="%s"\r\n\r\n'
MULTIPART = "multipart/form-data; boundary=b"
SENDING = {
    "/v1/documents": (MULTIPART, FORM % (b"files", b"a.md") + b"# Half of\n" * 9000),
    "/v1/search": (MULTIPART, FORM % (b"image", b"a.png") + b"\x89PNG\r\n\x1a\n" + bytes(90_000)),
    "/v1/embed/image": (MULTIPART, FORM % (b"image", b"a.png") + bytes(90_000)),
    "/v1/ask": (JSON, b'{"question": "' + b"a" * 3000),
    "/v1/chat/completions": (
        JSON,
        b'{"model": "mmrag", "messages": [{"content": "' + b"a" * 90_000,
    ),
    "/v1/embeddings": (JSON, b'{"input": "' + b"a" * 3000),
}
"""What is sent of a body that has `LARGE` bytes."""


@pytest.mark.parametrize("path", SENDING)
def test_a_body_whose_sender_is_gone_is_forgotten(path: str, doors: Doors) -> None:
    def visit() -> None:
        with _sent(doors, f"POST {path}", *SENDING[path], length=LARGE // 16) as connection:
            assert eventually(lambda: len(doors.server.tasks()) > idle)
            if path == "/v1/documents":
                assert eventually(lambda: _files(doors))
            connection.shutdown(socket.SHUT_RDWR)

    idle = len(doors.idle().tasks)
    doors.leave_nothing(visit)


def _files(doors: Doors) -> list[Path]:
    # unlike Path.rglob, os.walk does not mind a folder that goes meanwhile
    return [
        Path(place, name)
        for folder in doors.folders
        for place, _, names in os.walk(folder)
        for name in names
    ]


@pytest.mark.parametrize("path", SENDING)
def test_a_body_that_is_sent_slowly_holds_up_nobody(path: str, doors: Doors) -> None:
    with _sent(doors, f"POST {path}", *SENDING[path], length=LARGE // 16) as connection:
        for _ in range(3):
            connection.sendall(b"a")
            assert doors.works(PLACES - 1)
    assert doors.works()


def test_a_connection_that_says_nothing_holds_up_nobody(doors: Doors) -> None:
    def visit() -> None:
        silent = [doors.server.connect() for _ in range(20)]
        for connection in silent:
            connection.sendall(b"POST /v1/ask HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Le")
        assert doors.works()
        for connection in silent:
            connection.close()

    doors.leave_nothing(visit)


def test_who_leaves_a_search_leaves_nothing(doors: Doors) -> None:
    def visit() -> None:
        _sent(doors, "POST /v1/search", JSON, b'{"query": "boathouse"}').close()
        _sent(doors, "POST /v1/documents", MULTIPART, FORM % (b"files", b"a.exe") + b"MZ").close()

    doors.leave_nothing(visit)
