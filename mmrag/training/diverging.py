"""What is told and kept of a step whose loss or gradient is no number. Imports torch."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmrag.errors import TrainingDiverged
from mmrag.extras import require
from mmrag.training.batches import PairBatch
from mmrag.training.steps import Outcome, Pair

if TYPE_CHECKING:
    import torch
else:
    torch = require("torch", extra="all", purpose="train")

_NAMED = 3  # rows in a message; the file has all


def diverged(step: int, outcome: Outcome, folder: Path | None) -> TrainingDiverged:
    """The error that tells of the step; its batches are written to a file in the folder.

    The file `diverged-step-00000012.pt` is for `torch.load`: step, losses and gradient, and of each
    batch its modalities, inputs, ids, groups and the rows whose vectors are not finite.
    """
    broken = {name: loss for name, loss in outcome.losses.items() if not math.isfinite(loss)}
    if broken:
        name, loss = next(iter(broken.items()))
        what = f"the loss of step {step} is {loss} ({name})"
    else:
        what = f"the gradient of step {step} is {outcome.gradient}"
    rows = [name for pair in outcome.pairs for name in _suspects(pair)]
    if rows:
        more = f" and {len(rows) - _NAMED} more" if len(rows) > _NAMED else ""
        what += f", with vectors that are not finite for {', '.join(rows[:_NAMED])}{more}"
    if folder is None:
        return TrainingDiverged(f"{what}; look at these inputs or lower learning_rate")
    path = folder / f"diverged-step-{step:08d}.pt"
    content = {
        "step": step,
        "losses": outcome.losses,
        "gradient": outcome.gradient,
        "batches": [_kept(pair.batch, list(_suspects(pair))) for pair in outcome.pairs],
    }
    try:
        torch.save(content, path)
    except (OSError, RuntimeError) as exc:  # a full disk must not hide what happened
        return TrainingDiverged(f"{what}; its batch could not be saved to {path}: {exc}")
    return TrainingDiverged(
        f"{what}; its batch is in {path} and checkpoints are as they were: look at these inputs "
        "or lower learning_rate"
    )


def _suspects(pair: Pair) -> list[str]:
    """Rows of which either vector is not finite, as in "image of cat.png"."""
    sides = ((pair.batch.left, pair.left), (pair.batch.right, pair.right))
    return [
        f"{modality} of {pair.batch.named(row)}"
        for modality, vectors in sides
        for row in (~vectors.isfinite().all(1)).nonzero().flatten().tolist()
    ]


def _kept(batch: PairBatch, suspects: list[str]) -> dict[str, Any]:
    return {
        "left": batch.left,
        "right": batch.right,
        "lefts": batch.lefts,
        "rights": batch.rights,
        "ids": list(batch.ids),
        "groups": list(batch.groups),
        "not_finite": suspects,
    }
