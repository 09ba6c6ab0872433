"""`mmrag serve` as a user runs it, in a process of its own, and what is seen of it from outside."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx
import psutil

from pipelines.benchmarks.result import REPOSITORY

STARTING_S, STOPPING_S = 300.0, 90.0
PING_S = 0.05
LAG = re.compile(r'^mmrag_\w*loop_lag\w*_bucket\{.*le="([^"]+)".*\} (\S+)$', re.M)


class Server:
    """A running server over an index; without OCR and speech, as in the benchmark `ingest`."""

    def __init__(self, index: Path) -> None:
        self.url = f"http://127.0.0.1:{_free_port()}"
        command = [
            *(sys.executable, "-c", "from mmrag.cli import main; main()"),
            *("serve", "--index", str(index), "--port", self.url.rpartition(":")[2]),
        ]
        path = os.pathsep.join((str(REPOSITORY), str(REPOSITORY / "connectors")))
        self._log = (index.parent / "serve.log").open("wb")
        self._process = subprocess.Popen(
            command,
            cwd=index.parent,
            env={
                **os.environ,
                "PYTHONPATH": path,
                "MMRAG_INGEST__OCR": "false",
                "MMRAG_INGEST__ASR": "false",
            },
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )

    def __enter__(self) -> Server:
        try:
            self._wait_until_ready()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    def memory_mb(self) -> float:
        """Resident memory of the server and of every process under it, each for itself."""
        total = 0
        front = psutil.Process(self._process.pid)
        for process in (front, *front.children(recursive=True)):
            try:
                total += process.memory_info().rss
            except psutil.NoSuchProcess:  # a reader of files that was at its end
                continue
        return total / (1 << 20)

    def lags(self) -> dict[float, float]:
        """The server's own histogram of its loop's lag: by upper bound in seconds, how often."""
        text = httpx.get(f"{self.url}/metrics", timeout=STARTING_S).text
        return {float(bound): float(count) for bound, count in LAG.findall(text)}

    def upload(self, files: Sequence[Path]) -> dict[str, Any]:
        """Send files to be indexed; returns the job."""
        parts = [("files", (file.name, file.read_bytes())) for file in files]
        reply = httpx.post(f"{self.url}/v1/documents", files=parts, timeout=STARTING_S)
        reply.raise_for_status()
        job: dict[str, Any] = reply.json()
        return job

    def job(self, id: str) -> dict[str, Any]:
        """A job as it stands."""
        reply = httpx.get(f"{self.url}/v1/jobs/{id}", timeout=STARTING_S)
        reply.raise_for_status()
        job: dict[str, Any] = reply.json()
        return job

    def first_page_ms(self) -> float:
        """Milliseconds of the chat page and all that it links, one after the other."""
        began = time.perf_counter()
        with httpx.Client(base_url=self.url, follow_redirects=True, timeout=STARTING_S) as client:
            page = client.get("/").raise_for_status()
            linked = re.findall(r'(?:src|href)="(?!https?:|data:|#)([^"]+)"', page.text)
            for address in dict.fromkeys(linked):
                client.get(str(page.url.join(address)))
        return 1000 * (time.perf_counter() - began)

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + STARTING_S
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                if httpx.get(f"{self.url}/readyz", timeout=STARTING_S).status_code == 200:
                    return
            except httpx.TransportError:
                pass  # it does not listen yet
            time.sleep(0.1)
        log = Path(self._log.name).read_text("utf-8", "replace")
        raise RuntimeError(f"mmrag serve did not become ready:\n{log[-2000:]}")

    def _stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOPPING_S)
        finally:
            self._process.kill()
            self._process.wait()
            self._log.close()


class Pings:
    """Asks a server every 50 ms whether it lives, from a thread, while the context is open."""

    def __init__(self, url: str) -> None:
        self._address, self._end = f"{url}/healthz", threading.Event()
        self._thread = threading.Thread(target=self._work, name="pings")
        self.ms: list[float] = []
        self.errors = 0

    def __enter__(self) -> Pings:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end.set()
        self._thread.join()

    def _work(self) -> None:
        with httpx.Client(timeout=STARTING_S) as client:
            while not self._end.wait(PING_S):
                began = time.perf_counter()
                try:
                    client.get(self._address).raise_for_status()
                except httpx.HTTPError:
                    self.errors += 1
                else:
                    self.ms.append(1000 * (time.perf_counter() - began))


def percentile_of(before: Mapping[float, float], after: Mapping[float, float], share: int) -> float:
    """A percentile of what a Prometheus histogram counted between two looks, in its unit.

    As Prometheus' `histogram_quantile`: between the bounds of its bucket in even proportion.
    """
    counts = [(bound, after[bound] - before.get(bound, 0.0)) for bound in sorted(after)]
    if not counts or not counts[-1][1]:
        return float("nan")
    wanted, lower, below = counts[-1][1] * share / 100, 0.0, 0.0
    for bound, count in counts:
        if count >= wanted:
            return (
                lower
                if bound == float("inf")
                else (lower + (bound - lower) * (wanted - below) / (count - below))
            )
        lower, below = bound, count
    raise AssertionError("the last bucket holds all")


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
