"""`mmrag serve` under load: sixteen searchers while documents are uploaded and indexed.

A real server on the loopback interface over an index of 10,000 passages (`serve_index`), asked by
httpx from a process of its own that never has more than sixteen requests under way. Every search
is a new question, embedded by MiniLM. All is on one machine, so that the client, the server, the
index and the readers of files share its cores.

- `qps1`, `p50_ms1`, `p95_ms1`: one searcher, nothing else going on.
- `qps16`, `p50_ms16`, `p95_ms16`: sixteen searchers, while 200 documents are uploaded and indexed;
  `qps16_while_indexing` is the rate until the last of them was done, `indexing_s` when that was.
- `concurrency_efficiency`: `qps16` over `qps1`.
- `errors`: searches, uploads and pings that failed, and documents that were not indexed.
- `documents_indexed`: until the searchers were done.
- `rss_mb`: resident memory of the server, of the process that holds the index and of all others
  under them, once warm; `rss_growth_mb`: by how much it is more when searches and job are done.
- `loop_lag_p99_ms`: how much later than it should the event loop of the server went on, by its own
  histogram; `healthz_p99_ms`: of `GET /healthz` twenty times a second, meanwhile.
- `start_s`: until the server is ready. `first_page_ms`: the chat page and what it links, by plain
  HTTP, for the first time.

`python -m pipelines.benchmarks.serve 0.1` tries it for a tenth of the time with a tenth of the
documents, and publishes it under another name.
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pipelines.benchmarks.ingest_corpus import documents
from pipelines.benchmarks.result import load, publish
from pipelines.benchmarks.serve_client import Searching, searched
from pipelines.benchmarks.serve_index import build
from pipelines.benchmarks.serve_server import Pings, Server, percentile_of

POINTS, DOCUMENTS, SEARCHERS = 10_000, 200, 16
ALONE_S, TOGETHER_S, WARM_S = 20.0, 60.0, 5.0
WARM_DOCUMENTS = 20
POLL_S = 0.2
UPLOAD = 50
"""Files of one request: as many as a server takes unless it is set otherwise."""


class Uploads(threading.Thread):
    """Uploads documents and waits until they are indexed, in a thread of its own.

    Attributes:
        indexed: how many are.
        seconds: until the last of them was.
        errors: how many failed, or could not be uploaded.
    """

    def __init__(self, server: Server, files: Sequence[Path]) -> None:
        super().__init__(name="uploads")
        self._server, self._files = server, files
        self.indexed, self.seconds, self.errors = 0, 0.0, 0

    def run(self) -> None:
        """Of the thread."""
        began = time.perf_counter()
        batches = [self._files[n : n + UPLOAD] for n in range(0, len(self._files), UPLOAD)]
        running = [self._server.upload(batch)["id"] for batch in batches]
        ended: dict[str, int] = {}
        while running:
            time.sleep(POLL_S)
            jobs = [self._server.job(id) for id in running]
            done = {job["id"]: _indexed(job) for job in jobs}
            self.indexed = sum(done.values()) + sum(ended.values())
            running = [job["id"] for job in jobs if job["state"] in ("waiting", "running")]
            ended |= {id: count for id, count in done.items() if id not in running}
        self.seconds = time.perf_counter() - began
        self.errors = len(self._files) - self.indexed


def run(scale: float = 1.0) -> None:
    """Make the index, start the server, measure, publish.

    Args:
        scale: of times and documents.
    """
    notes = [load()]
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        _say("index")
        build(place / "index", POINTS)
        count = WARM_DOCUMENTS + max(10, round(scale * DOCUMENTS))
        files = sorted(documents(place / "documents", count).iterdir())
        _say("server")
        began = time.perf_counter()
        with Server(place / "index") as server:
            metrics = {"start_s": time.perf_counter() - began}
            metrics["first_page_ms"] = server.first_page_ms()
            metrics |= measured(server, files[WARM_DOCUMENTS:], files[:WARM_DOCUMENTS], scale)
    notes.append(load())
    publish("serve" if scale == 1.0 else "serve-small", metrics, notes="; ".join(notes))


def measured(
    server: Server, files: Sequence[Path], warm: Sequence[Path], scale: float
) -> dict[str, float]:
    """What one searcher gets, and what sixteen get while files are indexed."""
    _say("warm-up")
    Uploads(server, warm).run()
    searched(server.url, SEARCHERS, WARM_S)
    _say("one searcher")
    alone = searched(server.url, 1, scale * ALONE_S)
    _say(f"{SEARCHERS} searchers, and documents")
    together = Searching(server.url, SEARCHERS, scale * TOGETHER_S)
    uploads = Uploads(server, files)
    memory, lags = server.memory_mb(), server.lags()
    with Pings(server.url) as pings:
        together.go()
        uploads.start()
        crowd = together.result()
        indexed = uploads.indexed
        later = server.lags()
    uploads.join()
    faults = {**alone.errors, **crowd.errors}
    if faults:
        _say(f"errors: {faults}")
    return {
        "qps1": alone.rate(),
        "p50_ms1": alone.percentile(50),
        "p95_ms1": alone.percentile(95),
        "qps16": crowd.rate(),
        "p50_ms16": crowd.percentile(50),
        "p95_ms16": crowd.percentile(95),
        "qps16_while_indexing": crowd.rate(uploads.seconds),
        "concurrency_efficiency": crowd.rate() / alone.rate(),
        "errors": sum(alone.errors.values())
        + sum(crowd.errors.values())
        + pings.errors
        + uploads.errors,
        "documents_indexed": indexed,
        "indexing_s": uploads.seconds,
        "rss_mb": memory,
        "rss_growth_mb": server.memory_mb() - memory,
        "loop_lag_p99_ms": 1000 * percentile_of(lags, later, 99),
        "healthz_p99_ms": float(np.percentile(pings.ms, 99)),
    }


def _indexed(job: Mapping[str, Any]) -> int:
    return sum(fate["status"] == "indexed" for fate in job["fates"])


def _say(what: str) -> None:
    sys.stderr.write(f"serve: {what}\n")


if __name__ == "__main__":
    run(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)
