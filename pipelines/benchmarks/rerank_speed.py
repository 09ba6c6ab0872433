"""Speed of Qwen3-Reranker: fifty passages in one call over one by one; random weights.

- `rerank_batch_speedup_tiny`, `rerank_batch_speedup_0_6b`: passages a second in one call of
  `Qwen3Reranker.scores` over those in calls of one passage each, same process, same model, same
  question, in turns: half of the single calls, the one of fifty, the other half. The tiny one has
  two layers of 48 numbers, and the median of seven rounds counts; the other has every size of
  Qwen3-Reranker-0.6B and one round, in which a fifth of the passages is judged one by one, of the
  same mean length as all.
- `rerank_batch_speedup`: the lower of the two.
- `rerank_passages_per_s`: of the 0.6B model, in one call.
- `rerank_rss_gib`: peak resident memory of the process that loaded the 0.6B model and judged, in
  bfloat16 where the processor has it, in float32 elsewhere.

Passages have 10 to 110 words, as the loaders make them. One call gains by computing once what all
prompts begin with and by filling the processor; the longer the passages, the less it gains.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from mmrag.rerank.qwen3 import Qwen3Reranker
from pipelines.benchmarks.debian import Unreachable
from pipelines.benchmarks.qwen3_reranker import QUESTION, REAL, TINY, passages, save_reranker
from pipelines.benchmarks.result import REPOSITORY, publish

PASSAGES = 50
NEEDED_GIB = 5.0
"""Free memory and disk below which the model of the real size is not tried."""


def run() -> None:
    """Measure and publish."""
    publish("rerank_speed", measured())


def measured() -> dict[str, float]:
    """The metrics of this benchmark; about two minutes on two quiet cores.

    Raises:
        Unreachable: there is too little memory or disk for the model of the real size.
    """
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        tiny = Qwen3Reranker(str(save_reranker(folder / "tiny", TINY)), dtype="float32")
        speedup, _ = turns(tiny, sampled=PASSAGES, rounds=7)
        found = {"rerank_batch_speedup_tiny": speedup, **_of_real_size(folder / "real")}
    lower = min(found["rerank_batch_speedup_tiny"], found["rerank_batch_speedup_0_6b"])
    return {"rerank_batch_speedup": lower, **found}


def turns(reranker: Qwen3Reranker, *, sampled: int, rounds: int) -> tuple[float, float]:
    """How many times as many passages a second one call judges, and seconds of that call.

    Args:
        sampled: passages that are judged one by one; they have the mean length of all.
    """
    texts = passages(PASSAGES)
    by_length = sorted(texts, key=lambda text: len(text.split()))
    step = PASSAGES // sampled
    single = by_length[step // 2 :: step]
    reranker.scores(QUESTION, texts[:2])  # the first call pays for loading, caches and threads
    reranker.scores(QUESTION, texts[:1])
    ratios, seconds = [], []
    for _ in range(rounds):
        alone = _one_by_one(reranker, single[::2])
        start = time.perf_counter()
        reranker.scores(QUESTION, texts)
        together = time.perf_counter() - start
        alone += _one_by_one(reranker, single[1::2])
        ratios.append((PASSAGES / together) / (len(single) / alone))
        seconds.append(together)
    return statistics.median(ratios), statistics.median(seconds)


def _one_by_one(reranker: Qwen3Reranker, texts: Sequence[str]) -> float:
    start = time.perf_counter()
    for text in texts:
        reranker.scores(QUESTION, [text])
    return time.perf_counter() - start


def _of_real_size(folder: Path) -> dict[str, float]:
    """One process writes the weights, another loads and judges: its peak memory is its own."""
    free = _gibibytes(Path("/proc/meminfo"), "MemAvailable")
    disk = shutil.disk_usage(folder.parent).free / 2**30
    if min(free, disk) < NEEDED_GIB:
        raise Unreachable(
            f"{free:.1f} GiB of memory and {disk:.1f} of disk are free, {NEEDED_GIB} are needed "
            f"for a 0.6B model"
        )
    for step in ("write", "judge"):
        done = subprocess.run(
            [sys.executable, "-m", __name__, step, str(folder)],
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def write(folder: Path) -> None:
    """A checkpoint of the real size; 1.2 GB."""
    save_reranker(folder, REAL)


def judge(folder: Path) -> None:
    """Load it, judge in turns, and print what was measured."""
    speedup, seconds = turns(Qwen3Reranker(str(folder)), sampled=PASSAGES // 5, rounds=1)
    found = {
        "rerank_batch_speedup_0_6b": speedup,
        "rerank_passages_per_s": PASSAGES / seconds,
        "rerank_rss_gib": _gibibytes(Path("/proc/self/status"), "VmHWM"),
    }
    sys.stdout.write(json.dumps(found) + "\n")


def _gibibytes(file: Path, name: str) -> float:
    line = next(line for line in file.read_text().splitlines() if line.startswith(f"{name}:"))
    return int(line.split()[1]) / 2**20


if __name__ == "__main__":
    {"write": write, "judge": judge}[sys.argv[1]](Path(sys.argv[2]))
