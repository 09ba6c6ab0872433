"""A real server on loopback for one test: uvicorn in a thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn


@contextmanager
def served(app: Any, *, lifespan: bool = False) -> Iterator[str]:
    """The address of an application while it is served, such as http://127.0.0.1:40123.

    Args:
        lifespan: run what it does at its start and end; without, its index is started already.
    """
    config = uvicorn.Config(
        app, port=0, log_level="warning", lifespan="on" if lifespan else "off", access_log=False
    )
    server = uvicorn.Server(config)
    socket = config.bind_socket()
    socket.listen()  # who comes before the server has started waits
    thread = threading.Thread(target=server.run, kwargs={"sockets": [socket]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{socket.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)
        socket.close()
        assert not thread.is_alive(), "the server did not end"
