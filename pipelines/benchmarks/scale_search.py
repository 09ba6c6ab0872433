"""How long searches of an index of `scale_index` take, what they find, and in how much memory.

`python -m pipelines.benchmarks.scale_search --points N --way WAY` measures one index and prints
JSON. A process of its own shows its resident memory alone, and searches one at a time on one
thread. The vectors are drawn again rather than read, so the exact neighbours need no memory.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mmrag.store.edge import EdgeEngine
from mmrag.store.kinds import CHUNKS
from mmrag.store.spec import FloatArray, Prefetch, Query
from pipelines.benchmarks.clustered import Clustered
from pipelines.benchmarks.result import REPOSITORY
from pipelines.benchmarks.scale_index import SEED, SIZE, SPACE, blocks, index, kept

K = 10
ASKED, WARMING, ROUNDS = 1_000, 200, 3
SCANS = 100
"""Queries of an index without graph, of which each takes as long as any other."""
_TIE = 1e-5


@dataclass(frozen=True)
class Searched:
    """What searches came to.

    Attributes:
        recall: of the exact first K.
        p50_ms, p95_ms, p99_ms: over queries, each the median of `ROUNDS` single searches.
        first_p95_ms: of the first round alone.
        cpu_p95_ms: of the CPU time of all threads, which neighbours on the machine hardly change.
        open_ms: to open the index.
        rss_mb: resident memory that opening and searching added, pages of mapped files counted.
        heap_mb: the part of it that is no mapped file, and cannot be dropped.
    """

    points: int
    way: str
    recall: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    first_p95_ms: float
    cpu_p95_ms: float
    open_ms: float
    rss_mb: float
    heap_mb: float


def searched(points: int, way: str) -> Searched:
    """Measure an index that stands, in another process."""
    exact(points)
    me = [sys.executable, "-m", "pipelines.benchmarks.scale_search"]
    done = subprocess.run(
        [*me, "--points", str(points), "--way", way],
        cwd=REPOSITORY,
        check=True,
        stdout=subprocess.PIPE,
    )
    return Searched(**json.loads(done.stdout))


def exact(points: int) -> NDArray[np.float32]:
    """(ASKED,) the least cosine among the exact first K of each query; kept beside the indexes."""
    file = kept() / f"exact-{points}.npy"
    if not file.exists():
        asked = _queries()[:ASKED]
        best = np.full((ASKED, K), -1, np.float32)
        for _, rows in blocks(points):
            near = np.concatenate([best, asked @ rows.T], axis=1)
            best = np.partition(near, -K, axis=1)[:, -K:]
        file.parent.mkdir(parents=True, exist_ok=True)
        np.save(file, best.min(axis=1))
    least: NDArray[np.float32] = np.load(file)
    return least


def _queries() -> FloatArray:
    """Those that are counted, and after them those that warm the caches; none is a point."""
    # others than those of [SEED, 1], on which the engine's ef was chosen
    source, rng = Clustered(SIZE, np.random.default_rng(SEED)), np.random.default_rng([SEED, 2])
    return source.around(source.choose(ASKED + WARMING, rng), rng)


def _measure(points: int, way: str) -> Searched:
    asked, least = ASKED if way != "scan" else SCANS, exact(points)
    asks = [
        Query((Prefetch(row, SPACE, K, where=CHUNKS),), K, with_payload=False) for row in _queries()
    ]
    times, work, right = np.empty((ROUNDS, asked)), np.empty((ROUNDS, asked)), 0
    resident, heap = _resident()
    began = time.perf_counter()
    with EdgeEngine.open(index(points, way)) as engine:
        opened = time.perf_counter() - began
        for ask in asks[ASKED:]:
            engine.rank_batch([ask])
        for turn in range(ROUNDS):
            for number, ask in enumerate(asks[:asked]):
                began, used = time.perf_counter(), time.process_time()
                found = engine.rank_batch([ask])[0]
                times[turn, number] = 1000 * (time.perf_counter() - began)
                work[turn, number] = 1000 * (time.process_time() - used)
                if not turn:
                    right += int((found.scores >= least[number] - _TIE).sum())
        after = _resident()
    typical = np.median(times, axis=0)
    p50, p95, p99 = np.quantile(typical, [0.5, 0.95, 0.99]).tolist()
    return Searched(
        points,
        way,
        right / (K * asked),
        p50,
        p95,
        p99,
        float(np.quantile(times[0], 0.95)),
        float(np.quantile(np.median(work, axis=0), 0.95)),
        1000 * opened,
        after[0] - resident,
        after[1] - heap,
    )


def _resident() -> tuple[float, float]:
    """MB of this process: in memory, and in memory without a file behind it."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    held = {name: value for name, _, value in (line.partition(":") for line in lines)}
    return int(held["VmRSS"].split()[0]) / 1e3, int(held["RssAnon"].split()[0]) / 1e3


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Measure one index that stands.")
    parser.add_argument("--points", type=int, required=True)
    parser.add_argument("--way", required=True)
    given = parser.parse_args()
    print(json.dumps(asdict(_measure(given.points, given.way))))
