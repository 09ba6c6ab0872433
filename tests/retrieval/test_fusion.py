"""What must hold of every fusion, for any channels."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmrag.errors import InputError
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

Channels = dict[str, list[tuple[str, float]]]
Fuse = Callable[..., list[Fused]]

FAMILIES = {"text": "words", "bm25": "words", "clip": "clip", "clap": "clap"}
KNOWN = [f"n{i}" for i in range(12)]


def over(fuse: Fuse) -> Fuse:
    """A fusion over lists of (id, score)."""

    def fused(asked: Channels, **options: object) -> list[Fused]:
        return fuse({name: Ranked.of(rows) for name, rows in asked.items()}, **options)

    return fused


def calibrated_by_name(found: Mapping[str, Ranked], **options: object) -> list[Fused]:
    """Calibrated fusion where raw scores are the standings."""
    channels = {
        name: Calibrated(ranked, ranked.scores, FAMILIES.get(name, name))
        for name, ranked in found.items()
    }
    return calibrated(channels, **options)  # type: ignore[arg-type]  # weights and limit


FUSIONS = {
    "calibrated": over(calibrated_by_name),
    "dbsf": over(distribution_based),
    "rrf": over(reciprocal_rank),
    "weighted_sum": over(weighted_sum),
}
every_fusion = pytest.mark.parametrize("fuse", FUSIONS.values(), ids=FUSIONS)

levels = st.integers(-8, 8).map(lambda eighths: eighths / 8)


def lists(candidates: list[str]) -> st.SearchStrategy[list[tuple[str, float]]]:
    return st.dictionaries(st.sampled_from(candidates), levels, max_size=8).map(
        lambda found: sorted(found.items(), key=lambda row: (-row[1], row[0]))
    )


channels = st.dictionaries(st.sampled_from(list(FAMILIES)), lists(KNOWN))
weights = st.dictionaries(
    st.sampled_from(["text", "bm25", "clip"]), st.sampled_from([-1.0, 0.0]) | st.floats(0.001, 9)
)


def scores_of(found: list[Fused]) -> dict[str, float]:
    return {one.id: one.score for one in found}


def test_reciprocal_ranks_are_those_of_the_formula() -> None:
    found = FUSIONS["rrf"](
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


def test_the_weighted_sum_is_the_mean_of_scores_between_lowest_and_highest() -> None:
    found = FUSIONS["weighted_sum"](
        {"text": [("a", 0.9), ("b", 0.8), ("c", 0.5)], "bm25": [("b", 7.0), ("d", 3.0)]},
        weights={"bm25": 2.0},
    )
    assert [one.id for one in found] == ["b", "a", "c", "d"]
    assert [one.score for one in found] == pytest.approx([(0.75 + 2) / 3, 1 / 3, 0, 0], abs=1e-12)


@given(asked=channels, weight=weights, rng=st.randoms())
def test_the_order_of_channels_is_of_no_consequence(
    asked: Channels, weight: dict[str, float], rng: object
) -> None:
    names = list(asked)
    rng.shuffle(names)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    shuffled = {name: asked[name] for name in names}
    for fuse in FUSIONS.values():
        assert fuse(shuffled, weights=weight) == fuse(asked, weights=weight)


@given(asked=channels, weight=weights, limit=st.integers(0, 20))
def test_scores_lie_in_0_to_1_and_fall_with_ties_by_id(
    asked: Channels, weight: dict[str, float], limit: int
) -> None:
    for fuse in FUSIONS.values():
        found = fuse(asked, weights=weight)
        assert found == sorted(found, key=lambda f: (-f.score, f.id))
        assert all(0 <= f.score <= 1 for f in found)
        for one in found:
            for name, score in one.channels.items():
                assert asked[name][score.rank - 1] == (one.id, score.raw)
        assert fuse(asked, weights=weight, limit=limit) == found[:limit]


@given(asked=channels, name=st.sampled_from(["a_silent", "bm25"]))
def test_a_channel_that_found_nothing_is_neutral(asked: Channels, name: str) -> None:
    without = {other: rows for other, rows in asked.items() if other != name}
    for fuse in FUSIONS.values():
        assert fuse({**without, name: []}) == fuse(without)


@given(asked=channels, mute=lists(KNOWN), weight=st.sampled_from([0.0, -0.5]))
def test_a_channel_without_weight_has_no_influence(
    asked: Channels, mute: list[tuple[str, float]], weight: float
) -> None:
    for fuse in FUSIONS.values():
        assert fuse({**asked, "a_mute": mute}, weights={"a_mute": weight}) == fuse(asked)


@given(asked=channels, other=lists([*KNOWN, "x", "y"]), weight=weights)
def test_no_channel_gates_another(
    asked: Channels, other: list[tuple[str, float]], weight: dict[str, float]
) -> None:
    """Nothing that was found drops out, and what a channel does not know keeps its order."""
    for fuse in FUSIONS.values():
        before = fuse(asked, weights=weight)
        after = fuse({**asked, "other": other}, weights=weight)
        known = {candidate for candidate, _ in other}
        assert {one.id for one in after} == {one.id for one in before} | known
        scores = scores_of(after)
        kept = [one for one in before if one.id not in known]
        for better, worse in pairwise(kept):
            assert scores[better.id] >= scores[worse.id] - 1e-12


@given(data=st.data(), weight=weights, names=st.sets(st.sampled_from(list(FAMILIES)), min_size=1))
def test_an_irrelevant_channel_reverses_no_unanimous_order(
    data: st.DataObject, weight: dict[str, float], names: set[str]
) -> None:
    """One that found none of the candidates, or, where scores count, says the same of all."""
    worth = st.lists(levels, min_size=5, max_size=5).map(lambda row: sorted(row, reverse=True))
    asked = {name: list(zip(KNOWN, data.draw(worth), strict=False)) for name in sorted(names)}
    level, elsewhere = data.draw(levels), data.draw(lists(["x", "y", "z"]))
    flat = [(candidate, level) for candidate in KNOWN[:5]]
    for name, fuse in FUSIONS.items():
        for other in [elsewhere] if name == "rrf" else [elsewhere, flat]:
            scores = scores_of(fuse({**asked, "other": other}, weights=weight))
            if KNOWN[0] in scores:  # else every channel that found it is mute
                for better, worse in pairwise(KNOWN[:5]):
                    assert scores[better] >= scores[worse] - 1e-12


@given(channels, weights)
def test_what_every_channel_puts_first_has_full_score_by_rank(
    asked: Channels, weight: dict[str, float]
) -> None:
    unanimous = {name: [("best", 2.0), *found] for name, found in asked.items()}
    found = FUSIONS["rrf"](unanimous, weights=weight)
    if any(weight.get(name, 1.0) > 0 for name in unanimous):
        assert (found[0].id, found[0].score) == ("best", 1.0)
    else:
        assert found == []


@every_fusion
@pytest.mark.parametrize("asked", [{}, {"text": []}, {"text": [], "clip": []}])
def test_nothing_found_is_nothing_fused(fuse: Fuse, asked: Channels) -> None:
    assert fuse(asked) == []


@pytest.mark.parametrize(
    ("name", "score"),
    [("calibrated", 1 / (1 + math.exp(-4))), ("dbsf", 0.5), ("rrf", 1.0), ("weighted_sum", 1.0)],
)
def test_one_candidate(name: str, score: float) -> None:
    found = FUSIONS[name]({"text": [("a", 1.0)]})
    assert scores_of(found) == pytest.approx({"a": score}, abs=1e-12)


@every_fusion
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_scores_and_weights_that_are_no_numbers_are_refused(fuse: Fuse, bad: float) -> None:
    asked = {"text": [("a", 0.9)], "clip": [("b", 0.5), ("c", bad)]}
    with pytest.raises(InputError, match=rf"channel 'clip': 1 of 2 scores .* {bad} of c; "):
        fuse(asked)
    with pytest.raises(InputError, match=rf"weight of channel 'text' is {bad}; "):
        fuse({"text": [("a", 0.9)]}, weights={"text": bad})
    assert scores_of(fuse(asked, weights={"clip": 0.0})).keys() == {"a"}  # it is not heard


@every_fusion
def test_a_channel_that_names_a_candidate_twice_is_refused(fuse: Fuse) -> None:
    with pytest.raises(InputError, match="channel 'text' has candidate b twice"):
        fuse({"text": [("a", 0.9), ("b", 0.8), ("c", 0.7), ("b", 0.6)]})


def test_columns_are_of_one_length() -> None:
    with pytest.raises(ValueError, match="2 ids with scores of shape"):
        Ranked(["a", "b"], np.array([0.5]))
    found = Ranked.of([("a", 0.5), ("b", 0.4)])
    with pytest.raises(ValueError, match="2 candidates, standings"):
        Calibrated(found, np.array([0.5]), "words")
