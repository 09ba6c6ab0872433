"""The sample archive: are the right sources found, are citations right, is silence kept.

Every threshold and weight was chosen on the dev questions. The bare metric names are of the test
questions; `dev_…` are of the dev questions, for comparison.

- `hit_at_1`, `hit_at_3`: a gold source is first, or among the first three.
- `citation_hit`: of all answerable questions, those with a citation that overlaps a gold page,
  region or time range; a refusal counts as a miss. `citation_hit_all`: every gold place is cited,
  which needs two citations where the answer stands in two sources. `citation_precision`: share of
  all citations given that overlap a gold place.
- `answer_string`: the answer's text holds an accepted string, where one is listed.
- `abstain_recall`: unanswerable questions that were refused. `over_refusal`: answerable ones that
  were.
- `rrf_hit_at_1`, `rrf_hit_at_3`: the test questions with weighted reciprocal rank fusion instead.
- `search_p50_ms`, `search_p95_ms`: one search with the model's forward pass, warm.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmrag import Answer, Citation, MMRagIndex, load_settings
from mmrag.samples import ARCHIVE, questions
from pipelines.benchmarks.result import publish

Row = dict[str, Any]


def run() -> None:
    """Index the archive, ask every question, publish."""
    with tempfile.TemporaryDirectory() as scratch:
        directory = Path(scratch) / "index"
        with MMRagIndex(directory, profile="offline") as index:
            report = index.index(ARCHIVE)
            passages = sum(outcome.nodes for outcome in report.outcomes)
            metrics = judge(index, list(questions("test")))
            metrics |= {f"dev_{k}": v for k, v in judge(index, list(questions("dev"))).items()}
            metrics |= latency(index, [row["question"] for row in questions()])
        metrics |= by_rank(directory, list(questions("test")))
    publish(
        "samples",
        {**metrics, "files": len(report.outcomes), "passages": passages, "index_s": report.seconds},
        notes="offline profile, extractive answers; bare names: test questions",
    )


def judge(index: MMRagIndex, rows: Sequence[Row]) -> dict[str, float]:
    """All measures of one split."""
    answerable = [row for row in rows if row["answerable"]]
    ranks = {row["id"]: _rank(index, row) for row in answerable}
    answers = {row["id"]: index.ask(row["question"]) for row in rows}
    silent = [row for row in rows if not row["answerable"]]
    cited = [(c, row) for row in answerable for c in answers[row["id"]].citations]
    return {
        "questions": len(rows),
        "citations_per_answer": len(cited) / max(1, len({row["id"] for _, row in cited})),
        "hit_at_1": _share(ranks[row["id"]] <= 1 for row in answerable),
        "hit_at_3": _share(ranks[row["id"]] <= 3 for row in answerable),
        "citation_hit": _share(_cites(answers[row["id"]], row, any) for row in answerable),
        "citation_hit_all": _share(_cites(answers[row["id"]], row, all) for row in answerable),
        "citation_precision": _share(any(overlaps(c, g) for g in row["gold"]) for c, row in cited),
        "citations_verified": _share(c.verified for c, _ in cited),
        "answer_string": _share(_says(answers[row["id"]], row) for row in answerable),
        "abstain_recall": _share(answers[row["id"]].abstained for row in silent),
        "over_refusal": _share(answers[row["id"]].abstained for row in answerable),
    }


def by_rank(directory: Path, rows: Sequence[Row]) -> dict[str, float]:
    """The same index fused by reciprocal rank (k = 60), to compare with the default."""
    settings = load_settings(changes={"retrieval.fusion": "rrf"})
    answerable = [row for row in rows if row["answerable"]]
    with MMRagIndex(directory, settings=settings) as index:
        ranks = [_rank(index, row) for row in answerable]
    return {
        "rrf_hit_at_1": _share(rank <= 1 for rank in ranks),
        "rrf_hit_at_3": _share(rank <= 3 for rank in ranks),
    }


def latency(index: MMRagIndex, texts: Sequence[str]) -> dict[str, float]:
    """Milliseconds of a warm search, model forward included."""
    for text in texts[:10]:
        index.search(text)
    took = sorted(index.search(text).took_ms for text in texts)
    return {"search_p50_ms": statistics.median(took), "search_p95_ms": took[int(0.95 * len(took))]}


def overlaps(citation: Citation, gold: Row) -> bool:
    """Whether a citation names the gold source and touches its page, region and time range."""
    if citation.source != gold["source"]:
        return False
    if gold.get("page") is not None and citation.page != gold["page"]:
        return False
    if gold.get("bbox") is not None:
        if citation.bbox is None:
            return False
        left, top, right, bottom = gold["bbox"]
        x0, y0, x1, y1 = citation.bbox
        if min(right, x1) <= max(left, x0) or min(bottom, y1) <= max(top, y0):
            return False
    if gold.get("start_ms") is not None:
        if citation.start_ms is None or citation.end_ms is None:
            return False
        return bool(min(gold["end_ms"], citation.end_ms) > max(gold["start_ms"], citation.start_ms))
    return True


def _rank(index: MMRagIndex, row: Row) -> float:
    wanted = {gold["source"] for gold in row["gold"]}
    sources = [hit.source for hit in index.search(row["question"], k=10).hits]
    return next((n for n, source in enumerate(sources, 1) if source in wanted), float("inf"))


def _cites(answer: Answer, row: Row, quantifier: Any) -> bool:  # noqa: ANN401  (any or all)
    return bool(
        quantifier(any(overlaps(c, gold) for c in answer.citations) for gold in row["gold"])
    )


def _says(answer: Answer, row: Row) -> bool:
    said = " ".join(answer.text.casefold().split())
    return any(text.casefold() in said for text in row["answer"]) if row["answer"] else True


def _share(flags: Any) -> float:  # noqa: ANN401  (an iterable of booleans)
    values = [bool(flag) for flag in flags]
    return sum(values) / len(values) if values else 0.0
