"""Classification by group: accuracy, rates, demographic parity, equalised odds, calibration."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from mmrag.errors import InputError
from mmrag.evaluation.fairness.audit import Audit, Column, Figure
from mmrag.evaluation.fairness.gaps import LEAST, UNLABELLED, Finding, Measure, find
from mmrag.evaluation.fairness.predictions import Prediction
from mmrag.evaluation.fairness.resampling import Floats, Sums, ends, ratio, resampled
from mmrag.evaluation.intervals import Interval

BINS = 10
"""Of equal width, as in Guo et al. 2017."""


def audit_predictions(
    rows: Sequence[Prediction],
    *,
    attribute: str,
    positive: Sequence[str] = (),
    least: int = LEAST,
) -> Audit:
    """Measure a classifier by the groups of what it classified.

    Args:
        positive: labels that count as selected, each against all others; all that occur if none.
        least: items that a group must have for a gap to be called; of a rate, items that have the
            truth that it is a rate of.

    Raises:
        InputError: a positive label is neither the truth nor the prediction of any item.
    """
    labels = sorted({row.truth for row in rows} | {row.predicted for row in rows})
    unknown = [label for label in positive if label not in labels]
    if unknown:
        raise InputError(
            f"no item is or was called {', '.join(map(repr, unknown))}; labels: {', '.join(labels)}"
        )
    table = _Table(rows)
    findings = find(list(_measures(table, positive or labels)), least=least)
    counts = {
        group: {"items": int(table.sums(np.ones(len(rows))).below[:, at].astype(bool).sum())}
        for at, group in enumerate(table.groups)
    }
    return Audit(
        attribute,
        {"items": len(table.items), "predictions": len(rows)},
        counts,
        tuple(findings),
        tuple(_calibration(table)),
        tuple(_differences(findings, positive or labels)),
        tuple(_notes(counts)),
    )


class _Table:
    """Predictions as sums by item and group."""

    def __init__(self, rows: Sequence[Prediction]) -> None:
        self.items = {item: at for at, item in enumerate(dict.fromkeys(r.item for r in rows))}
        names = sorted({row.group for row in rows if row.group})
        bare = any(not row.group for row in rows)
        self.groups = (*names, *([UNLABELLED] if bare else []))
        self._item = np.array([self.items[row.item] for row in rows])
        self._group = np.array([self.groups.index(row.group or UNLABELLED) for row in rows])
        self.truth = np.array([row.truth for row in rows])
        self.predicted = np.array([row.predicted for row in rows])
        said = [row.probability for row in rows if row.probability is not None]
        self.probability = np.array(said) if said else None

    @property
    def right(self) -> Floats:
        """(rows,), 1 where the prediction is the truth."""
        return np.where(self.truth == self.predicted, 1.0, 0.0)

    def summed(self, values: Floats) -> Floats:
        """(items, groups), of one value a row."""
        table = np.zeros((len(self.items), len(self.groups)))
        np.add.at(table, (self._item, self._group), values)
        return table

    def sums(self, values: Floats, among: Floats | None = None) -> Sums:
        """The mean of `values`, of all rows or of those that are `among` (0 or 1)."""
        every = np.ones(len(values)) if among is None else among
        return Sums(self.groups, self.summed(values * every), self.summed(every))


def _measures(table: _Table, positive: Sequence[str]) -> Iterator[Measure]:
    yield Measure(
        "accuracy", "rest", "share of items called what they are", table.sums(table.right)
    )
    for label in positive:
        is_so, said = ((side == label) * 1.0 for side in (table.truth, table.predicted))
        yield Measure(
            _of("selected", label), "rest", f"share of items called {label!r}", table.sums(said)
        )
        for name, among, words in (("tpr", is_so, "are"), ("fpr", 1 - is_so, "are not")):
            if among.any():
                yield Measure(
                    _of(name, label),
                    "rest",
                    f"share called {label!r} of the items that {words} (Hardt et al. 2016)",
                    table.sums(said, among),
                )
    if table.probability is not None:
        yield Measure(
            "overconfidence",
            "rest",
            "mean probability minus accuracy: calibration in the large",
            table.sums(table.probability - table.right),
        )


def _differences(findings: Sequence[Finding], positive: Sequence[str]) -> Iterator[Figure]:
    spreads = {one.measure.name: one.spread.found for one in findings if one.spread}
    for label in positive:
        yield Figure(
            f"demographic_parity_difference[{label}]",
            "largest minus smallest share selected, of groups that are not too small",
            spreads.get(_of("selected", label)),
        )
        rates = [spreads.get(_of(name, label)) for name in ("tpr", "fpr")]
        yield Figure(
            f"equalised_odds_difference[{label}]",
            "the larger of the spreads of TPR and FPR (Hardt et al. 2016), of groups that are not "
            "too small",
            max((rate for rate in rates if rate), key=_mean, default=None),
        )


def _calibration(table: _Table) -> Iterator[Column]:
    """ECE by group, with draws; nothing where no probabilities are given."""
    if table.probability is None:
        return
    bins = np.minimum((table.probability * BINS).astype(int), BINS - 1)
    off = table.probability - table.right
    columns = [table.summed(off * (bins == at)) for at in range(BINS)]
    drawn = resampled(np.hstack([*columns, table.summed(np.ones(len(bins)))]))
    width = len(table.groups)
    *by_bin, counts = (drawn[:, at * width : (at + 1) * width] for at in range(BINS + 1))
    error = ratio(np.sum(np.abs(by_bin), axis=0), counts)
    yield Column(
        "ece",
        f"expected calibration error in {BINS} bins (Guo et al. 2017); the fewer items, the larger "
        "by chance",
        {group: ends(error[:, at]) for at, group in enumerate(table.groups)},
    )


def _notes(counts: dict[str, dict[str, int]]) -> Iterator[str]:
    bare = counts.get(UNLABELLED)
    if bare:
        yield f"items without a group: {bare['items']}; they are a column of their own"


def _of(name: str, label: str) -> str:
    return f"{name}[{label}]"


def _mean(found: Interval) -> float:
    return found.mean
