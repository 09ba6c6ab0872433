"""Calibrated fusion: the formula, and what must hold for any channels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmrag.retrieval.calibration import HIGHEST, chance, clarity, standings
from mmrag.retrieval.fusion import Calibrated, ChannelScore, Fused, calibrated
from mmrag.store.spec import Ranked

Row = tuple[str, float, float]


def channel_of(rows: Sequence[Row], family: str, clarity: float = 1.0) -> Calibrated:
    """A channel of (id, raw score, standing) rows."""
    worth = np.array([standing for _, _, standing in rows], np.float64)
    return Calibrated(Ranked.of(row[:2] for row in rows), worth, family, clarity)


ids = [f"n{i}" for i in range(10)]
levels = st.integers(-8, 8).map(lambda eighths: eighths / 8)


@st.composite
def channel(draw: st.DrawFn, family: str, candidates: list[str] | None = None) -> Calibrated:
    found = candidates or draw(st.lists(st.sampled_from(ids), unique=True, max_size=8))
    worth = draw(st.lists(levels, min_size=len(found), max_size=len(found)))
    rows = sorted(((i, w, w) for i, w in zip(found, worth, strict=True)), key=lambda r: (-r[2], r))
    return channel_of(rows, family, draw(st.sampled_from([0.0, 0.5, 1.0, 3.0])))


FAMILIES = {"text": "words", "bm25": "words", "clip": "clip", "clap": "clap"}
channels = st.fixed_dictionaries({}, optional={n: channel(f) for n, f in FAMILIES.items()})
weights = st.dictionaries(st.sampled_from(list(FAMILIES)), st.sampled_from([0.0, 0.5, 1.0, 2.0]))


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def scores_of(found: list[Fused]) -> dict[str, float]:
    return {one.id: one.score for one in found}


def test_a_standing_is_the_place_between_background_and_match() -> None:
    found = standings(np.array([0.1, 0.3, 0.5, 9.0], np.float32), 0.1, 0.5)
    assert found.tolist() == pytest.approx([0.0, 0.5, 1.0, HIGHEST], abs=1e-6)
    assert chance(np.array([0.0, 0.5, 1.0])).tolist() == pytest.approx(
        [sigmoid(-4), 0.5, sigmoid(4)], abs=1e-12
    )


@given(
    st.lists(st.floats(-1, 1, width=32), min_size=2, max_size=20),
    st.floats(0.01, 50),
    st.floats(-5, 5),
)
def test_the_scale_of_a_space_is_of_no_consequence(
    raws: list[float], factor: float, shift: float
) -> None:
    raw = np.array(raws, np.float64)
    moved = raw * factor + shift
    plain = standings(raw, 0.1, 0.8)  # type: ignore[arg-type]
    scaled = standings(moved, 0.1 * factor + shift, 0.8 * factor + shift)  # type: ignore[arg-type]
    assert scaled.tolist() == pytest.approx(plain.tolist(), abs=1e-4)


def test_clarity_is_what_lies_between_background_and_match_in_deviations() -> None:
    scores = np.array([0.2, 0.4, 0.6], np.float32)
    assert clarity(scores, 0.1, 0.9) == pytest.approx(0.8 / 0.2, rel=1e-5)
    assert clarity(np.array([0.3, 0.3], np.float32), 0.1, 0.9) == 0.0
    assert clarity(np.array([0.3], np.float32), 0.1, 0.9) == 1.0
    assert clarity(np.array([], np.float32), 0.1, 0.9) == 0.0


def test_families_are_averaged_within_and_joined_by_noisy_or() -> None:
    found = calibrated(
        {
            "text": channel_of([("a", 0.9, 0.8), ("b", 0.5, 0.4)], "words", 3.0),
            "bm25": channel_of([("a", 9.0, 0.6)], "words", 1.0),
            "clip": channel_of([("c", 0.3, 1.0), ("b", 0.2, 0.5)], "clip", 2.0),
        },
        weights={"clip": 2.0},
    )
    a = sigmoid(8 * (0.75 * 0.8 + 0.25 * 0.6 - 0.5))
    b = 1 - (1 - sigmoid(8 * (0.75 * 0.4 - 0.5))) * (1 - sigmoid(0)) ** 2
    c = 1 - (1 - sigmoid(4)) ** 2
    assert scores_of(found) == pytest.approx({"c": c, "a": a, "b": b}, abs=1e-12)
    assert [one.id for one in found] == ["c", "a", "b"] if a > b else ["c", "b", "a"]
    assert found[0].channels == {"clip": ChannelScore(1, 0.3, pytest.approx(sigmoid(4)))}


@given(channels, weights, st.randoms())
def test_the_order_of_channels_is_of_no_consequence(
    asked: dict[str, Calibrated], weight: dict[str, float], rng: object
) -> None:
    names = list(asked)
    rng.shuffle(names)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    assert calibrated({n: asked[n] for n in names}, weights=weight) == calibrated(
        asked, weights=weight
    )


@given(channels, weights)
def test_scores_are_relevances_sorted_with_ties_by_id(
    asked: dict[str, Calibrated], weight: dict[str, float]
) -> None:
    found = calibrated(asked, weights=weight)
    assert found == sorted(found, key=lambda f: (-f.score, f.id))
    assert all(0 < f.score < 1 for f in found)
    for one in found:
        for name, score in one.channels.items():
            assert asked[name].found.ids[score.rank - 1] == one.id
            assert asked[name].found.scores[score.rank - 1] == score.raw


@given(channels, st.sampled_from(["words", "other"]))
def test_a_channel_that_found_nothing_is_neutral(asked: dict[str, Calibrated], family: str) -> None:
    assert calibrated({**asked, "silent": channel_of([], family, 9.0)}) == calibrated(asked)


@given(channels, channel("words"))
def test_a_channel_without_weight_has_no_influence(
    asked: dict[str, Calibrated], silent: Calibrated
) -> None:
    assert calibrated({**asked, "mute": silent}, weights={"mute": 0.0}) == calibrated(asked)


@given(channels, channel("other"))
def test_an_independent_channel_can_only_add(
    asked: dict[str, Calibrated], other: Calibrated
) -> None:
    """No channel can gate another: what it does not know keeps its score, nothing is left out."""
    before, after = scores_of(calibrated(asked)), scores_of(calibrated({**asked, "other": other}))
    known = set(other.found.ids)
    assert set(after) == set(before) | known
    for candidate, score in before.items():
        if candidate in known:
            assert after[candidate] >= score
        else:
            assert after[candidate] == pytest.approx(score, abs=1e-15)


@given(st.data(), st.sampled_from(["words", "other"]), levels)
def test_a_channel_that_says_the_same_of_all_reverses_no_unanimous_order(
    data: st.DataObject, family: str, level: float
) -> None:
    worth = {
        name: sorted(data.draw(st.lists(levels, min_size=5, max_size=5)), reverse=True)
        for name in ("text", "bm25", "clip")
    }
    asked = {
        name: channel_of([(i, w, w) for i, w in zip(ids, row, strict=False)], FAMILIES[name])
        for name, row in worth.items()
    }
    constant = channel_of([(i, level, level) for i in ids[:5]], family)
    scores = scores_of(calibrated({**asked, "flat": constant}))
    for better, worse in pairwise(ids[:5]):
        assert scores[better] >= scores[worse] - 1e-12


@pytest.mark.parametrize("asked", [{}, {"text": channel_of([], "words")}])
def test_nothing_found_is_nothing_fused(asked: dict[str, Calibrated]) -> None:
    assert calibrated(asked) == []


def test_one_candidate() -> None:
    found = calibrated({"text": channel_of([("a", 0.9, 1.0)], "words")})
    assert scores_of(found) == pytest.approx({"a": sigmoid(4)})


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_scores_that_are_no_numbers_are_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="not finite"):
        standings(np.array([0.5, bad], np.float32), 0.0, 1.0)
    with pytest.raises(ValueError, match="not finite"):
        calibrated({"text": channel_of([("a", 0.5, bad)], "words")})
