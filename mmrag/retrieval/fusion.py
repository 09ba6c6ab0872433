"""Fusion of ranked channels into one ranking. Pure functions over columns of ids and scores.

Calibrated fusion reads each score on the scale of its space; see `mmrag.retrieval.calibration`.

Distribution-based score fusion (DBSF: Mazzeschi 2023, as in Qdrant) scales each channel by the mean
and three standard deviations of its own scores; it keeps how far ahead a candidate is, and found
more of the sample archive's dev questions than ranks alone.

The weighted sum scales each channel from its lowest to its highest score (min-max: Lee 1997,
"Analyses of multiple evidence combination") and takes the weighted mean, with 0 where a channel did
not find a candidate (CombSUM: Fox and Shaw 1994, divided by the sum of weights; the convex
combination of Bruch, Gai and Ingber 2023, "An analysis of fusion functions for hybrid retrieval").

Weighted reciprocal rank fusion: Cormack, Clarke and Büttcher 2009. Its scores only rank; they are
scaled by the best possible score so that they lie in 0..1.

What the four have in common: channels may come in any order; one that found nothing, or weighs
nothing, is as if it were not there; none can shut out what another found.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from mmrag.errors import InputError
from mmrag.retrieval.calibration import chance
from mmrag.retrieval.pool import Pool
from mmrag.store.spec import Ranked

Weights = Mapping[str, float]
"""By channel name; a channel without a weight counts 1, one with 0 or less not at all."""


@dataclass(frozen=True)
class ChannelScore:
    """What one channel says of a candidate.

    Attributes:
        rank: 1-based place in the channel's own list.
        raw: the channel's own score (a cosine, a BM25 sum).
        calibrated: the raw score as a relevance in 0..1; None where the channel has no calibration.
    """

    rank: int
    raw: float
    calibrated: float | None = None


@dataclass(frozen=True)
class Fused:
    """A candidate with its combined score in 0..1 and what each channel that found it said."""

    id: str
    score: float
    channels: Mapping[str, ChannelScore]


def reciprocal_rank(
    channels: Mapping[str, Ranked],
    *,
    k: int = 60,
    weights: Weights | None = None,
    limit: int | None = None,
) -> list[Fused]:
    """Fuse channels by rank.

    Args:
        channels: by channel name.
        k: the constant of the paper, with ranks from 1.
        weights: by channel name.
        limit: how many of the best are returned; None returns all.

    Returns:
        Candidates by falling score, ties by id.

    Raises:
        InputError: a score or a weight is not a finite number, or a channel has a candidate twice.
    """
    heard = _heard(channels, weights)
    pool = Pool({name: channels[name] for name in heard})
    scores = np.zeros(len(pool))
    best = 0.0  # added up in the same order as the scores, so that no rounding lifts one above 1
    for name, weight in heard.items():
        best += weight / (k + 1)
        scores[pool.numbers[name]] += weight / (k + np.arange(1, len(channels[name]) + 1))
    return _cut(pool, scores / best, channels, limit)


def distribution_based(
    channels: Mapping[str, Ranked], *, weights: Weights | None = None, limit: int | None = None
) -> list[Fused]:
    """Fuse channels by their scores, each scaled to 0..1 over mean ± 3 standard deviations.

    Args, ties and errors are those of `reciprocal_rank`. A score of 1 is the top of every channel's
    range.
    """
    return _mean(channels, weights, limit, _by_deviation)


def weighted_sum(
    channels: Mapping[str, Ranked], *, weights: Weights | None = None, limit: int | None = None
) -> list[Fused]:
    """Fuse channels by their scores, each scaled to 0..1 from its lowest to its highest.

    Args, ties and errors are those of `reciprocal_rank`. A score of 1 is the first of every
    channel; the last one of a channel gets as little of it as one that it did not find.
    """
    return _mean(channels, weights, limit, _by_range)


@dataclass(frozen=True, eq=False)
class Calibrated:
    """What a calibrated channel found.

    Attributes:
        found: n candidates from best to worst.
        standings: (n,) of them; `mmrag.retrieval.calibration` has what a standing is.
        family: channels of one family read the same thing and are averaged; those of different
            families are independent witnesses.
        clarity: weight of the channel within its family; 0 leaves it out.
        trust: 0..1, a factor of the channel's weight between families.
        space: as what it is weighed and told of, where not by its own name; no candidate may be
            found by two channels of one space.
    """

    found: Ranked
    standings: NDArray[np.floating]
    family: str
    clarity: float = 1.0
    trust: float = 1.0
    space: str | None = None

    def __post_init__(self) -> None:
        if self.standings.shape != (len(self.found),):
            raise ValueError(f"{len(self.found)} candidates, standings {self.standings.shape}")


def calibrated(
    channels: Mapping[str, Calibrated],
    *,
    weights: Weights | None = None,
    limit: int | None = None,
) -> list[Fused]:
    """Fuse channels by what their scores are worth (`mmrag.retrieval.calibration`).

    Args:
        channels: by channel name.
        weights: by space or channel name. Within a family they are shares, between families
            exponents.
        limit: how many of the best are returned; None returns all.

    Returns:
        Candidates by falling relevance in 0..1, ties by id.

    Raises:
        InputError: a score, standing or weight is not a finite number, or a channel has a candidate
            twice.
    """
    found = {name: channel.found for name, channel in channels.items()}
    spaces = {name: channel.space or name for name, channel in channels.items()}
    given = weights or {}
    heard = _heard(found, {name: given.get(space, 1.0) for name, space in spaces.items()})
    pool = Pool({name: found[name] for name in heard})
    doubt = np.zeros(len(pool))  # sum of weighted log(1 - chance)
    for family in sorted({channels[name].family for name in heard}):
        named = [name for name in heard if channels[name].family == family]
        shares = np.array([heard[name] * channels[name].clarity for name in named])
        if not shares.sum() > 0:  # nothing tells the candidates apart
            shares = np.ones(len(named))
        standing, known = np.zeros(len(pool)), np.zeros(len(pool), dtype=bool)
        for share, name in zip(shares / shares.sum(), named, strict=True):
            said = channels[name].standings.astype(np.float64)
            if not np.isfinite(said).all():
                raise InputError(f"channel {name!r}: standings are not finite numbers")
            standing[pool.numbers[name]] += share * said
            known[pool.numbers[name]] = True
        exponent = fmean(heard[name] * channels[name].trust for name in named)
        doubt += np.where(known, exponent * np.log1p(-chance(standing)), 0.0)
    worth = {name: chance(channels[name].standings) for name in heard}
    return [
        replace(one, channels={spaces[name]: said for name, said in one.channels.items()})
        for one in _cut(pool, -np.expm1(doubt), found, limit, worth)
    ]


def _heard(channels: Mapping[str, Ranked], weights: Weights | None) -> dict[str, float]:
    """Weights of the channels that count, in the order of names: sums come out the same always."""
    given = {name: (weights or {}).get(name, 1.0) for name in sorted(channels)}
    for name, weight in given.items():
        if not math.isfinite(weight):
            raise InputError(f"the weight of channel {name!r} is {weight}; give a finite number")
    return {name: weight for name, weight in given.items() if weight > 0 and len(channels[name])}


def _mean(
    channels: Mapping[str, Ranked],
    weights: Weights | None,
    limit: int | None,
    scaled: Callable[[NDArray[np.float64]], NDArray[np.float64]],
) -> list[Fused]:
    """The weighted mean of scaled scores, 0 where a channel did not find a candidate."""
    heard = _heard(channels, weights)
    pool = Pool({name: channels[name] for name in heard})
    scores = np.zeros(len(pool))
    for name, weight in heard.items():
        scores[pool.numbers[name]] += weight * scaled(channels[name].scores)
    return _cut(pool, np.minimum(1.0, scores / sum(heard.values())), channels, limit)


def _by_deviation(raws: NDArray[np.float64]) -> NDArray[np.float64]:
    """0..1 over mean ± 3 sample standard deviations; 0.5 where all are alike, as Qdrant has it."""
    lowest = raws.min()
    if raws.max() == lowest:
        return np.full(len(raws), 0.5)
    above = raws - lowest  # the deviation of scores that lie close together would drown in rounding
    spread = 6 * above.std(ddof=1)
    scaled: NDArray[np.float64] = np.clip((above - above.mean()) / spread + 0.5, 0.0, 1.0)
    return scaled


def _by_range(raws: NDArray[np.float64]) -> NDArray[np.float64]:
    """0..1 from the lowest to the highest; 1 where all are alike, for each of them is the best."""
    lowest, highest = raws.min(), raws.max()
    if highest == lowest:
        return np.ones(len(raws))
    scaled: NDArray[np.float64] = (raws - lowest) / (highest - lowest)
    return scaled


def _cut(
    pool: Pool,
    scores: NDArray[np.float64],
    channels: Mapping[str, Ranked],
    limit: int | None,
    worth: Mapping[str, NDArray[np.float64]] | None = None,
) -> list[Fused]:
    """The best candidates, with what each channel said of them."""
    best = pool.best(scores, limit)
    said: list[dict[str, ChannelScore]] = [{} for _ in best]
    for name in pool.numbers:
        raws, worths = channels[name].scores, (worth or {}).get(name)
        for row, rank in enumerate(pool.places(name)[best].tolist()):
            if rank:
                value = None if worths is None else float(worths[rank - 1])
                said[row][name] = ChannelScore(rank, float(raws[rank - 1]), value)
    return [
        Fused(pool.ids[number], float(scores[number]), channels_said)
        for number, channels_said in zip(best.tolist(), said, strict=True)
    ]
