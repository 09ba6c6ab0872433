"""Every fusion against the same formula written down candidate by candidate, without numpy."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean, stdev

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmrag.retrieval.fusion import (
    Calibrated,
    ChannelScore,
    Fused,
    calibrated,
    distribution_based,
    reciprocal_rank,
    weighted_sum,
)
from mmrag.store.spec import Ranked

Row = tuple[str, float]
Channels = Mapping[str, Sequence[Row]]

FAMILIES = {"text": "words", "bm25": "words", "clip": "clip", "clap": "clap"}
ids = st.sampled_from([f"n{i}" for i in range(12)])
raws = st.integers(-2_000_000, 2_000_000).map(lambda millionths: millionths / 1e6)
rows = st.dictionaries(ids, raws, max_size=10).map(
    lambda found: sorted(found.items(), key=lambda row: (-row[1], row[0]))
)
channels = st.fixed_dictionaries({}, optional=dict.fromkeys(FAMILIES, rows))
weights = st.dictionaries(
    st.sampled_from(list(FAMILIES)), st.sampled_from([-1.0, 0.0]) | st.floats(0.01, 9)
)
clarities = st.fixed_dictionaries(dict.fromkeys(FAMILIES, st.sampled_from([0.0, 0.5, 1.0, 3.0])))


def heard(asked: Channels, weight: Mapping[str, float]) -> dict[str, float]:
    return {
        name: weight.get(name, 1.0)
        for name in sorted(asked)
        if asked[name] and weight.get(name, 1.0) > 0
    }


def summed(asked: Channels, said: Mapping[str, Iterable[float]], best: float) -> dict[str, float]:
    """By candidate, the sum of what the channels give it."""
    scores: defaultdict[str, float] = defaultdict(float)
    for name, values in said.items():
        for (candidate, _), value in zip(asked[name], values, strict=True):
            scores[candidate] += value / best
    return dict(scores)


def by_rank(asked: Channels, weight: Mapping[str, float], k: int) -> dict[str, float]:
    counted = heard(asked, weight)
    said = {
        name: [w / (k + rank) for rank in range(1, len(asked[name]) + 1)]
        for name, w in counted.items()
    }
    return summed(asked, said, sum(counted.values()) / (k + 1))


def by_deviation(values: Sequence[float]) -> list[float]:
    spread = 6 * stdev(values) if len(values) > 1 else 0.0
    if spread == 0:
        return [0.5] * len(values)
    low = fmean(values) - spread / 2
    return [min(1.0, max(0.0, (value - low) / spread)) for value in values]


def by_range(values: Sequence[float]) -> list[float]:
    low, high = min(values), max(values)
    return [1.0 if low == high else (value - low) / (high - low) for value in values]


def by_witnesses(
    asked: Channels, weight: Mapping[str, float], clarity: Mapping[str, float]
) -> dict[str, float]:
    """Averaged within families, joined by noisy-or between them; a raw score is its standing."""
    counted = heard(asked, weight)
    doubt: defaultdict[str, float] = defaultdict(lambda: 1.0)
    for family in {FAMILIES[name] for name in counted}:
        named = [name for name in counted if FAMILIES[name] == family]
        shares = {name: counted[name] * clarity[name] for name in named}
        if sum(shares.values()) == 0:
            shares = dict.fromkeys(named, 1.0)
        standing: defaultdict[str, float] = defaultdict(float)
        for name in named:
            for candidate, value in asked[name]:
                standing[candidate] += shares[name] / sum(shares.values()) * value
        exponent = fmean(counted[name] for name in named)
        for candidate, value in standing.items():
            doubt[candidate] *= (1 - sigmoid(8 * (value - 0.5))) ** exponent
    return {candidate: 1 - left for candidate, left in doubt.items()}


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def columns(asked: Channels) -> dict[str, Ranked]:
    return {name: Ranked.of(found) for name, found in asked.items()}


def standing_columns(asked: Channels, clarity: Mapping[str, float]) -> dict[str, Calibrated]:
    return {
        name: Calibrated(found, found.scores, FAMILIES[name], clarity[name])
        for name, found in columns(asked).items()
    }


def assert_is(
    found: Sequence[Fused],
    expected: Mapping[str, float],
    asked: Channels,
    weight: Mapping[str, float],
    *,
    worth: bool = False,
) -> None:
    assert {one.id: one.score for one in found} == pytest.approx(expected, abs=1e-12, rel=0)
    for one in found:
        said = {
            name: (rank, raw)
            for name in heard(asked, weight)
            for rank, (candidate, raw) in enumerate(asked[name], start=1)
            if candidate == one.id
        }
        for name, score in one.channels.items():
            rank, raw = said[name]
            value = pytest.approx(sigmoid(8 * (raw - 0.5)), abs=1e-12) if worth else None
            assert score == ChannelScore(rank, raw, value)
        assert list(one.channels) == list(said)


@given(channels, weights, st.integers(1, 100))
def test_reciprocal_ranks(asked: Channels, weight: dict[str, float], k: int) -> None:
    found = reciprocal_rank(columns(asked), k=k, weights=weight)
    assert_is(found, by_rank(asked, weight, k), asked, weight)


@given(channels, weights)
def test_distribution_based_and_weighted_sum(asked: Channels, weight: dict[str, float]) -> None:
    counted = heard(asked, weight)
    for fuse, scaled in ((distribution_based, by_deviation), (weighted_sum, by_range)):
        said = {
            name: [w * value for value in scaled([raw for _, raw in asked[name]])]
            for name, w in counted.items()
        }
        expected = summed(asked, said, sum(counted.values()))
        assert_is(fuse(columns(asked), weights=weight), expected, asked, weight)


@given(channels, weights, clarities)
def test_calibrated(asked: Channels, weight: dict[str, float], clarity: dict[str, float]) -> None:
    found = calibrated(standing_columns(asked, clarity), weights=weight)
    assert_is(found, by_witnesses(asked, weight, clarity), asked, weight, worth=True)


def test_scores_that_lie_close_together_keep_their_distances() -> None:
    """Their deviation is not lost in the rounding of their mean."""
    close = Ranked.of((name, 1e6 + steps / 2**30) for name, steps in (("a", 2), ("b", 1), ("c", 0)))
    found = [one.score for one in distribution_based({"text": close})]
    assert found == pytest.approx([4 / 6, 3 / 6, 2 / 6], abs=1e-12)
    alike = distribution_based({"text": Ranked.of([("a", 0.1), ("b", 0.1), ("c", 0.1)])})
    assert [one.score for one in alike] == [0.5] * 3


def test_ten_thousand_candidates_in_four_channels() -> None:
    rng = np.random.default_rng(0)
    names = [f"{i:05d}" for i in range(10_000)]
    asked = {
        name: list(
            zip(rng.permutation(names).tolist(), np.sort(rng.random(10_000))[::-1], strict=True)
        )
        for name in FAMILIES
    }
    clarity = dict.fromkeys(FAMILIES, 1.0)
    found = calibrated(standing_columns(asked, clarity), limit=10)
    expected = by_witnesses(asked, {}, clarity)
    best = sorted(expected, key=lambda one: (-expected[one], one))[:10]
    assert [one.id for one in found] == best
    assert all(set(one.channels) == set(FAMILIES) for one in found)
    ranks = by_rank(asked, {}, 60)
    first = max(ranks.values())
    assert reciprocal_rank(columns(asked), limit=1)[0].score == pytest.approx(first, abs=1e-12)
