"""Runs the doors of an index until somebody asks it to stop."""

from __future__ import annotations

import asyncio
import logging.config
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn
from fastapi import FastAPI

from mmrag import Settings
from mmrag.config import ServeSettings
from mmrag.errors import ConfigError
from mmrag_connectors.hosting.hosted import HostedIndex
from mmrag_connectors.http.app import create_app
from mmrag_connectors.http.guard import is_loopback
from mmrag_connectors.http.logs import LOGGING
from mmrag_connectors.http.opening import Opening
from mmrag_connectors.http.tokens import TokenBook

STOP_S = 5
"""Answers that are being written may go on for so long once the server is to stop."""
BACKLOG = 2048
SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
EXIT_CODES = {signal.SIGINT: 130}
"""Of who interrupts; to stop a server in any other way is how servers end."""


def serve(hosted: HostedIndex, settings: Settings, say: Callable[[str], None]) -> int:
    """Serve an index, and let go of it at the end.

    Args:
        say: is told, once, where the server is, when it can be asked.

    Returns:
        the exit code of the process.

    Raises:
        ConfigError: whoever reaches the address could come in, or it cannot be listened at.
        MissingExtra: the page is wanted, and what it is made of is not installed.
        MmragError: the index cannot be opened.
    """
    check_closed(settings)
    with listening(settings.serve) as listener:
        app = create_app(hosted, settings)
        logging.config.dictConfig(LOGGING)
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="on",
            ws="none",
            server_header=False,
            timeout_graceful_shutdown=STOP_S,
        )
        server = _Server(config)
        asyncio.run(_run(server, listener, app.state.opening, lambda: say(_where(app, listener))))
    return EXIT_CODES.get(server.asked, 0) if server.asked else 0


def check_closed(settings: Settings) -> None:
    """Refuse to listen to other machines where everybody could come in.

    Raises:
        ConfigError: there is no token, and the address is not that of this machine alone.
    """
    host = settings.serve.host
    if not is_loopback(host) and not TokenBook.of(settings.index, settings.serve).entries:
        raise ConfigError(
            f"whoever reaches {host} could read, add and delete documents; make a token first "
            "with `mmrag token add NAME`, or serve this machine alone with --host 127.0.0.1"
        )


@contextmanager
def listening(serve: ServeSettings) -> Iterator[socket.socket]:
    """A socket that is bound to the address of the settings. Closed at the end.

    Raises:
        ConfigError: the name leads nowhere, or the address cannot be had.
    """
    try:
        found = socket.getaddrinfo(serve.host, serve.port, type=socket.SOCK_STREAM)
    except OSError as exc:
        raise ConfigError(f"serve.host: {serve.host!r} is no address here: {exc.strerror}") from exc
    family, kind, protocol, _, address = sorted(found)[0]  # AF_INET is the lowest
    with socket.socket(family, kind, protocol) as listener:
        # so that a server can be started again at once; on Windows it would share the port
        if hasattr(signal, "SIGHUP"):
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
            listener.listen(BACKLOG)
        except OSError as exc:
            raise ConfigError(
                f"cannot listen at {serve.host} port {serve.port}: {exc.strerror}; "
                "choose another one with --port"
            ) from exc
        yield listener


class _Server(uvicorn.Server):
    """Remembers who asked it to stop. Uvicorn's raises the signal again, which kills."""

    asked: signal.Signals | None = None

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        before = {number: signal.getsignal(number) for number in SIGNALS}
        heard = [number for number in SIGNALS if before[number] is not signal.SIG_IGN]
        for number in heard:
            signal.signal(number, self.handle_exit)
        try:
            yield
        finally:
            for number in heard:
                signal.signal(number, before[number])

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.asked, self.should_exit = signal.Signals(sig), True
        for number in SIGNALS:  # asked again, the process ends at once
            signal.signal(number, signal.SIG_DFL)


async def _run(
    server: _Server, listener: socket.socket, opening: Opening, ready: Callable[[], None]
) -> None:
    serving = asyncio.create_task(server.serve([listener]))
    opened = asyncio.create_task(opening.wait())
    await asyncio.wait({serving, opened}, return_when=asyncio.FIRST_COMPLETED)
    if not opened.done():
        opened.cancel()
    elif opened.exception():
        server.should_exit = True
    elif not serving.done():
        ready()
    await serving
    await asyncio.gather(opened, return_exceptions=True)
    if not opened.cancelled():
        opened.result()


def _where(app: FastAPI, listener: socket.socket) -> str:
    """One line: the address, what is open there, and to whom."""
    settings: Settings = app.state.settings
    host, port = listener.getsockname()[:2]
    if host in {"0.0.0.0", "::"}:
        host = settings.serve.host
    address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    opened = {getattr(route, "path", "") for route in app.routes}
    doors = ["chat page"] if settings.serve.page else []
    doors += ["API at /v1"] + (["MCP at /mcp"] if "/mcp" in opened else [])
    whom = "who has a token" if app.state.doors.closed else "everybody on this machine"
    place = settings.index.qdrant_url or settings.index.directory
    return f"serving {place} at {address} ({', '.join(doors)}) to {whom}"
