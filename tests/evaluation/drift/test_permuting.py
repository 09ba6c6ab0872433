"""Permutations of documents: sums and shares against loops, p-values, Holm's adjustment."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmrag.evaluation.drift.permuting import Permutations, holm, p_value

RNG = np.random.default_rng(3)
OLD = np.array([5, 5, 9, 2, 2, 2, 7])
NEW = np.array([5, 1, 1, 8])


@pytest.fixture
def deals() -> Permutations:
    return Permutations.of(OLD, NEW, 12)


def sides(deals: Permutations, row: int) -> tuple[list[int], list[int]]:
    """Items of the old and the new side in one deal."""
    new = deals.dealt[row][deals.documents]
    return np.flatnonzero(~new).tolist(), np.flatnonzero(new).tolist()


def test_whole_documents_are_dealt_and_the_truth_comes_first(deals: Permutations) -> None:
    assert sides(deals, 0) == (list(range(7)), list(range(7, 11)))
    assert (deals.dealt.sum(axis=1) == 3).all()
    # document 5 of one side is none of the other's
    assert len(set(deals.documents.tolist())) == 7
    assert len(np.unique(deals.dealt, axis=0)) > 5


def test_sums_over_pairs_are_those_of_loops(deals: Permutations) -> None:
    pairs = RNG.normal(size=(11, 11))
    pairs = pairs + pairs.T
    found = deals.within_and_across(deals.block_sums(pairs))
    counted = deals.pairs()
    apart = deals.documents[:, None] != deals.documents
    for row in range(13):
        old, new = sides(deals, row)
        blocks = [np.ix_(old, old), np.ix_(new, new), np.ix_(old, new)]
        assert [side[row] for side in found] == pytest.approx([pairs[at].sum() for at in blocks])
        assert [side[row] for side in counted] == [apart[at].sum() for at in blocks]


def test_means_and_standings_are_those_of_each_side(deals: Permutations) -> None:
    scores = np.array([3, 1, 1, 2, 5, 5, 4, 1, 9, 5, 2], np.float64)
    values, counts = np.unique(scores, return_counts=True)
    order, ends = np.argsort(scores, kind="stable"), np.cumsum(counts)
    means = deals.means(scores)
    (standing,) = deals.standing(order, ends)
    for row in range(13):
        for side, items in enumerate(sides(deals, row)):
            assert means[side][row] == pytest.approx(scores[items].mean())
            assert standing[side][row].tolist() == [(scores[items] <= v).sum() for v in values]


def test_a_p_value_counts_the_truth_and_ties() -> None:
    assert p_value(np.array([9.0, 1, 2, 3])) == 0.25
    assert p_value(np.array([1.0, 1, 2, 0])) == 0.75
    assert p_value(np.array([0.1 + 0.2, 0.3, 0.0, 0.0])) == 0.5


def test_holm_adjusts_as_published() -> None:
    # the example of Holm (1979): the smallest times four, the next times three ...
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_keeps_the_order_and_lowers_nothing(p_values: list[float]) -> None:
    adjusted = holm(p_values)
    assert all(p <= q <= 1 for p, q in zip(p_values, adjusted, strict=True))
    order = np.argsort(p_values, kind="stable")
    assert (np.diff(np.array(adjusted)[order]) >= 0).all()
    assert min(adjusted) <= len(p_values) * min(p_values)
