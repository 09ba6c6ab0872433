"""When to say nothing: a calibrated probability that the evidence answers the question.

Logistic regression over the signals of the best evidence. The coefficients were fitted by
`pipelines/fit_abstention.py` on the dev questions of the sample archive only.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from mmrag.generation.evidence import Evidence

FEATURES = ("cosine", "coverage", "names", "fits")
INTERCEPT = -8.0
COEFFICIENTS = (6.0, 5.0, 2.0, 0.5)


def features(found: Sequence[Evidence]) -> tuple[float, ...]:
    """The signals of the best evidence, in the order of FEATURES; zeros where there is none."""
    if not found:
        return (0.0,) * len(FEATURES)
    best = found[0]
    return best.cosine, best.coverage, best.names, best.fits


def confidence(found: Sequence[Evidence]) -> float:
    """Probability, 0..1, that the evidence holds an answer."""
    if not found:
        return 0.0
    logit = INTERCEPT + sum(
        weight * value for weight, value in zip(COEFFICIENTS, features(found), strict=True)
    )
    return 1 / (1 + math.exp(-logit))
