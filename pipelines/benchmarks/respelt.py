"""Names that speech recognition or OCR respelt: does the space of letter trigrams find them?

Two invented archives (`respelt_world.py`) and the samples, each asked with and without the channel
`ngram`, all else equal. The channel was tuned on one archive, whose metrics begin with `tuning_`;
the other's have bare names, and were looked at when it was done.

By kind of question ("spoken" and "printed" names come back respelt, "written" ones stand as they
are asked, "plain" questions name nobody), over all of them:

- `hit_at_1_<kind>`, `ndcg_<kind>`: with the channel, fused by DBSF as the offline profile does.
- `gain_hit_at_1_<kind>`, `gain_ndcg_<kind>`: that minus the same without the channel, paired by
  question, with the ends of its 95 % interval in `…_lo` and `…_hi`.
- `calibrated_…`: the same with calibrated fusion, as profiles with pictures and sounds do; not of
  the tuning archive.
- `samples_gain_…`: the same difference on the test questions of the samples.
- `terms_per_passage`: trigrams kept of a recognised passage; one takes eight bytes.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from llama_index.core.schema import QueryBundle

from mmrag import MMRagIndex, load_settings
from mmrag.evaluation.measures import paired, per_question
from mmrag.samples import ARCHIVE, questions
from mmrag.store.spec import SparseVector
from pipelines.benchmarks.respelt_world import HELD_OUT, TUNING, Asked, build
from pipelines.benchmarks.result import publish

MEASURES = {"recall@1": "hit_at_1", "ndcg@10": "ndcg"}
"""Every question has one source that answers it here, so that recall@1 is the share of hits."""
WITHOUT = {"text": 1.0, "bm25": 1.0, "ngram": 0.0}
DEPTH = 10
SEARCHED = 30
"""Hits asked for, for a file may have several passages."""


def run() -> None:
    """Make and index the archives, ask every question both ways, publish."""
    metrics: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for prefix, make in (("", HELD_OUT), ("tuning_", TUNING)):
            folder = Path(scratch, prefix or "held_out")
            asked = build(make, folder / "archive")
            with MMRagIndex(folder / "index", profile="offline") as index:
                index.index(folder / "archive")
                metrics[f"{prefix}terms_per_passage"] = _terms(index)
            found = compared(folder / "index", asked, "dbsf")
            metrics |= {f"{prefix}{key}": value for key, value in found.items()}
            if make is HELD_OUT:
                found = compared(folder / "index", asked, "calibrated")
                metrics |= {f"calibrated_{key}": value for key, value in found.items()}
        folder = Path(scratch, "samples")
        with MMRagIndex(folder, profile="offline") as index:
            index.index(ARCHIVE)
        metrics |= {f"samples_{k}": v for k, v in _on_samples(folder) if k.startswith("gain")}
    publish("respelt", metrics, notes="offline profile; bare names: names, voices, fonts not tuned")


def compared(directory: Path, asked: Sequence[Asked], fusion: str) -> dict[str, float]:
    """Metrics of an index with the channel and what it gains, by kind of question."""
    relevant = {row.id: {row.source: 1} for row in asked}
    words = {row.id: row.words for row in asked}
    with_it, without = (
        per_question(_rankings(directory, words, fusion, changes), relevant)
        for changes in ({}, {"retrieval.weights": WITHOUT})
    )
    out: dict[str, float] = {}
    for kind in dict.fromkeys(row.kind for row in asked):
        ids = [row.id for row in asked if row.kind == kind]
        for measure, name in MEASURES.items():
            ours, theirs = ([rows[measure][i] for i in ids] for rows in (with_it, without))
            gain = paired(ours, theirs)
            out |= {
                f"{name}_{kind}": sum(ours) / len(ours),
                f"gain_{name}_{kind}": gain.mean,
                f"gain_{name}_{kind}_lo": gain.low,
                f"gain_{name}_{kind}_hi": gain.high,
            }
    return out


def _on_samples(directory: Path) -> Iterator[tuple[str, float]]:
    rows = [row for row in questions("test") if row["gold"]]
    asked = [Asked(row["id"], row["question"], row["gold"][0]["source"], "test") for row in rows]
    yield from compared(directory, asked, "dbsf").items()


def _rankings(
    directory: Path, words: dict[str, str], fusion: str, changes: dict[str, Any]
) -> dict[str, list[str]]:
    settings = load_settings(changes={"retrieval.fusion": fusion, **changes})
    with MMRagIndex(directory, settings=settings) as index:
        retriever = index.as_retriever(top_k=SEARCHED)
        vectors = index.embedding.embed_queries(list(words.values()))
        rankings: dict[str, list[str]] = {}
        for (key, text), vector in zip(words.items(), vectors, strict=True):
            hits = retriever.retrieve(QueryBundle(text, embedding=vector.tolist()))
            sources = dict.fromkeys(str(hit.node.metadata["source"]) for hit in hits)
            rankings[key] = list(sources)[:DEPTH]
        return rankings


def _terms(index: MMRagIndex) -> float:
    store = index.vector_store
    points = store.engine.retrieve([n.node_id for n in store.get_nodes()], with_vectors=True)
    vectors = [point.vectors.get("ngram") for point in points]
    held = [len(v.indices) for v in vectors if isinstance(v, SparseVector)]
    return sum(held) / len(held)
