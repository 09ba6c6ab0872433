"""What a second embedder of one thread is worth to `mmrag index --engine ray` on this machine.

Both runs index the same texts whole, on one Ray cluster, into the Qdrant server at
MMRAG_TEST_QDRANT_URL or into a stand-in for one, which is a process of its own. Counted is the
`Pace` of passages once actors have loaded their models. Needs two cores, and no other work on them.
"""

from __future__ import annotations

import os
import random
import statistics
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mmrag import MMRagIndex, load_settings
from mmrag.samples import ARCHIVE
from mmrag_connectors.ray.session import session
from pipelines.benchmarks.pace import Pace
from pipelines.benchmarks.result import REPOSITORY, load, publish

FILES, PASSAGES, WORDS = 48, 12, 150
WORKERS = (1, 2)
ROUNDS = 2
SEED = 20_261_129
SERVER = (
    "import sys; from standins.qdrant_rest import qdrant_rest\n"
    "with qdrant_rest() as server: print(server.url, flush=True); sys.stdin.read()"
)


def ray_speed() -> dict[str, float]:
    """Metrics of one embedder and two, turn by turn.

    - `ray_speedup`: passages a second of two over those of one, median over the rounds;
    - `ray_passages_per_s_1`, `ray_passages_per_s_2`: these, medians.
    """
    rates: dict[int, list[float]] = {count: [] for count in WORKERS}
    with tempfile.TemporaryDirectory() as place, _server() as url, session(None):
        folder = Path(place)
        _write(folder)
        for _ in range(ROUNDS):
            for count in WORKERS:
                rates[count].append(_rate(folder, url, count))
    pairs = zip(rates[2], rates[1], strict=True)
    return {
        "ray_speedup": statistics.median(two / one for two, one in pairs),
        **{f"ray_passages_per_s_{n}": statistics.median(rates[n]) for n in WORKERS},
    }


def run() -> None:
    """Measure and publish."""
    publish("ray_speed", ray_speed(), load())


def _rate(folder: Path, url: str, embedders: int) -> float:
    settings = load_settings(
        changes={
            "profile": "offline",
            "index.qdrant_url": url,
            "index.collection": f"mmrag-bench-{uuid.uuid4().hex[:12]}",
            "cluster.embedders": embedders,
            "cluster.readers": 1,
        }
    )
    pace = Pace()
    with MMRagIndex(settings=settings) as index:
        report = index.index(folder, engine="ray", listener=pace)
        if report.counts.keys() != {"indexed"}:
            raise RuntimeError(f"texts could not be indexed: {report.as_dict()}")
    return pace.per_s


def _write(folder: Path) -> None:
    """Texts of as many words, which stand in the samples."""
    words = [word for file in sorted(ARCHIVE.rglob("*.md")) for word in file.read_text().split()]
    chosen = random.Random(SEED)
    for number in range(FILES):
        sections = (
            f"# Part {part}\n\n{' '.join(chosen.choices(words, k=WORDS))}\n"
            for part in range(PASSAGES)
        )
        (folder / f"{number:03d}.md").write_text("\n".join(sections), encoding="utf-8")


@contextmanager
def _server() -> Iterator[str]:
    if real := os.environ.get("MMRAG_TEST_QDRANT_URL"):
        yield real
        return
    tests = os.pathsep.join([str(REPOSITORY), str(REPOSITORY / "tests"), *sys.path])
    with subprocess.Popen(
        [sys.executable, "-c", SERVER],
        env={**os.environ, "PYTHONPATH": tests},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.communicate("")


if __name__ == "__main__":
    run()
