"""Nearest neighbours in blocks: the exact ones, in bounded memory, ties by lot."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.neighbors import NearestNeighbors

from mmrag.evaluation.embeddings.geometry import skewness, uniformity
from mmrag.evaluation.embeddings.neighbours import nearest, neighbours_for, occurrences, shared
from mmrag.store.spec import FloatArray


def unit(n: int, d: int, seed: int = 0) -> FloatArray:
    rows = np.random.default_rng(seed).normal(size=(n, d))
    scaled: FloatArray = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return scaled


@pytest.mark.parametrize("block", [1, 64, 256, 1000])
def test_neighbours_are_those_of_scikit_learn(block: int) -> None:
    vectors = unit(400, 6)
    known = NearestNeighbors(n_neighbors=5, algorithm="brute").fit(vectors)
    expected = known.kneighbors(return_distance=False)
    found = nearest(vectors, 5, block=block)
    assert np.array_equal(np.sort(found, axis=1), np.sort(expected, axis=1))


def test_memory_is_that_of_blocks_not_of_all_pairs() -> None:
    vectors = unit(5000, 8)  # all cosines: 100 MB; a block: 5 MB of them, and 10 MB of places
    tracemalloc.start()
    nearest(vectors, 10)
    uniformity(vectors)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 40e6


def test_copies_share_the_places_and_make_no_hub() -> None:
    vectors = unit(600, 40)
    vectors[:200] = vectors[0]
    counts = occurrences(nearest(vectors, 10))
    assert counts[:200].max() < 40
    assert skewness(counts) < 2
    assert np.array_equal(counts, occurrences(nearest(vectors, 10)))


@given(st.integers(3, 10_000))
def test_there_are_always_more_items_than_neighbours(items: int) -> None:
    assert 1 <= neighbours_for(items) <= min(10, items - 1)
    assert neighbours_for(31) == 10


def test_shared_neighbours_by_hand() -> None:
    one, other = np.array([[1, 2], [0, 2]]), np.array([[2, 1], [2, 3]])
    overlap, jaccard = shared(one, other)
    assert overlap == pytest.approx((2 / 2 + 1 / 2) / 2)
    assert jaccard == pytest.approx((1 + 1 / 3) / 2)
