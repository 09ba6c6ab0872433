"""Skew, NDKL and exposure of one ranking, against the formulas of their papers worked by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmrag.evaluation.fairness.measures import (
    exposure,
    max_skew,
    min_skew,
    ndkl,
    position_bias,
    skew,
)

HALVES = {"a": 0.5, "b": 0.5}


def test_skew_is_the_logarithm_of_the_share_over_the_desired_one() -> None:
    ranking = ["a", "a", "a", "b"]
    assert skew(ranking, HALVES, "a", 4) == pytest.approx(math.log(0.75 / 0.5))
    assert skew(ranking, HALVES, "b", 4) == pytest.approx(math.log(0.25 / 0.5))
    assert skew(ranking, HALVES, "b", 3) == -math.inf
    assert (min_skew(ranking, HALVES, 4), max_skew(ranking, HALVES, 4)) == pytest.approx(
        (math.log(0.5), math.log(1.5))
    )
    assert skew([], HALVES, "a", 4) == 0


def test_a_k_beyond_the_ranking_looks_at_all_of_it() -> None:
    assert skew(["a", "b"], HALVES, "a", 100) == 0


def test_ndkl_is_the_discounted_mean_of_the_divergences_of_prefixes() -> None:
    first = math.log(1 / 0.5)  # of ["a"]
    third = 2 / 3 * math.log(2 / 3 / 0.5) + 1 / 3 * math.log(1 / 3 / 0.5)
    weights = [1 / math.log2(i + 1) for i in (1, 2, 3)]
    expected = (weights[0] * first + weights[1] * 0 + weights[2] * third) / sum(weights)
    assert ndkl(["a", "b", "a"], HALVES) == pytest.approx(expected)
    assert ndkl([], HALVES) == 0


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=30))
def test_ndkl_is_never_negative(ranking: list[str]) -> None:
    assert ndkl(ranking, {"a": 0.2, "b": 0.3, "c": 0.5}) >= -1e-12


def test_exposure_adds_up_the_discounts_of_dcg() -> None:
    assert position_bias(3) == pytest.approx([1, 1 / math.log2(3), 0.5])
    assert exposure(["a", None, "a"]) == pytest.approx({"a": 1.5, None: 1 / math.log2(3)})
    assert sum(exposure(["a", "b", "a", None]).values()) == pytest.approx(np.sum(position_bias(4)))
