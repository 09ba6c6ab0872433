"""Fit the abstention model to the dev questions of the sample archive, and print what to paste.

Prints the intercept and coefficients for `mmrag/generation/abstain.py`, the threshold for
`answer.abstain_below`, and leave-one-out figures, so that nobody mistakes the fit for a result.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mmrag import MMRagIndex
from mmrag.engine import WEIGHED
from mmrag.generation.abstain import FEATURES, features
from mmrag.generation.evidence import gather
from mmrag.samples import ARCHIVE, questions

Floats = NDArray[np.float64]

RIDGE = 1.0
REFUSED = 0.1
"""Share of the answerable questions that the threshold may refuse."""


def main() -> None:
    """Fit, and print."""
    signals, answerable = measure()
    weights = fit(signals, answerable)
    left_out = np.array(
        [
            probability(fit(np.delete(signals, i, 0), np.delete(answerable, i)), signals[[i]])[0]
            for i in range(len(answerable))
        ]
    )
    threshold = np.sort(probability(weights, signals)[answerable == 1])[
        int(REFUSED * answerable.sum())
    ]
    refused = left_out < threshold
    print(f"INTERCEPT = {weights[0]:.3f}")
    print(f"COEFFICIENTS = {tuple(round(float(w), 3) for w in weights[1:])}  # {FEATURES}")
    print(f"abstain_below = {threshold:.3f}")
    print(f"leave one out: abstain recall {refused[answerable == 0].mean():.3f}, ", end="")
    print(f"over-refusal {refused[answerable == 1].mean():.3f}")


def measure() -> tuple[Floats, Floats]:
    """(n, features) signals of the dev questions, and (n,) whether each can be answered."""
    rows = list(questions("dev"))
    with (
        tempfile.TemporaryDirectory() as scratch,
        MMRagIndex(Path(scratch) / "index", profile="offline") as index,
    ):
        index.index(ARCHIVE)
        retriever = index.as_retriever(top_k=WEIGHED)
        embed = index.embedding.embed_texts
        signals = []
        for row in rows:
            hits = retriever.retrieve(row["question"])
            found = gather(row["question"], hits, embed)
            signals.append(features(row["question"], hits, found))
    return np.array(signals), np.array([float(row["answerable"]) for row in rows])


def fit(signals: Floats, answerable: Floats) -> Floats:
    """(1 + features,) weights of a ridge logistic regression with balanced classes (Newton)."""
    mean, spread = signals.mean(0), signals.std(0) + 1e-9
    scaled = np.c_[np.ones(len(signals)), (signals - mean) / spread]
    balance = np.where(answerable == 1, 0.5 / answerable.mean(), 0.5 / (1 - answerable.mean()))
    ridge = RIDGE * np.r_[0.0, np.ones(signals.shape[1])]
    weights = np.zeros(scaled.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-scaled @ weights))
        slope = scaled.T @ (balance * (p - answerable)) + ridge * weights
        bend = (scaled * (balance * p * (1 - p))[:, None]).T @ scaled + np.diag(ridge + 1e-9)
        weights = weights - np.linalg.solve(bend, slope)
    plain = weights[1:] / spread
    whole: Floats = np.r_[weights[0] - plain @ mean, plain]
    return whole


def probability(weights: Floats, signals: Floats) -> Floats:
    """(n,) probabilities that the questions can be answered."""
    p: Floats = 1 / (1 + np.exp(-(weights[0] + signals @ weights[1:])))
    return p


if __name__ == "__main__":
    main()
