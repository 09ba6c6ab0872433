"""The page over the sample index, on a port of this machine."""

from __future__ import annotations

import hashlib
import socket
import threading
from collections.abc import Iterator

import pytest
import uvicorn
from waiting import join

from mmrag import Settings
from mmrag_connectors.hosting.threaded import ThreadedIndex
from mmrag_connectors.http.app import create_app


@pytest.fixture(scope="session")
def page_settings(sample_settings: Settings) -> Settings:
    """Those of the sample index, with the page and room for small uploads."""
    return sample_settings.with_changes({"serve.page": True, "serve.upload_mb": 1})


@pytest.fixture(scope="session")
def site(hosted: ThreadedIndex, page_settings: Settings) -> Iterator[str]:
    """The address of the page of a server that runs in a thread.

    The token "reader" reads the samples; "writer" writes documents of its own.
    """
    tokens = (
        {"name": "reader", "sha256": sha256("reader"), "write": False},
        {"name": "writer", "sha256": sha256("writer"), "tenant": "page-writer"},
    )
    app = create_app(hosted, page_settings.with_changes({"serve.tokens": tokens}))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1))
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        server.should_exit = True
        join(thread)


def sha256(token: str) -> str:
    """What the settings keep of a token."""
    return hashlib.sha256(token.encode()).hexdigest()
