"""Likeness of candidates, and the choice of unlike ones, against plain loops."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmrag.retrieval.diversity import diverse, pool_size
from mmrag.retrieval.likeness import Likeness
from mmrag.store.spec import SparseVector, Vector

SPARSE = SparseVector((1,), (1.0,))


def vec(*numbers: float) -> np.ndarray:
    return np.array(numbers, dtype=np.float32)


def test_likeness_is_told_in_the_spaces_that_both_have() -> None:
    rows: list[dict[str, Vector]] = [
        {"text": vec(2, 0), "clip": vec(1, 0, 0), "bm25": SPARSE},
        {"text": vec(0, 3), "clip": vec(5, 0, 0), "bm25": SPARSE},
        {"text": vec(3, 4)},
        {"clap": vec(1, 1)},
        {"bm25": SPARSE},
        {},
    ]
    np.testing.assert_allclose(Likeness(rows).to(0), [1, 0.5, 0.6, 0, 0, 0], atol=1e-6)
    np.testing.assert_allclose(Likeness(rows).to(3), [0, 0, 0, 1, 0, 0], atol=1e-6)
    np.testing.assert_allclose(Likeness(rows).to(4), np.zeros(6))
    least = Likeness(rows, judge="least")
    np.testing.assert_allclose(least.to(0), [1, 0, 0.6, 0, 0, 0], atol=1e-6)
    only = Likeness(rows, spaces={"clip"}, judge="least")
    np.testing.assert_allclose(only.to(0), [1, 1, 0, 0, 0, 0], atol=1e-6)


def test_nobody_is_like_a_vector_of_zeros() -> None:
    rows: list[dict[str, Vector]] = [{"text": vec(0, 0)}, {"text": vec(1, 0)}]
    assert Likeness(rows).to(0).tolist() == [0, 0]


ROWS: list[dict[str, Vector]] = [{"t": vec(1, 0)}, {"t": vec(1, 0.01)}, {"t": vec(0, 1)}, {}]
SCORES = [0.9, 0.89, 0.5, 0.1]


@pytest.mark.parametrize(
    ("diversity", "order"),
    [(0.0, [0, 1, 2, 3]), (0.2, [0, 1, 2, 3]), (0.5, [0, 2, 3, 1]), (1.0, [0, 2, 3, 1])],
)
def test_the_more_diversity_the_later_comes_what_was_said(
    diversity: float, order: list[int]
) -> None:
    assert diverse(SCORES, Likeness(ROWS), 4, diversity=diversity) == order
    assert diverse(SCORES, Likeness(ROWS), 2, diversity=diversity) == order[:2]


def test_one_candidate_and_none() -> None:
    assert diverse([0.5], Likeness([{}]), 5, diversity=1.0) == [0]
    assert diverse([], Likeness([]), 5, diversity=0.5) == []


def test_there_is_something_to_choose_from() -> None:
    assert pool_size(3) == 40 and pool_size(100) == 400


@given(
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 3), st.integers(0, 5)), max_size=8),
    st.sampled_from([0.0, 0.25, 0.5, 1.0]),
    st.integers(1, 9),
)
def test_it_is_the_formula_of_the_paper(
    made: list[tuple[float, int, int]], diversity: float, wanted: int
) -> None:
    made.sort(key=lambda row: -row[0])
    units = np.random.default_rng(0).normal(size=(6, 3)).astype(np.float32)
    units /= np.linalg.norm(units, axis=1, keepdims=True)
    rows: list[dict[str, Vector]] = [{} if k == 0 else {f"s{k % 2}": units[v]} for _, k, v in made]
    scores = [score for score, _, _ in made]

    def like(a: int, b: int) -> float:
        shared = rows[a].keys() & rows[b].keys()
        return max([0.0, *(float(np.dot(rows[a][s], rows[b][s])) for s in shared)])  # type: ignore[arg-type]  # dense, all of them

    got = diverse(scores, Likeness(rows), wanted, diversity=diversity)
    assert len(got) == len(set(got)) == min(wanted, len(rows))
    assert got[:1] == ([0] if rows else [])
    for place in range(1, len(got)):
        before = got[:place]
        worth = {
            n: (1 - diversity) * scores[n] - diversity * max(like(n, b) for b in before)
            for n in range(len(rows))
            if n not in before
        }
        assert worth[got[place]] >= max(worth.values()) - 1e-5
    if diversity == 0:
        assert got == list(range(len(got)))
