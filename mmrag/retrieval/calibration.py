"""What a raw score is worth: evidence against the background of the same space and modality.

Cosines of different spaces lie on different scales, and those of one space differ by the modality
of what is asked and what is found (the modality gap: Liang et al. 2022, "Mind the Gap"). A score
says little; how far it stands out from what the same question scores against items that have
nothing to do with it says much.

For a question and the items of one modality in one dense space:

    z = (score - mean) / deviation      of the question's scores against a random sample of items
    evidence = softplus(SLOPE * (z - sqrt(2 ln N) + OFFSET))

sqrt(2 ln N) is where the best of N unrelated, normally distributed scores is to be expected (the
extreme value of Fisher and Tippett 1928), so a larger pool asks for more. The softplus makes scores
within the background worth nothing, and their order is kept. For words (BM25) the share of the
question's weight that a passage holds takes the place of z.

Evidence of several channels adds up, as log-odds of independent tests do, and

    relevance = sigmoid(PRIOR + sum of weight * evidence)

is the calibrated score in 0..1. A channel that has nothing to say adds nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mmrag.store.spec import FloatArray

SLOPE, OFFSET = 1.0, 1.0
PRIOR = -3.0
WORDS_SLOPE, WORDS_MIDDLE = 8.0, 0.5
SMALLEST_SAMPLE = 8
"""Items below which a sample says nothing of its background."""


@dataclass(frozen=True)
class Background:
    """How a question scores against what has nothing to do with it.

    Attributes:
        mean, deviation: of its scores against a random sample of the items.
        count: items in all, of this modality in this space.
    """

    mean: float
    deviation: float
    count: int

    @property
    def ceiling(self) -> float:
        """The z that the best of `count` unrelated items is to be expected at."""
        return float(np.sqrt(2 * np.log(max(2, self.count))))


def background_of(scores: FloatArray, count: int) -> Background:
    """Read a background off the scores of a sample.

    The sample holds relevant items too, as the whole does. Median and median absolute deviation
    (times 1.4826, which makes it a standard deviation for normal scores) leave them out of account.
    """
    middle = float(np.median(scores))
    spread = 1.4826 * float(np.median(np.abs(scores - middle)))
    return Background(middle, max(spread, 1e-6), count)


def dense_evidence(scores: FloatArray, background: Background) -> FloatArray:
    """(n,) evidence of raw scores, 0 and above."""
    z = (scores - background.mean) / background.deviation
    return softplus(SLOPE * (z - background.ceiling + OFFSET))


def words_evidence(scores: FloatArray, full: float) -> FloatArray:
    """(n,) evidence of BM25 sums; `full` is what a passage with every word would score."""
    share = scores / max(full, 1e-6)
    return softplus(WORDS_SLOPE * (share - WORDS_MIDDLE))


def relevance(evidence: NDArray[np.floating]) -> NDArray[np.float64]:
    """(n,) calibrated relevance in 0..1 of summed evidence."""
    chance: NDArray[np.float64] = 1 / (1 + np.exp(-(PRIOR + np.asarray(evidence, np.float64))))
    return chance


def softplus(values: FloatArray) -> FloatArray:
    """log(1 + exp(x)) without overflow."""
    soft: FloatArray = np.logaddexp(0, values).astype(np.float32)
    return soft
