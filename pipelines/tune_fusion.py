"""Learns from labelled questions how much each channel should weigh, and checks it on others.

    python pipelines/tune_fusion.py --questions questions.jsonl --split dev --test-split test

Prints a table and the weights as YAML. With --out they are written to a file, if they help on
questions that were left out of the learning and do not hurt on the test split; nothing is learnt
from that one. Give the file to the mmrag command as --config. Exit codes: 0, 1 error, 2 usage.
"""

from __future__ import annotations

from pathlib import Path

import yaml
from pydantic import Field
from running import OK, Keys, run
from telling import write

from mmrag import MMRagIndex, Settings


class TuneFusion(Keys):
    questions: Path = Field(description="JSON lines")
    split: str = Field("dev", description="what is learnt from")
    test_split: str = Field("test", description="what it is checked on")
    folds: int = Field(5, ge=2, le=100, description="parts that are left out in turn")
    out: Path | None = Field(None, description="YAML file for the weights")


def main(keys: TuneFusion, settings: Settings) -> int:
    """Learn, check, tell, and write what helps."""
    with MMRagIndex(settings=settings, create=False) as index:
        found = index.tune_weights(
            keys.questions, split=keys.split, test_split=keys.test_split, folds=keys.folds
        )
    tuning = found.tuning
    print(f"{found.fusion}, {tuning.tried} weightings\n\n{'space':<12}{'in use':>8}{'learnt':>8}")
    for space, weight in tuning.weights.items():
        print(f"{space:<12}{tuning.in_use[space]:>8g}{weight:>8g}")
    print(f"\n{'nDCG@10':<12}{'in use':>8}{'learnt':>8}  difference, 95 % interval")
    rows = {"learnt from": tuning.learnt_from, "left out": tuning.held_out, "test": found.test}
    for name, row in rows.items():
        if row is not None:
            change = row.difference
            told = f"{change.mean:+.3f} ({change.low:+.3f} to {change.high:+.3f}) {row.verdict}"
            print(f"{name:<12}{row.before:>8.3f}{row.after:>8.3f}  {told}")
    for question, reason in found.unasked.items():
        print(f"counted as having found nothing: {question} ({reason})")
    learnt = yaml.safe_dump({"retrieval": {"weights": dict(tuning.weights)}}, sort_keys=False)
    print(f"\n{learnt}", end="")
    if keys.out is not None and tuning.helps and found.test and found.test.verdict != "hurts":
        write(keys.out, learnt)
        print(f"written to {keys.out}")
    elif keys.out is not None:
        print(f"{keys.out} is not written: nothing was learnt that helps")
    return OK


if __name__ == "__main__":
    run(main, TuneFusion, __doc__)
