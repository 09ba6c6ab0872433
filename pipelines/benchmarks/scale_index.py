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
"""Dimensions of all-MiniLM-L6-v2, the text model that comes by pip."""
BLOCK = 10_000
"""Vectors that are drawn, and made durable, at a time; `n` points are always the first `n`."""
PAGES = 16
"""Nodes of one document."""
SPACE = "text"
GRAPH_FROM = 1
"""Every size gets a graph here; an index of mmrag's own is scanned below 50,000 points."""
KEPT = Path(os.environ.get("MMRAG_SCALE_CACHE", CACHE / "scale")) / f"clustered-{SIZE}-{SEED}"


@dataclass(frozen=True)
class Built:
    """What a build took.

    Attributes:
        cpu_s: of all threads of the process, for both steps; neighbours on the machine change it
            less than the seconds of a clock.
        peak_mb: resident memory at its highest, pages of mapped files counted.
        load: load average when it ended.
    """

    points: int
    kind: Quantization
    upsert_s: float
    optimize_s: float
    cpu_s: float
    peak_mb: float
    disk_mb: float
    load: float


def built(points: int, kind: Quantization) -> Built | None:
    """The note of an index that stands, else None."""
    note = folder(points, kind) / "built.json"
    return Built(**json.loads(note.read_text(encoding="utf-8"))) if note.exists() else None


def ensure(points: int, kind: Quantization) -> Built:
    """Build the index in another process unless it stands."""
    stands = built(points, kind)
    if stands is None:
        me = [sys.executable, "-m", "pipelines.benchmarks.scale_index"]
        subprocess.run([*me, "--points", str(points), "--kind", kind], cwd=REPOSITORY, check=True)
        stands = built(points, kind)
    if stands is None:
        raise RuntimeError(f"the build of {points} points left no note in {folder(points, kind)}")
    return stands


def folder(points: int, kind: Quantization) -> Path:
    """Where an index is kept, with its note."""
    return KEPT / f"{points}-{kind}"


def index(points: int, kind: Quantization) -> Path:
    """The directory of the embedded engine."""
    return folder(points, kind) / "index"


def blocks(points: int) -> Iterator[tuple[int, FloatArray]]:
    """The first `points` vectors in order, each block with the number of its first."""
    source = Clustered(SIZE, np.random.default_rng(SEED))
    for start in range(0, points, BLOCK):
        rng = np.random.default_rng([SEED, start])
        yield start, source.around(source.choose(BLOCK, rng), rng)[: points - start]


def _build(points: int, kind: Quantization) -> Built:
    draft = folder(points, kind).with_suffix(".part")
    shutil.rmtree(draft, ignore_errors=True)
    place, writing, cpu = draft / "index", 0.0, 0.0
    place.parent.mkdir(parents=True)
    engine = EdgeEngine.create(
        place, [DenseSpace(SPACE, SIZE)], quantization={SPACE: kind}, graph_from=GRAPH_FROM
    )
    with engine:
        for start, rows in blocks(points):
            made = [_point(start + number, row) for number, row in enumerate(rows)]
            began, used = time.perf_counter(), time.process_time()
            engine.upsert(made)
            engine.flush()
            writing += time.perf_counter() - began
            cpu += time.process_time() - used
            if start % (10 * BLOCK) == 0:
                sys.stderr.write(f"{points} {kind}: {start + len(rows)} written\n")
        began, used = time.perf_counter(), time.process_time()
        engine.optimize()
        optimizing = time.perf_counter() - began
        cpu += time.process_time() - used
        engine.flush()
    done = Built(
        points,
        kind,
        writing,
        optimizing,
        cpu,
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
        disk_bytes(place) / 1e6,
        os.getloadavg()[0],
    )
    (draft / "built.json").write_text(json.dumps(asdict(done), indent=1), encoding="utf-8")
    draft.rename(folder(points, kind))
    return done


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
    parser.add_argument("--kind", choices=("none", "int8", "binary"), default="none")
    given = parser.parse_args()
    sys.stderr.write(f"{_build(given.points, given.kind)}\n")
