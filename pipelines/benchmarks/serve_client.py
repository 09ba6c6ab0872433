"""Searchers of the benchmark `serve`, in a process of their own.

Each sends its next question when it has the answer to the last one, so that never more than
`SEARCHERS` requests are under way. `python -m … URL SEARCHERS SECONDS`
prints what became of them as JSON.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

import httpx
import numpy as np

from pipelines.benchmarks.result import REPOSITORY
from pipelines.benchmarks.serve_index import questions

HITS = 10
PATIENCE_S = 60.0
WARM = 2
"""Searches of each searcher that do not count: they open its connection."""


@dataclass
class Load:
    """What a number of searchers saw.

    Attributes:
        seconds: from the first search that counts to the last answer.
        ends, ms: of each search that succeeded: seconds from the beginning, and how long it took.
        errors: how often each kind of failure came.
    """

    seconds: float = 0.0
    ends: list[float] = field(default_factory=list)
    ms: list[float] = field(default_factory=list)
    errors: Mapping[str, int] = field(default_factory=dict)

    def rate(self, until_s: float | None = None) -> float:
        """Searches a second; of the first seconds alone where they are told."""
        if until_s is None or until_s > self.seconds:
            return len(self.ends) / self.seconds
        return sum(end <= until_s for end in self.ends) / until_s

    def percentile(self, share: int) -> float:
        """Milliseconds that a search took."""
        return float(np.percentile(self.ms, share)) if self.ms else float("nan")


class Searching:
    """A running client process."""

    def __init__(self, url: str, searchers: int, seconds: float) -> None:
        command = [sys.executable, "-m", __name__, url, str(searchers), str(seconds)]
        self._process = subprocess.Popen(
            command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self._process.stdout.readline()  # it is ready

    def go(self) -> None:
        """Let it begin: loading its modules is not to be in what is measured."""
        assert self._process.stdin is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()

    def result(self) -> Load:
        """Wait for its end."""
        out, _ = self._process.communicate()
        if self._process.returncode:
            raise RuntimeError(f"the client ended with exit code {self._process.returncode}")
        return Load(**json.loads(out))


def searched(url: str, searchers: int, seconds: float) -> Load:
    """Search from another process, and wait for its end."""
    client = Searching(url, searchers, seconds)
    client.go()
    return client.result()


async def _search(url: str, searchers: int, seconds: float) -> Load:
    load, errors = Load(), Counter[str]()
    limits = httpx.Limits(max_connections=searchers)
    async with httpx.AsyncClient(base_url=url, limits=limits, timeout=PATIENCE_S) as client:

        async def ask(question: str) -> str | None:
            try:
                reply = await client.post("/v1/search", json={"query": question, "k": HITS})
            except httpx.HTTPError as error:
                return type(error).__name__
            if reply.status_code != 200:
                return str(reply.status_code)
            return None if len(reply.json()["hits"]) == HITS else "too few hits"

        async def searcher(seed: int) -> None:
            for question in questions(seed):
                began = time.perf_counter()
                if began - start >= seconds:
                    return
                if fault := await ask(question):
                    errors[fault] += 1
                else:
                    ended = time.perf_counter()
                    load.ends.append(ended - start)
                    load.ms.append(1000 * (ended - began))

        seeds = range(searchers)
        for warm in range(WARM):
            await asyncio.gather(*(ask(next(questions(1000 * warm + seed))) for seed in seeds))
        start = time.perf_counter()
        await asyncio.gather(*map(searcher, seeds))
        load.seconds = time.perf_counter() - start
    load.errors = errors
    return load


def main(url: str, searchers: str, seconds: str) -> None:
    """Search when told to, and print what came of it."""
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    load = asyncio.run(_search(url, int(searchers), float(seconds)))
    json.dump(asdict(load), sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
