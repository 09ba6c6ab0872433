"""A server with documents of two tenants, and everything that it writes into its log."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from live_server import LiveServer, eventually, serving
from PIL import Image

from mmrag import Settings
from mmrag_connectors.hosting.threaded import ThreadedIndex
from mmrag_connectors.http.app import create_app

TOKENS = {name: f"mmrag_{name}_{'0123456789abcdef' * 2}" for name in ("ann", "bob", "eve")}
"""Ann has the documents of "north"; bob those of "south", which eve may only read."""
SECRET = "the heron is kept in the boathouse"
PAGE = f"""<html><head><title>Keys</title></head><body><h1>Keys</h1>
<p>In the north {SECRET}. <b>&lt;script&gt;alert("heron")&lt;/script&gt;</b></p></body></html>"""


@dataclass(frozen=True)
class House:
    """The server, and what is behind it.

    Attributes:
        folder: all that it keeps.
        north, south: a document of each tenant, as it is listed.
        hit: id of a passage of the north.
        job: id of the job that indexed it.
        lines: of the log.
    """

    server: LiveServer
    app: FastAPI
    folder: Path
    north: dict[str, Any]
    south: dict[str, Any]
    hit: str
    job: str
    lines: list[str]

    def files(self) -> set[str]:
        """Every file that there is, by its path in the folder."""
        found = self.folder.rglob("*")
        return {path.relative_to(self.folder).as_posix() for path in found if path.is_file()}


def settings_of(folder: Path) -> Settings:
    """The settings of the server."""
    tenants = {"ann": "north", "bob": "south", "eve": "south"}
    tokens = [
        {
            "name": name,
            "sha256": hashlib.sha256(TOKENS[name].encode()).hexdigest(),
            "tenant": tenant,
            "write": name != "eve",
        }
        for name, tenant in tenants.items()
    ]
    return Settings().with_changes(
        {
            "profile": "offline",
            "index.directory": folder / "index",
            "ingest.ocr": False,
            "ingest.asr": False,
            "ingest.workers": 0,
            "serve.tokens": tokens,
            "serve.upload_mb": 4,
            "serve.requests_per_minute": 100_000,
        }
    )


class _Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter("%(message)s %(fields)s", defaults={"fields": ""}))
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@contextmanager
def house_in(folder: Path) -> Iterator[House]:
    """Serve an index that is made in a folder."""
    settings = settings_of(folder)
    app = create_app(ThreadedIndex(settings), settings)
    with _logged() as lines, serving(app) as server:
        with server.client() as client:
            assert eventually(lambda: client.get("/readyz").status_code == 200)
        picture = folder / "herons.png"
        Image.new("RGB", (64, 48), "teal").save(picture)
        job = uploaded(
            server, "ann", {"keys.html": PAGE.encode(), "herons.png": picture.read_bytes()}
        )
        uploaded(
            server, "bob", {"boats.md": b"# Boats\nIn the south the punt is kept on the beach.\n"}
        )
        with server.client(TOKENS["ann"]) as ann, server.client(TOKENS["bob"]) as bob:
            north = {d["source"]: d for d in ann.get("/v1/documents").json()["documents"]}
            [south] = bob.get("/v1/documents").json()["documents"]
            hits = ann.post("/v1/search", json={"query": SECRET}).json()["hits"]
            hit = next(hit for hit in hits if hit["source"].endswith("keys.html"))
        page = next(document for source, document in north.items() if source.endswith("keys.html"))
        yield House(server, app, folder, page, south, hit["id"], job, lines)


def uploaded(server: LiveServer, name: str, files: dict[str, bytes]) -> str:
    """Upload files as somebody, wait until they are indexed; returns the id of the job."""
    with server.client(TOKENS[name]) as client:
        reply = client.post("/v1/documents", files=[("files", item) for item in files.items()])
        assert reply.status_code == 202, reply.text
        job = ended(client, reply.json())
        assert {fate["status"] for fate in job["fates"]} == {"indexed"}
    id: str = job["id"]
    return id


def ended(client: httpx.Client, job: dict[str, Any]) -> dict[str, Any]:
    """A job when it has ended."""
    told = [job]

    def over() -> bool:
        told.append(client.get(f"/v1/jobs/{job['id']}").json())
        return told[-1]["ended"] is not None

    assert eventually(over)
    return told[-1]


@contextmanager
def _logged() -> Iterator[list[str]]:
    handler, logger = _Lines(), logging.getLogger()
    loggers = [logger, *(logging.getLogger(name) for name in ("mmrag_connectors", "uvicorn"))]
    before = [each.level for each in loggers]
    logger.addHandler(handler)
    for each in loggers[1:]:
        each.setLevel(logging.DEBUG)
    try:
        yield handler.lines
    finally:
        logger.removeHandler(handler)
        for each, level in zip(loggers, before, strict=True):
            each.setLevel(level)
