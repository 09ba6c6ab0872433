"""Ten thousand small pictures: memory while they are indexed, and what following changes costs.

The profile is `tiny`, whose model sees every picture; OCR is off. Memory is that of this process
and of its workers, and holds what is mapped of the index.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import psutil

from mmrag import MMRagIndex, load_settings
from mmrag.ingest.report import Outcome, Report
from mmrag.ingest.stages import Stages
from pipelines.benchmarks.ingest_command import mmrag_index
from pipelines.benchmarks.ingest_corpus import picture

PROFILE = "tiny"
MOVED = 10
"""Of the folders with a hundred pictures each."""


class _Watcher:
    """Samples memory as pictures are done, and counts what was embedded.

    Args:
        first: how many are done at the first sample; the second is that at the end.
    """

    def __init__(self, first: int) -> None:
        self._first, self._total, self._done = first, 0, 0
        self.samples_mb: list[float] = []
        self.embedded = 0

    def start(self, total: int) -> None:
        self._total = total

    def tell(self, outcome: Outcome) -> None:
        self._done += 1
        if self._done in (self._first, self._total):
            self.samples_mb.append(_resident_mb())
        if self._done % 1000 == 0:
            sys.stderr.write(f"  {self._done} of {self._total} pictures\n")

    def progress(self, stages: Stages) -> None:
        self.embedded = stages.embed.done


def many(folder: Path, index: Path) -> dict[str, float]:
    """Index the pictures of a folder, then follow changes.

    - `rss_growth_mb`: from the tenth part of them to all;
    - `resync_10k_s`: `mmrag index` in a new process, nothing has changed;
    - `changed_1_embedded`, `moved_1000_embedded`: nodes embedded after one picture has changed, and
      after a tenth of them have moved to other folders.
    """
    files = sorted(folder.rglob("*.png"))
    watcher = _Watcher(len(files) // 10)
    _indexed(folder, index, watcher)
    first, last = watcher.samples_mb
    resync = _resync_s(folder, index)
    picture(files[0], len(files))
    changed = _Watcher(0)
    report = _indexed(folder, index, changed)
    if report.counts["indexed"] != 1:
        raise RuntimeError(f"one picture has changed, and the run says {dict(report.counts)}")
    moved = _Watcher(0)
    for place in sorted(folder.iterdir())[:MOVED]:
        place.rename(place.with_name(f"moved-{place.name}"))
    _indexed(folder, index, moved)
    return {
        "pictures": len(files),
        "rss_mb": last,
        "rss_growth_mb": last - first,
        "resync_10k_s": resync,
        "changed_1_embedded": changed.embedded,
        "moved_1000_embedded": moved.embedded,
    }


def _indexed(folder: Path, index: Path, watcher: _Watcher) -> Report:
    settings = load_settings(changes={"ingest.ocr": False, "ingest.asr": False})
    with MMRagIndex(index, profile=PROFILE, settings=settings) as opened:
        return opened.index(folder, listener=watcher)


def _resync_s(folder: Path, index: Path) -> float:
    started = time.perf_counter()
    counts = mmrag_index(folder, index)["files"]
    took = time.perf_counter() - started
    if counts.keys() != {"unchanged"}:
        raise RuntimeError(f"nothing has changed, and mmrag index says {counts}")
    return took


def _resident_mb() -> float:
    own = psutil.Process()
    total = 0
    for process in (own, *own.children(recursive=True)):
        try:
            total += process.memory_info().rss
        except psutil.NoSuchProcess:  # a worker that was being replaced
            continue
    return total / (1 << 20)
