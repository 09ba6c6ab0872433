"""The sample questions: does a space of media cost what words alone would find?

The archive that ships with mmrag, indexed with the tiny profile, against words alone. Its questions
are about what files say, so that there is little to gain and much to lose.

- `samples_vs_text_only`: nDCG@10 of the tiny profile minus that of the offline profile as its users
  get it (dense text and BM25 by DBSF), paired over the test questions; `…_lo`, `…_hi` its interval.
- `samples_vs_dense_only`: the same against dense text alone.
- `samples_hit_at_1_vs_text_only`: the same difference of the questions whose first hit answers.

A hit answers where its source is a gold one, and its page the gold page if one is named.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmrag import MMRagIndex, SearchResult, load_settings
from mmrag.evaluation.measures import paired
from mmrag.samples import ARCHIVE, questions
from pipelines.benchmarks.pool_asking import DEPTH, SEARCHED, Ranking
from pipelines.benchmarks.pool_measures import MINE, Judged, difference, judged, spread
from pipelines.benchmarks.world import Question

METHODS: dict[str, tuple[str, dict[str, Any]]] = {
    "text_only": ("offline", {}),
    "dense_only": ("offline", {"retrieval.weights": {"text": 1.0, "bm25": 0.0}}),
    MINE: ("tiny", {}),
}
"""By method, the profile of its index, and what is not as that profile has it."""


def asked_samples(folder: Path) -> dict[str, Judged]:
    """All metrics by split."""
    asked = {split: sample_questions(split) for split in ("dev", "test")}
    rankings: dict[str, dict[str, dict[str, Ranking]]] = {split: {} for split in asked}
    for method, (profile, changes) in METHODS.items():
        settings = load_settings(changes=changes)
        with MMRagIndex(folder / profile, profile=profile, settings=settings) as index:
            index.index(ARCHIVE)  # the second time there is nothing to do
            for split, rows in asked.items():
                rankings[split][method] = {
                    row.id: ranking(index.search(row.words, k=SEARCHED), row) for row in rows
                }
    out = {split: judged(rows, rankings[split]) for split, rows in asked.items()}
    for found in out.values():
        found.metrics.update(spread("vs_text_only", difference(found.values, "text_only")))
        found.metrics.update(spread("vs_dense_only", difference(found.values, "dense_only")))
        mine, theirs = (first_hits(found.values[name]["mrr"]) for name in (MINE, "text_only"))
        found.metrics.update(spread("hit_at_1_vs_text_only", paired(mine, theirs)))
    return out


def sample_questions(split: str) -> list[Question]:
    """The questions of a split that the archive answers, all of one kind."""
    return [
        Question(
            row["id"],
            row["kind"],
            row["question"],
            None,
            None,
            {label(gold["source"], gold["page"]): 1 for gold in row["gold"]},
        )
        for row in questions(split)
        if row["answerable"]
    ]


def ranking(found: SearchResult, question: Question) -> Ranking:
    """The hits as labels, each once; a page counts only where the question's gold names one."""
    labels = [
        place.source if place.source in question.relevant else label(place.source, place.page)
        for place in found.places
    ]
    return list(dict.fromkeys(labels))[:DEPTH]


def first_hits(reciprocal_ranks: Mapping[str, float]) -> list[float]:
    """By question, 1 where the first hit answers, else 0."""
    return [float(value == 1) for value in reciprocal_ranks.values()]


def label(source: str, page: int | None) -> str:
    """A place that a question may be about."""
    return source if page is None else f"{source}#{page}"
