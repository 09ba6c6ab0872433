"""Speed of retrieval on Qdrant Edge: our share of a query, and a query as a whole.

Query vectors are ready, so that no embedding model is in the times. Four channels (dense 384, 512
and 512, and sparse) propose 100 candidates each. Edge scans every vector; no graph is built.

- `fusion_p95_ms`: 95th percentile, over questions, of the time from query vectors to the fused top
  ten in an index of 10,000 items where pictures alone have a `clip` and sounds alone a `clap`
  vector: all that mmrag does, with calibration, but for the engine's own search, whose answers are
  replayed. `fusion_p95_ms_rrf`, `…_dbsf` and `…_weighted_sum` are those of the other fusions,
  question by question in turns.
- `query_p95_ms_100k`, `query_p50_ms_100k`: a query of `HybridRetriever` with calibrated fusion to
  ten nodes, on disk and warm, in such an index of 100,000 items. `…_everywhere` is the worst case:
  every item has a vector in every space, and calibrated fusion asks a shared space once for each
  modality, so that it takes eight lists.
- `…_cpu`: the same by the processor's time, which others on a shared machine disturb less.
- `build_s_100k`: seconds of writing the items, `calibrate_s_100k` of measuring their scales,
  `rss_gib_100k`: resident memory of the process after the queries, mapped files with it.
- `rerank_batch_speedup` and what else `rerank_speed.py` measures.
"""

from __future__ import annotations

import importlib
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import numpy as np
from llama_index.core.schema import QueryBundle

from mmrag import HybridRetriever, MMRagQdrantStore, Modality
from mmrag.retrieval.ranking import Asked, Fusion, Ranker
from mmrag.store.edge import EdgeEngine
from pipelines.benchmarks.imagebind_memory import kilobytes
from pipelines.benchmarks.result import load, publish
from pipelines.benchmarks.synthetic_index import Prepared, Synthetic, build

SMALL, LARGE = 10_000, 100_000
QUESTIONS, ROUNDS = 100, 2
CANDIDATES, TOP = 100, 10


def run() -> None:
    """Make both indexes, take the times, publish."""
    rerank = importlib.import_module("pipelines.benchmarks.rerank_speed")
    notes = [load()]
    metrics: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as scratch:
        metrics |= fusions(Path(scratch) / "small", SMALL)
        metrics |= queries(Path(scratch) / "large", LARGE, everywhere=False)
        worst = queries(Path(scratch) / "worst", LARGE, everywhere=True)
        metrics |= {f"{name}_everywhere": value for name, value in worst.items()}
    notes.append(load())
    metrics |= rerank.measured()
    publish("retrieval_speed", metrics, notes="; ".join(notes))


def fusions(path: Path, items: int) -> dict[str, float]:
    """Milliseconds of each fusion, the engine's own search left out."""
    source = Synthetic()
    build(path, source, items, everywhere=False)
    channels = source.channels(QUESTIONS)
    jobs: dict[str, Callable[[int], object]] = {}
    with EdgeEngine.open(path) as engine:
        store = MMRagQdrantStore.from_engine(engine)
        replay = _Replay(engine)
        for fusion in get_args(Fusion):
            ranker = Ranker(
                store,
                channels,
                fusion=fusion,
                rrf_k=60,
                weights={},
                backgrounds=None,
                scales=None,
            )
            jobs[fusion] = replay.of(ranker, [_asked(store, channels, i) for i in range(QUESTIONS)])
        metrics: dict[str, float] = {}
        for name, times in _in_turns(jobs).items():
            suffix = "" if name == "calibrated" else f"_{name}"
            metrics[f"fusion_p95_ms{suffix}"] = times.percentile(95)
            metrics[f"fusion_p95_ms{suffix}_cpu"] = times.percentile(95, processor=True)
    return metrics


def queries(path: Path, items: int, *, everywhere: bool) -> dict[str, float]:
    """Milliseconds of whole queries, and what the index costs."""
    source = Synthetic()
    built = build(path, source, items, everywhere=everywhere)
    with EdgeEngine.open(path) as engine:
        retriever = HybridRetriever(
            MMRagQdrantStore.from_engine(engine),
            source.channels(QUESTIONS),
            top_k=TOP,
            candidates=CANDIDATES,
            fusion="calibrated",
        )
        began = time.perf_counter()
        retriever.retrieve("0")  # measures the scales
        calibrated = time.perf_counter() - began
        times = _in_turns({"query": lambda number: retriever.retrieve(str(number))})["query"]
        metrics = {
            "query_p95_ms_100k": times.percentile(95),
            "query_p50_ms_100k": times.percentile(50),
            "query_p95_ms_100k_cpu": times.percentile(95, processor=True),
            "query_p50_ms_100k_cpu": times.percentile(50, processor=True),
            "build_s_100k": built,
            "calibrate_s_100k": calibrated,
        }
        if (status := Path("/proc/self/status")).exists():
            metrics["rss_gib_100k"] = kilobytes(status, "VmRSS") / 2**20
    return metrics


class _Replay:
    """Stands before an engine's shard and gives the answers that it once gave."""

    def __init__(self, engine: EdgeEngine) -> None:
        self._engine, self._shard = engine, engine._shard
        self._answer: Any = None

    def of(self, ranker: Ranker, asked: Sequence[Asked]) -> Callable[[int], object]:
        """A job that ranks the question of a number without the search."""
        ranker.rank(asked[:1])  # measures scales and backgrounds
        answers = []
        for question in asked:
            self._engine._shard = self  # type: ignore[assignment]  # in the shard's place
            self._answer = None
            ranker.rank([question])
            answers.append(self._answer)
            self._engine._shard = self._shard

        def job(number: int) -> object:
            self._engine._shard, self._answer = self, answers[number]  # type: ignore[assignment]
            try:
                return ranker.rank([asked[number]])
            finally:
                self._engine._shard = self._shard

        return job

    def query_batch(self, request: Any) -> Any:  # noqa: ANN401 - the engine's own types
        """The answer that was given before; of a new question, the shard's."""
        if self._answer is None:
            self._answer = self._shard.query_batch(request)
        return self._answer


@dataclass
class _Times:
    """Seconds of each question in each round: on the wall, and of the processor."""

    wall: list[float]
    processor: list[float]

    def percentile(self, share: int, *, processor: bool = False) -> float:
        """In milliseconds."""
        return 1000 * float(np.percentile(self.processor if processor else self.wall, share))


def _in_turns(jobs: dict[str, Callable[[int], object]]) -> dict[str, _Times]:
    """Times of every job with every question; the first round, which warms up, does not count."""
    times = {name: _Times([], []) for name in jobs}
    for turn in range((ROUNDS + 1) * QUESTIONS):
        for name, job in jobs.items():
            began, used = time.perf_counter(), time.process_time()
            job(turn % QUESTIONS)
            wall, processor = time.perf_counter() - began, time.process_time() - used
            if turn >= QUESTIONS:
                times[name].wall.append(wall)
                times[name].processor.append(processor)
    return times


def _asked(store: MMRagQdrantStore, channels: Sequence[Prepared], number: int) -> Asked:
    encoded = {channel.space: channel.encode(QueryBundle(str(number))) for channel in channels}
    return Asked(
        vectors={space: vector for space, vector in encoded.items() if vector is not None},
        parts=[Modality.TEXT],
        modalities=(),
        where=store.chunks_only,
        depth=CANDIDATES,
        limit=TOP,
    )
