"""How often labels are right: accuracy with its interval, by class, and what is taken for what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from mmrag.errors import InputError
from mmrag.evaluation.intervals import Interval, interval
from mmrag.modalities import Modality
from mmrag.tasks.zero_shot import Prediction

DEPTHS = (2, 3, 5, 10)
"""Of top-k accuracy, as far as there are more labels than that."""


@dataclass(frozen=True)
class ClassAccuracy:
    """One label: of what is called so, how much is so (precision), and of what is so, how much is
    called so (recall). None where there is nothing to divide by."""

    label: str
    items: int
    precision: float | None
    recall: float | None


@dataclass(frozen=True)
class Accuracy:
    """Labels compared with the truth.

    Attributes:
        accuracy: share of items whose first label is right.
        top: by k, share of items whose label is among the first k.
        modalities: the accuracy of each, where there are several.
        confusion: how many items of each class (rows) got each label (columns), both as `labels`.
    """

    items: int
    accuracy: Interval
    top: dict[int, Interval]
    modalities: dict[str, Interval]
    classes: tuple[ClassAccuracy, ...]
    labels: tuple[str, ...]
    confusion: tuple[tuple[int, ...], ...]

    def as_dict(self) -> dict[str, Any]:
        """The object of `mmrag classify --evaluate --json`."""
        return asdict(self)


def evaluate(
    predictions: Sequence[Prediction],
    truth: Sequence[str],
    names: Sequence[str],
    modalities: Sequence[Modality] = (),
) -> Accuracy:
    """Compare the labels of items with what they are.

    Args:
        truth: of each item, one of `names`.
        modalities: of each item, to be told apart; none leaves them together.

    Raises:
        InputError: no items, or a truth that is not among the names.
    """
    if not predictions:
        raise InputError("nothing was labelled of which it is known what it is")
    if unknown := set(truth) - set(names):
        raise InputError(f"{min(unknown)!r} is not among the labels {', '.join(names)}")
    order = [[row.label for row in prediction] for prediction in predictions]
    right = [float(said[0] == true) for said, true in zip(order, truth, strict=True)]
    place = {name: n for n, name in enumerate(names)}
    confusion = [[0] * len(names) for _ in names]
    for said, true in zip(order, truth, strict=True):
        confusion[place[true]][place[said[0]]] += 1
    kinds = {kind.value: kind for kind in modalities}
    return Accuracy(
        len(truth),
        interval(right),
        {
            k: interval([float(true in said[:k]) for said, true in zip(order, truth, strict=True)])
            for k in DEPTHS
            if k < len(names)
        },
        {
            name: interval([r for r, found in zip(right, modalities, strict=True) if found is kind])
            for name, kind in sorted(kinds.items())
            if len(kinds) > 1
        },
        tuple(_class(name, place[name], confusion) for name in names),
        tuple(names),
        tuple(map(tuple, confusion)),
    )


def _class(name: str, n: int, confusion: Sequence[Sequence[int]]) -> ClassAccuracy:
    hits, items = confusion[n][n], sum(confusion[n])
    called = sum(row[n] for row in confusion)
    return ClassAccuracy(
        name, items, hits / called if called else None, hits / items if items else None
    )
