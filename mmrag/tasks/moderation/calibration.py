"""Thresholds of a policy chosen on labelled items, and what the policy does on others.

An item's score is that of its highest node. Each category and sense has a threshold of its own,
chosen on the items that have something of that sense.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from llama_index.core.schema import Node

from mmrag.errors import InputError
from mmrag.evaluation.intervals import Interval, share
from mmrag.loaders.passages import Block, passages
from mmrag.modalities import Modality
from mmrag.schema import Provenance, build_node
from mmrag.spaces import Columns
from mmrag.tasks.moderation.files import FileModerator
from mmrag.tasks.moderation.labelled import Labelled
from mmrag.tasks.moderation.policy import Calibrated, Policy, Sense

FEW = 20
"""Positives below which a threshold is said to rest on few: at 20 of 20 the interval of a share
still begins at 0.84."""


@dataclass(frozen=True)
class Example:
    """A labelled item with its scores and with what the policy flags, as it is."""

    categories: frozenset[str]
    scores: Mapping[tuple[str, Sense], float]
    flagged: frozenset[str]


@dataclass(frozen=True)
class Target:
    """What a threshold is to reach: a share in 0..1 of one of the two."""

    of: str
    least: float

    def __str__(self) -> str:
        return f"{self.of} >= {self.least:g}"


@dataclass(frozen=True)
class Outcome:
    """What a policy does about one category on labelled items.

    Attributes:
        positives: items of the category; negatives: others.
        flagged, right: items that are flagged, and how many of these rightly.
    """

    category: str
    positives: int
    negatives: int
    flagged: int
    right: int

    @property
    def precision(self) -> Interval | None:
        """Share of the flagged that are rightly so, with Wilson's 95 % interval."""
        return share(self.right, self.flagged)

    @property
    def recall(self) -> Interval | None:
        """Share of the positives that are flagged."""
        return share(self.right, self.positives)

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        ends = {"precision": self.precision, "recall": self.recall}
        return asdict(self) | {k: None if v is None else asdict(v) for k, v in ends.items()}


def examples(by: FileModerator, items: Sequence[Labelled]) -> tuple[list[Example], dict[str, str]]:
    """Labelled items with their scores; by source, why some could not be judged.

    Raises:
        InputError: not one item can be judged.
    """
    found: list[Example] = []
    failed: dict[str, str] = {}
    labels = {item.path.resolve(): item.categories for item in items if item.path is not None}
    left = set(labels)
    for file in by.embedded(list(labels)) if labels else ():
        path = file.path.resolve()
        left.discard(path)
        if file.error is not None:
            failed[file.source] = file.error
        elif path in labels:
            found.append(_example(by, labels[path], file.nodes, file.columns))
    failed |= {str(path): "was not read as one file" for path in sorted(left)}  # an archive, say
    for number, item in enumerate((item for item in items if item.path is None), start=1):
        where = Provenance(f"text {number}")
        cuts = passages([Block(item.text)])
        nodes = [
            build_node(cut.text, where, modality=Modality.TEXT, mimetype="text/plain")
            for cut in cuts
        ]
        found.append(_example(by, item.categories, nodes, by.embed(nodes)))
    if not found:
        raise InputError(f"none of {len(items)} labelled items could be read")
    return found, failed


def _example(
    by: FileModerator, categories: frozenset[str], nodes: Sequence[Node], columns: Columns | None
) -> Example:
    best: dict[tuple[str, Sense], float] = {}
    for score in by.moderator.scores(nodes, columns):
        key = (score.category, score.sense)
        best[key] = max(score.value, best.get(key, 0.0))
    rows = by.moderator.flags(nodes, columns)
    return Example(categories, best, frozenset(flag.category for row in rows for flag in row))


def calibrate(
    policy: Policy, given: Sequence[Example], target: Target, models: Mapping[Sense, str]
) -> tuple[Policy, list[str]]:
    """The policy with thresholds that reach the target on the examples, and what could not be.

    A threshold that no score reaches the target with stays as it was, and is told of.

    Args:
        models: by sense, whose scores the examples have.
    """
    tree, notes = policy.model_dump(by_alias=True), []
    for name, category in policy.categories.items():
        for sense in category.contrasts:
            key = (name, sense)
            yes = [e.scores[key] for e in given if key in e.scores and name in e.categories]
            no = [e.scores[key] for e in given if key in e.scores and name not in e.categories]
            if not yes or not no:
                lacking = "positives" if not yes else "negatives"
                notes.append(
                    f"{name}.{sense}: no {lacking} among the labelled items; left as it is"
                )
                continue
            threshold = choose(yes, no, target)
            if threshold is None:
                notes.append(f"{name}.{sense}: no threshold reaches {target}; left as it is")
                continue
            row = _calibrated(yes, no, threshold, target, models[sense])
            if row.few:
                notes.append(f"{name}.{sense}: rests on {len(yes)} positives, fewer than {FEW}")
            tree["categories"][name][sense] |= {
                "threshold": threshold,
                "calibrated": row.model_dump(),
            }
    return Policy.model_validate(tree), notes


def choose(yes: Sequence[float], no: Sequence[float], target: Target) -> float | None:
    """The threshold that reaches a target: with the most recall for a precision, and the reverse.

    It lies halfway to the next lower score, so that it does not hang on one item. None where no
    threshold reaches the target, or none is known.
    """
    scores = np.unique([*yes, *no])
    lower = np.concatenate([[scores[0]], scores[:-1]])
    above = [np.sum(np.asarray(side)[:, None] >= scores, axis=0) for side in (yes, no)]
    right, wrong = above
    if target.of == "precision":
        reached = np.flatnonzero(right / (right + wrong) >= target.least)
        place = reached[0] if reached.size else None  # the lowest has the most recall
    else:
        reached = np.flatnonzero(right / len(yes) >= target.least)
        place = reached[-1] if reached.size else None
    if place is None or not right[place]:
        return None
    return float((scores[place] + lower[place]) / 2)


def _calibrated(
    yes: Sequence[float], no: Sequence[float], threshold: float, target: Target, model: str
) -> Calibrated:
    right = sum(score >= threshold for score in yes)
    flagged = right + sum(score >= threshold for score in no)
    precision, recall = share(right, flagged), share(right, len(yes))
    return Calibrated(
        model=model,
        target=str(target),
        positives=len(yes),
        negatives=len(no),
        flagged=flagged,
        right=right,
        precision=None if precision is None else round(precision.mean, 4),
        precision_interval=_ends(precision),
        recall=None if recall is None else round(recall.mean, 4),
        recall_interval=_ends(recall),
        few=len(yes) < FEW,
    )


def _ends(found: Interval | None) -> tuple[float, float] | None:
    return None if found is None else (round(found.low, 4), round(found.high, 4))


def evaluate(policy: Policy, given: Sequence[Example]) -> list[Outcome]:
    """What the policy does on labelled items, category by category, by whatever sense or word."""
    return [
        Outcome(
            name,
            positives=sum(name in e.categories for e in given),
            negatives=sum(name not in e.categories for e in given),
            flagged=sum(name in e.flagged for e in given),
            right=sum(name in e.flagged and name in e.categories for e in given),
        )
        for name in policy.categories
    ]
