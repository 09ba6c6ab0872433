"""What a raw score is worth: where it stands between the background and a match.

Cosines of different spaces lie on different scales, and those of one space differ by the modality
of what is asked and what is found (the modality gap: Liang et al. 2022, "Mind the Gap"). So a score
is read on a scale of its own for each (space, modality asked with, modality found):

    standing = (score - background) / (match - background)

`background` is what this very question scores against a random sample of the items on average: the
per-query correction. `match` is a property of the index, measured without labels
(`mmrag.retrieval.scales`): what a thing scores with its nearest neighbour when the neighbour is as
near as they come. 0 stands for an item taken at random, 1 for a match; an affine change of a
space's scores changes nothing. For words (BM25) 0 is a passage without any of them and 1 one of
usual length with as many of them, by weight, as a good answer has
(`mmrag.retrieval.ranking.ANSWERED`).

Channels that read the same words (dense text and BM25) are no independent witnesses. Their
standings are averaged, each weighted by its clarity, the number of deviations of its candidates
that lie between background and match, and by how far the space is to be trusted with the words of
this archive (`Scales.trust`):

    words = sum(weight * clarity * trust² * standing) / sum(weight * clarity * trust²)

Before that they are eased: a score more than `DEVIATIONS` above the mean of the channel's
candidates counts as that much, and what is above a match by the share `EXCESS`. One rare word that
a passage repeats is not worth more than a match by meaning.

Candidates that all these channels found are thereby much in the order of distribution-based score
fusion (Mazzeschi 2023), which scales by the same deviation and cuts at the same height; what is
added is that 0 and 1 mean something.

A standing becomes a chance by a logistic curve (Platt 1999), and what independent witnesses say is
joined by noisy-or (Pearl 1988):

    chance = 1 / (1 + exp(-STEEPNESS * (standing - 0.5)))
    relevance = 1 - product((1 - chance) ** (weight * trust))

over the spaces that found the candidate; one that did not says nothing. The curve is the same for
all spaces and its steepness was not fitted to labels, so relevances of different questions are
comparable only roughly.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mmrag.store.spec import FloatArray

STEEPNESS = 8.0
HIGHEST = 2.0
"""Standings beyond -HIGHEST..HIGHEST are cut, so that no freak scale drowns the rest."""
EXCESS = 0.5
"""Share of an eased standing above 1 that counts. nDCG@10 at 0.3, here and at 1: 0.849, 0.848 and
0.845 of the generated dev world; 0.90, 0.92 and 0.92 of the samples' dev questions."""
DEVIATIONS = 3.0
"""As in distribution-based score fusion."""


def standings(
    scores: FloatArray, background: float, match: float, *, eased: bool = False
) -> FloatArray:
    """(n,) standings of raw scores: 0 at the background, 1 at a match.

    Raises:
        ValueError: a score is not a number.
    """
    if not np.isfinite(scores).all():
        raise ValueError("scores that are not finite numbers cannot be calibrated")
    if not len(scores):
        return np.zeros(0, np.float32)
    reach = max(match - background, 1e-6)
    if eased:
        scores = np.minimum(scores, scores.mean() + DEVIATIONS * scores.std())
    found = (scores - background) / reach
    if eased:
        found = np.where(found > 1, 1 + EXCESS * (found - 1), found)
    cut: FloatArray = np.clip(found, -HIGHEST, HIGHEST).astype(np.float32)
    return cut


def clarity(scores: FloatArray, background: float, match: float) -> float:
    """How many deviations of the candidates lie between background and match; 0 if all are alike.

    A single candidate has no deviation to go by and counts 1.
    """
    if len(scores) < 2:
        return float(len(scores))
    deviation = float(np.std(scores, ddof=1))
    if deviation <= 1e-6 * max(1.0, float(np.abs(scores).max())):
        return 0.0
    return max(match - background, 1e-6) / deviation


def chance(standing: NDArray[np.floating]) -> NDArray[np.float64]:
    """(n,) chances in 0..1 of standings."""
    steep = STEEPNESS * (np.asarray(standing, np.float64) - 0.5)
    said: NDArray[np.float64] = 1 / (1 + np.exp(-steep))
    return said
