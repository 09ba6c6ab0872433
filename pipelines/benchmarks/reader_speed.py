"""What a second process that reads files is worth to `mmrag index` on one machine.

The documents of the benchmark `ingest`, once as they are and once with OCR of the pictures in them,
by which reading takes longer than all else. One process embeds meanwhile, with as many threads as
torch likes, and two readers have half the threads each, as for a user who sets `ingest.workers`.
"""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from mmrag import MMRagIndex, load_settings
from pipelines.benchmarks.ingest_corpus import documents
from pipelines.benchmarks.pace import Pace
from pipelines.benchmarks.result import load, publish

DOCUMENTS = {"plain": 300, "ocr": 80}
WORKERS = (1, 2)
ROUNDS = 2
BATCH = 32
"""Passages; more, and the first quarter of them could not be told from the rest."""


def reader_speed() -> dict[str, float]:
    """Metrics of one reader and two, turn by turn, with (`ocr`) and without (`plain`) OCR.

    - `readers_speedup_…`: passages a second of two over those of one, median over the rounds;
    - `reader_passages_per_s_…_1`, `…_2`: these, medians.
    """
    metrics: dict[str, float] = {}
    for kind, count in DOCUMENTS.items():
        rates: dict[int, list[float]] = {workers: [] for workers in WORKERS}
        with tempfile.TemporaryDirectory() as place:
            folder = documents(Path(place) / "documents", count)
            for turn in range(ROUNDS):
                for workers in WORKERS:
                    index = Path(place) / f"index-{turn}-{workers}"
                    rates[workers].append(_rate(folder, index, workers, ocr=kind == "ocr"))
        pairs = zip(rates[2], rates[1], strict=True)
        metrics[f"readers_speedup_{kind}"] = statistics.median(two / one for two, one in pairs)
        for workers in WORKERS:
            name = f"reader_passages_per_s_{kind}_{workers}"
            metrics[name] = statistics.median(rates[workers])
    return metrics


def run() -> None:
    """Measure and publish."""
    publish("reader_speed", reader_speed(), load())


def _rate(folder: Path, index: Path, workers: int, *, ocr: bool) -> float:
    settings = load_settings(
        changes={
            "profile": "offline",
            "ingest.workers": workers,
            "ingest.ocr": ocr,
            "ingest.batch_nodes": BATCH,
        }
    )
    pace = Pace()
    with MMRagIndex(index, settings=settings) as opened:
        report = opened.index(folder, listener=pace)
        if report.counts.keys() != {"indexed"}:
            raise RuntimeError(f"documents could not be indexed: {report.as_dict()}")
    return pace.per_s


if __name__ == "__main__":
    run()
