"""Indexing: how fast, within how much memory, how well it follows changes, and what it survives.

`ingest_speed` (a thousand generated documents, in turns with LlamaIndex), `ingest_many` (ten
thousand small pictures) and `ingest_safety` (killed runs, malformed files) say what their metrics
are. `python -m pipelines.benchmarks.ingest 0.02` tries all of it on a fiftieth of the files, and
publishes it under another name.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from pipelines.benchmarks.ingest_corpus import documents, pictures
from pipelines.benchmarks.ingest_many import many
from pipelines.benchmarks.ingest_safety import hostile, kills
from pipelines.benchmarks.ingest_speed import speed
from pipelines.benchmarks.result import load, publish

DOCUMENTS, PICTURES, KILLS = 1000, 10_000, 24
WARM_UP = 40
"""Documents that are indexed before the times are taken, and once more with OCR."""


def run(scale: float = 1.0) -> None:
    """Make the files, measure, publish.

    Args:
        scale: of the numbers of files and kills.
    """
    notes = [load()]
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        _say("documents")
        corpus = documents(place / "documents", max(20, round(scale * DOCUMENTS)))
        warm = documents(place / "warm", min(WARM_UP, round(scale * DOCUMENTS)))
        metrics = speed(corpus, warm, place, notes)
        _say("pictures")
        gallery = pictures(place / "pictures", max(200, round(scale * PICTURES)))
        metrics |= many(gallery, place / "pictures-index")
        _say("killed runs")
        metrics |= kills(max(2, round(scale * KILLS)))
        _say("malformed files")
        metrics |= hostile(place / "malformed", place / "malformed-index")
    notes.append(load())
    publish("ingest" if scale == 1.0 else "ingest-small", metrics, notes="; ".join(notes))


def _say(what: str) -> None:
    sys.stderr.write(f"ingest: {what}\n")


if __name__ == "__main__":
    run(float(sys.argv[1]))
