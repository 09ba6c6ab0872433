"""The real application behind real sockets of this machine, in a thread of its own."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
import uvicorn
from fastapi import FastAPI
from waiting import join

PATIENCE_S = 60.0


def eventually(true: Callable[[], object]) -> bool:
    """Whether something becomes true before long: what another thread does takes its time."""
    deadline = time.monotonic() + PATIENCE_S
    while not (found := bool(true())) and time.monotonic() < deadline:
        time.sleep(0.01)
    return found


@dataclass(frozen=True)
class LiveServer:
    """A server that listens."""

    host: str
    port: int
    loop: asyncio.AbstractEventLoop

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def client(self, token: str = "") -> httpx.Client:
        """A client with a connection of its own, which closes with it."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.Client(base_url=self.url, headers=headers, timeout=PATIENCE_S)

    def connect(self) -> socket.socket:
        """A connection for what no client would send, that takes little of a response at once."""
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(PATIENCE_S)
        connection.connect((self.host, self.port))
        return connection

    def exchange(self, raw: bytes) -> bytes:
        """All that comes back for bytes, until the server closes the connection."""
        reply = b""
        with self.connect() as connection:
            try:
                connection.sendall(raw)
                while block := connection.recv(1 << 16):
                    reply += block
            except ConnectionError:
                pass  # it was closed before all was sent; what it said before that counts
        return reply

    def tasks(self) -> list[str]:
        """The coroutines of the loop's tasks."""
        told: list[str] = []
        done = threading.Event()

        def look() -> None:
            told.extend(sorted(str(task.get_coro()) for task in asyncio.all_tasks(self.loop)))
            done.set()

        self.loop.call_soon_threadsafe(look)
        assert done.wait(PATIENCE_S)
        return told


@contextmanager
def serving(app: FastAPI) -> Iterator[LiveServer]:
    """An application that is served until the context ends; its lifespan is that of the server."""
    listener = socket.create_server(("127.0.0.1", 0))
    # its connections take as little; grown to megabytes, it takes long until one is full
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 16)
    server = uvicorn.Server(
        uvicorn.Config(
            app, lifespan="on", log_config=None, access_log=False, timeout_graceful_shutdown=5
        )
    )
    loops: list[asyncio.AbstractEventLoop] = []

    async def serve() -> None:
        loops.append(asyncio.get_running_loop())
        await server.serve(sockets=[listener])

    thread = threading.Thread(target=asyncio.run, args=(serve(),), name="live-server")
    thread.start()
    try:
        assert eventually(lambda: server.started or not thread.is_alive())
        assert server.started, "the application did not start"
        host, port = listener.getsockname()
        yield LiveServer(host, port, loops[0])
    finally:
        server.should_exit = True
        join(thread)
        listener.close()
