"""Weighted reciprocal rank fusion: the formula and what must hold for any channels."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmrag.retrieval.fusion import ChannelScore, Fused, reciprocal_rank

Channels = dict[str, list[tuple[str, float]]]

ids = st.sampled_from([f"n{i}" for i in range(12)])
lists = st.lists(ids, unique=True, max_size=8).map(
    lambda found: [(name, 1.0 - place / 10) for place, name in enumerate(found)]
)
channels = st.dictionaries(st.sampled_from(["text", "bm25", "clip", "clap"]), lists)
weights = st.dictionaries(
    st.sampled_from(["text", "bm25", "clip"]), st.sampled_from([-1.0, 0.0]) | st.floats(0.001, 9)
)


def test_scores_are_those_of_the_formula() -> None:
    found = reciprocal_rank(
        {"text": [("a", 0.9), ("b", 0.8)], "bm25": [("b", 7.0), ("c", 3.0), ("a", 1.0)]},
        k=60,
        weights={"bm25": 2.0},
    )
    best = 3 / 61
    assert [f.id for f in found] == ["b", "a", "c"]
    assert [f.score for f in found] == pytest.approx(
        [(1 / 62 + 2 / 61) / best, (1 / 61 + 2 / 63) / best, (2 / 62) / best], abs=1e-12
    )
    assert found[0].channels == {"bm25": ChannelScore(1, 7.0), "text": ChannelScore(2, 0.8)}
    assert found[2].channels == {"bm25": ChannelScore(2, 3.0)}


def test_a_channel_that_found_nothing_does_not_dim_the_others() -> None:
    assert reciprocal_rank({"text": [("a", 0.9)], "bm25": []})[0].score == 1.0


@pytest.mark.parametrize("asked", [{}, {"text": []}])
def test_nothing_found_is_nothing_fused(asked: Channels) -> None:
    assert reciprocal_rank(asked) == []


@given(channels, weights, st.integers(1, 100), st.randoms())
def test_the_order_of_channels_is_of_no_consequence(
    asked: Channels, weight: dict[str, float], k: int, rng: object
) -> None:
    names = list(asked)
    rng.shuffle(names)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    shuffled = {name: asked[name] for name in names}
    assert reciprocal_rank(shuffled, k=k, weights=weight) == reciprocal_rank(
        asked, k=k, weights=weight
    )


@given(channels, weights, st.integers(1, 100))
def test_scores_are_relevances_sorted_with_ties_by_id(
    asked: Channels, weight: dict[str, float], k: int
) -> None:
    found = reciprocal_rank(asked, k=k, weights=weight)
    assert found == sorted(found, key=lambda f: (-f.score, f.id))
    assert all(0 < f.score <= 1 for f in found)
    for one in found:
        for name, score in one.channels.items():
            assert asked[name][score.rank - 1] == (one.id, score.raw)


@given(channels, weights)
def test_what_every_channel_puts_first_is_first_with_full_score(
    asked: Channels, weight: dict[str, float]
) -> None:
    unanimous = {name: [("best", 2.0), *found] for name, found in asked.items()}
    found = reciprocal_rank(unanimous, weights=weight)
    if any(weight.get(name, 1.0) > 0 for name in unanimous):
        assert (found[0].id, found[0].score) == ("best", 1.0)
    else:
        assert found == []


@given(channels, lists, st.sampled_from([0.0, -0.5]))
def test_a_channel_without_weight_has_no_influence(
    asked: Channels, silent: list[tuple[str, float]], weight: float
) -> None:
    heard: list[Fused] = reciprocal_rank(asked)
    assert reciprocal_rank({**asked, "a_mute": silent}, weights={"a_mute": weight}) == heard
