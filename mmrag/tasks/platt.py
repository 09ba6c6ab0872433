"""Probabilities out of margins, by a sigmoid that is fitted to labelled items.

Platt 1999, "Probabilistic Outputs for Support Vector Machines and Comparisons to Regularized
Likelihood Methods"; fitted by Newton's method with backtracking as in Lin, Lin and Weng 2007, "A
Note on Platt's Probabilistic Outputs for Support Vector Machines".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmrag.errors import InputError

_STEPS = 100
_SMALLEST_STEP = 1e-10
_RIDGE = 1e-12
_FLAT = 1e-8


@dataclass(frozen=True)
class Sigmoid:
    """The probability of a margin m is 1 / (1 + exp(-(slope * m + intercept)))."""

    slope: float = 1.0
    intercept: float = 0.0

    def __call__(self, margins: ArrayLike) -> NDArray[np.float64]:
        """Probabilities, in the shape of the margins."""
        return sigmoid(self.slope * np.asarray(margins, np.float64) + self.intercept)


def sigmoid(logits: ArrayLike) -> NDArray[np.float64]:
    """1 / (1 + exp(-logit)), without overflow."""
    return 0.5 * (1 + np.tanh(0.5 * np.asarray(logits, np.float64)))


def fit(margins: ArrayLike, positive: ArrayLike) -> Sigmoid:
    """The sigmoid under which labelled items are likeliest.

    Targets are smoothed as Platt has it, (n+ + 1) / (n+ + 2) and 1 / (n- + 2), so that items that
    are told apart without fault do not make it a step.

    Args:
        margins: (n,) finite numbers.
        positive: (n,) whether the label is true of an item.

    Raises:
        InputError: no item has the label, or every one.
    """
    values = np.asarray(margins, np.float64)
    true = np.asarray(positive, bool)
    yes, no = int(true.sum()), int((~true).sum())
    if not yes or not no:
        raise InputError(
            f"{yes} items have the label and {no} do not; a sigmoid is fitted to some of both"
        )
    targets = np.where(true, (yes + 1) / (yes + 2), 1 / (no + 2))
    slope, intercept = 0.0, float(np.log((yes + 1) / (no + 1)))
    loss = _loss(slope * values + intercept, targets)
    for _ in range(_STEPS):
        chances = sigmoid(slope * values + intercept)
        weights, errors = chances * (1 - chances), chances - targets
        gradient = np.array([errors @ values, errors.sum()])
        if np.abs(gradient).max() < _FLAT:
            break
        mixed = weights @ values
        hessian = np.array([[weights @ values**2, mixed], [mixed, weights.sum()]])
        step = np.linalg.solve(hessian + _RIDGE * np.eye(2), -gradient)
        size = 1.0
        while size >= _SMALLEST_STEP:
            nearer = slope + size * step[0], intercept + size * step[1]
            new = _loss(nearer[0] * values + nearer[1], targets)
            if new < loss + 1e-4 * size * (gradient @ step):
                break
            size /= 2
        else:
            break
        (slope, intercept), loss = nearer, new
    return Sigmoid(float(slope), float(intercept))


def _loss(logits: NDArray[np.float64], targets: NDArray[np.float64]) -> float:
    """Cross-entropy, in the form that neither overflows nor takes the logarithm of 0."""
    return float((np.logaddexp(0, logits) - targets * logits).sum())
