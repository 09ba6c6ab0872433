"""Fine-tunes a model of pictures and words on pairs of your own; writes the model with a card.

    python pipelines/finetune_clip.py --pairs captions.csv --out mine
    python pipelines/finetune_clip.py --index .mmrag --out mine

Pairs are a CSV or JSONL file with columns image and text, or a folder with a.txt beside a.jpg.
Without any, the pictures of the index are paired with the words that stand beside or in them. Part
of the pairs is kept out, and tells how often a picture is found by its words before and after. Use
the model with `models: {clip: mine}` in mmrag.yaml. Exit codes: 0, 4 if it got no better, 1 error,
2 usage.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from pydantic import Field
from running import FOUND, OK, Keys, run

from mmrag import MMRagIndex, Settings, fine_tune


class FinetuneClip(Keys):
    pairs: Path | None = Field(None, description="file or folder; none: those of the index")
    model: str = Field(description="a folder, a hub id, or a name of mmrag models list")
    out: Path = Field(description="folder to make")
    epochs: float = Field(5.0, gt=0, description="how often each pair is seen")
    steps: int | None = Field(None, ge=1, description="batches, in place of epochs")
    batch: int = Field(64, ge=2, description="pairs told apart at once; more is better")
    lora: int | None = Field(None, ge=1, description="rank of low-rank changes; none: all weights")
    validation: float = Field(0.1, gt=0, lt=1, description="share of the pairs kept out")
    seed: int = Field(0, ge=0, description="of the order and of what is kept out")


def main(keys: FinetuneClip, settings: Settings) -> int:
    """Train, and say what came of it."""
    with tempfile.TemporaryDirectory() as folder:
        pairs = keys.pairs
        if pairs is None:
            pairs = Path(folder) / "pairs.jsonl"
            with MMRagIndex(settings=settings, create=False) as index:
                index.export_pairs(pairs, "image")
        options = keys.model_dump(exclude={"pairs", "out"})
        tuned = fine_tune(pairs, keys.out, **options)
    data = tuned.data
    print(f"{data.training} pairs to learn from, {data.validation} kept out, {tuned.steps} steps")
    for fault in data.left_out:
        print(f"left out: {fault}", file=sys.stderr)
    for measure, after in tuned.after.watched.items():
        print(f"{measure}: {tuned.before.watched[measure]:.3f} before, {after:.3f} after")
    print(f"model and card: {tuned.folder}; models: {{{tuned.plan.space}: {tuned.folder}}}")
    return OK if tuned.after.watched["recall@1"] > tuned.before.watched["recall@1"] else FOUND


if __name__ == "__main__":
    run(main, FinetuneClip, __doc__)
