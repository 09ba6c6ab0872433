"""Fusion of ranked channels into one ranking. Pure functions.

Calibrated fusion reads each score on the scale of its space; see `mmrag.retrieval.calibration`.

Distribution-based score fusion (DBSF: Mazzeschi 2023, as in Qdrant) scales each channel by the mean
and three standard deviations of its own scores; it keeps how far ahead a candidate is, and found
more of the sample archive's dev questions than ranks alone.

Weighted reciprocal rank fusion: Cormack, Clarke and Büttcher 2009. Its scores only rank; they are
scaled by the best possible score so that they lie in 0..1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

import numpy as np

from mmrag.retrieval.calibration import chance


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
    channels: Mapping[str, Sequence[tuple[str, float]]],
    *,
    k: int = 60,
    weights: Mapping[str, float] | None = None,
) -> list[Fused]:
    """Fuse channels by rank.

    Args:
        channels: by channel name, its (id, raw score) pairs from best to worst.
        k: the constant of the paper, with ranks from 1.
        weights: by channel name; a channel without a weight counts 1, one with 0 not at all.

    Returns:
        Candidates by falling score, ties by id.
    """
    scores: dict[str, float] = {}
    found: dict[str, dict[str, ChannelScore]] = {}
    best = 0.0  # added up in the same order as the scores, so that no rounding lifts one above 1
    for name in sorted(channels):
        weight = (weights or {}).get(name, 1.0)
        if weight <= 0 or not channels[name]:
            continue
        best += weight / (k + 1)
        for rank, (candidate, raw) in enumerate(channels[name], start=1):
            scores[candidate] = scores.get(candidate, 0.0) + weight / (k + rank)
            found.setdefault(candidate, {})[name] = ChannelScore(rank, raw)
    ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    return [Fused(candidate, score / best, found[candidate]) for candidate, score in ranked]


def distribution_based(
    channels: Mapping[str, Sequence[tuple[str, float]]],
    *,
    weights: Mapping[str, float] | None = None,
) -> list[Fused]:
    """Fuse channels by their scores, each scaled to 0..1 over mean ± 3 standard deviations.

    Args:
        channels: by channel name, its (id, raw score) pairs from best to worst.
        weights: by channel name; a channel without a weight counts 1, one with 0 not at all.

    Returns:
        Candidates by falling score, ties by id. A score of 1 is the top of every channel's range.
    """
    scores: dict[str, float] = {}
    found: dict[str, dict[str, ChannelScore]] = {}
    total = 0.0
    for name in sorted(channels):
        weight = (weights or {}).get(name, 1.0)
        if weight <= 0 or not channels[name]:
            continue
        total += weight
        raws = [raw for _, raw in channels[name]]
        scaled = _scaled(raws)
        for rank, ((candidate, raw), value) in enumerate(
            zip(channels[name], scaled, strict=True), start=1
        ):
            scores[candidate] = scores.get(candidate, 0.0) + weight * value
            found.setdefault(candidate, {})[name] = ChannelScore(rank, raw)
    ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    return [
        Fused(candidate, min(1.0, score / total), found[candidate]) for candidate, score in ranked
    ]


@dataclass(frozen=True)
class Calibrated:
    """What a calibrated channel found.

    Attributes:
        rows: (id, raw score, standing) from best to worst; `mmrag.retrieval.calibration` has what
            a standing is.
        family: channels of one family read the same thing and are averaged; those of different
            families are independent witnesses.
        clarity: weight of the channel within its family; 0 leaves it out.
    """

    rows: Sequence[tuple[str, float, float]]
    family: str
    clarity: float = 1.0


def calibrated(
    channels: Mapping[str, Calibrated], *, weights: Mapping[str, float] | None = None
) -> list[Fused]:
    """Fuse channels by what their scores are worth (`mmrag.retrieval.calibration`).

    Args:
        channels: by channel name.
        weights: by channel name; one without a weight counts 1, one with 0 not at all. Within a
            family they are shares, between families exponents.

    Returns:
        Candidates by falling relevance in 0..1, ties by id.

    Raises:
        ValueError: a standing is not a number.
    """
    heard = {
        name: channels[name]
        for name in sorted(channels)
        if (weights or {}).get(name, 1.0) > 0 and channels[name].rows
    }
    ids = sorted({row[0] for channel in heard.values() for row in channel.rows})
    places = {candidate: place for place, candidate in enumerate(ids)}
    doubt = np.zeros(len(ids))  # sum of weighted log(1 - chance)
    for family in sorted({channel.family for channel in heard.values()}):
        named = [(name, c) for name, c in heard.items() if c.family == family]
        shares = np.array([(weights or {}).get(name, 1.0) * c.clarity for name, c in named])
        if not shares.sum() > 0:  # nothing tells the candidates apart
            shares = np.ones(len(named))
        standing, found = np.zeros(len(ids)), np.zeros(len(ids), dtype=bool)
        for share, (_, channel) in zip(shares / shares.sum(), named, strict=True):
            at = np.array([places[row[0]] for row in channel.rows])
            said = np.array([row[2] for row in channel.rows])
            if not np.isfinite(said).all():
                raise ValueError("standings that are not finite numbers cannot be fused")
            standing[at] += share * said
            found[at] = True
        exponent = fmean((weights or {}).get(name, 1.0) for name, _ in named)
        doubt += np.where(found, exponent * np.log1p(-chance(standing)), 0.0)
    scores = -np.expm1(doubt)
    said_of: dict[str, dict[str, ChannelScore]] = {candidate: {} for candidate in ids}
    for name, channel in heard.items():
        worth = chance(np.array([row[2] for row in channel.rows])).tolist()
        for rank, ((candidate, raw, _), value) in enumerate(
            zip(channel.rows, worth, strict=True), start=1
        ):
            said_of[candidate][name] = ChannelScore(rank, raw, value)
    order = np.argsort(-scores, kind="stable")
    return [Fused(ids[place], float(scores[place]), said_of[ids[place]]) for place in order]


def _scaled(raws: Sequence[float]) -> list[float]:
    """0..1 over mean ± 3 sample standard deviations; 0.5 where all are alike, as Qdrant has it."""
    if len(raws) < 2:
        return [0.5] * len(raws)
    spread = 6 * stdev(raws)
    if spread == 0:
        return [0.5] * len(raws)
    low = fmean(raws) - spread / 2
    return [min(1.0, max(0.0, (raw - low) / spread)) for raw in raws]
