"""Measures how well an index finds what labelled questions ask for; prints JSON, writes a report.

    python pipelines/evaluate.py --questions questions.jsonl --split test --report report/

A question is labelled with the places that answer it, {"question": "Who rebuilt it?", "gold":
[{"source": "history.md"}]}. The report is Markdown with a picture: nDCG@10, recall and MRR with
intervals, by kind of question and by what answers, and the questions that were answered worst.
Exit codes: 0, 4 if nDCG@10 is below `least` (for CI), 1 error, 2 usage.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pydantic import Field
from running import FOUND, OK, Keys, run

from mmrag import MMRagIndex, Settings

NDCG = "ndcg@10"


class Evaluate(Keys):
    questions: Path = Field(description="JSON lines")
    split: str | None = Field(None, description="only questions of this split")
    report: Path | None = Field(None, description="folder for Markdown and a picture")
    least: float = Field(0.0, ge=0, le=1, description="nDCG@10 that is to be reached")


def main(keys: Evaluate, settings: Settings) -> int:
    """Ask, measure, report."""
    with MMRagIndex(settings=settings, create=False) as index:
        judged = index.evaluate(keys.questions, split=keys.split, report=keys.report)
        told = {"split": keys.split, "fusion": index.fusion, **judged.as_dict()}
    print(json.dumps(told, ensure_ascii=False))
    for place in judged.missing:
        print(f"the index holds no {place}, which counts as not found", file=sys.stderr)
    reached = judged.overall.measures[NDCG].mean
    if reached < keys.least:
        print(f"{NDCG} is {reached:.3f}, below {keys.least:g}", file=sys.stderr)
        return FOUND
    return OK


if __name__ == "__main__":
    run(main, Evaluate, __doc__)
