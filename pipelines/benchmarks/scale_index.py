"""Indexes of many sizes, built once and kept: `python -m pipelines.benchmarks.scale_index`.

Every index is built in a process of its own, for the embedded engine holds the GIL, and the memory
that a build takes is read off the process. It is kept with a note of what the build took, so that
measuring can wait until the machine is quiet. A build that was cut off is begun anew.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from mmrag.store.edge import EdgeEngine
from mmrag.store.room import disk_bytes
from mmrag.store.spec import DenseSpace, FloatArray, Point, Quantization
from pipelines.benchmarks.clustered import Clustered
from pipelines.benchmarks.result import CACHE, REPOSITORY

SIZE, SEED = 384, 0
"""`SIZE` is that of all-MiniLM-L6-v2, the text model that comes by pip."""
BLOCK = 10_000
"""Vectors that are drawn, and made durable, at a time; `n` points are always the first `n`."""
PAGES = 16
"""Nodes of one document."""
SPACE = "text"
GRAPH_FROM = 1
"""Every size gets a graph here, so that sizes can be compared; by itself mmrag scans small ones."""


@dataclass(frozen=True)
class Way:
    """How points are stored: with which codes, and whether `optimize` is called."""

    codes: Quantization = "none"
    optimized: bool = True


WAYS = {
    "scan": Way(optimized=False),
    "graph": Way(),
    "int8": Way("int8"),
    "binary": Way("binary"),
}


@dataclass(frozen=True)
class Built:
    """What a build took.

    Attributes:
        way: of `WAYS`.
        cpu_s: of all threads of the process, for both steps; neighbours on the machine change it
            less than the seconds of a clock.
        peak_mb: resident memory at its highest, pages of mapped files counted.
        load: load average when it ended.
    """

    points: int
    way: str
    upsert_s: float
    optimize_s: float
    cpu_s: float
    peak_mb: float
    disk_mb: float
    load: float


def kept() -> Path:
    """The folder of indexes with these parameters."""
    return Path(os.environ.get("MMRAG_SCALE_CACHE", CACHE / "scale")) / f"clustered-{SIZE}-{SEED}"


def standing(points: int, way: str) -> Built | None:
    """The note of an index that stands, else None."""
    note = _folder(points, way) / "built.json"
    return Built(**json.loads(note.read_text(encoding="utf-8"))) if note.exists() else None


def ensure(points: int, way: str) -> Built:
    """Build the index in another process unless it stands."""
    if standing(points, way) is None:
        me = [sys.executable, "-m", "pipelines.benchmarks.scale_index"]
        subprocess.run([*me, "--points", str(points), "--way", way], cwd=REPOSITORY, check=True)
    stands = standing(points, way)
    if stands is None:
        raise RuntimeError(f"the build of {points} points left no note in {_folder(points, way)}")
    return stands


def index(points: int, way: str) -> Path:
    """The directory of the embedded engine."""
    return _folder(points, way) / "index"


def blocks(points: int) -> Iterator[tuple[int, FloatArray]]:
    """The first `points` vectors in order, each block with the number of its first."""
    source = Clustered(SIZE, np.random.default_rng(SEED))
    for start in range(0, points, BLOCK):
        rng = np.random.default_rng([SEED, start])
        yield start, source.around(source.choose(BLOCK, rng), rng)[: points - start]


def _folder(points: int, way: str) -> Path:
    return kept() / f"{points}-{way}"


def _build(points: int, way: str) -> Built:
    draft = _folder(points, way).with_suffix(".part")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    spaces, codes = [DenseSpace(SPACE, SIZE)], {SPACE: WAYS[way].codes}
    upsert, optimize = Watch(), Watch()
    with EdgeEngine.create(
        draft / "index", spaces, quantization=codes, graph_from=GRAPH_FROM
    ) as engine:
        for start, rows in blocks(points):
            made = [_point(start + number, row) for number, row in enumerate(rows)]
            with upsert:
                engine.upsert(made)
                engine.flush()
            if start % (10 * BLOCK) == 0:
                sys.stderr.write(f"{way}: {start + len(rows)} of {points} written\n")
        if WAYS[way].optimized:
            with optimize:
                engine.optimize()
                engine.flush()
    done = Built(
        points,
        way,
        upsert.seconds,
        optimize.seconds,
        upsert.cpu + optimize.cpu,
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
        disk_bytes(draft / "index") / 1e6,
        os.getloadavg()[0],
    )
    (draft / "built.json").write_text(json.dumps(asdict(done), indent=1), encoding="utf-8")
    draft.rename(_folder(points, way))
    return done


class Watch:
    """Adds up what its `with` blocks take: seconds of the clock, and of all threads' work."""

    def __init__(self) -> None:
        self.seconds = self.cpu = 0.0

    def __enter__(self) -> None:
        self._began, self._used = time.perf_counter(), time.process_time()

    def __exit__(self, *_: object) -> None:
        self.seconds += time.perf_counter() - self._began
        self.cpu += time.process_time() - self._used


def _point(number: int, row: FloatArray) -> Point:
    """A passage with the keys that mmrag indexes, and no text."""
    document = number // PAGES
    source = f"station {document % 97}/log {document}.md"
    payload = {
        "kind": "chunk",
        "modality": "text",
        "source": source,
        "doc_id": str(uuid.uuid5(uuid.NAMESPACE_URL, source)),
    }
    return Point(str(uuid.UUID(int=number)), {SPACE: row}, payload)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Build one index and keep it.")
    parser.add_argument("--points", type=int, required=True)
    parser.add_argument("--way", choices=tuple(WAYS), default="graph")
    given = parser.parse_args()
    sys.stderr.write(f"{_build(given.points, given.way)}\n")
