"""Measures of vectors on the sphere, against closed forms and other people's code."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.distance import cdist, pdist

from mmrag.evaluation.embeddings.geometry import (
    alignment,
    first_axis,
    gap,
    mean_cosine,
    silhouette,
    skewness,
    uniformity,
)
from mmrag.evaluation.embeddings.neighbours import nearest, occurrences
from mmrag.store.spec import FloatArray

RNG = np.random.default_rng(11)


def sphere(n: int, d: int, shift: float = 0.0) -> FloatArray:
    """(n, d) unit vectors; without a shift they are uniform on the sphere."""
    rows = RNG.normal(size=(n, d)) + shift * np.eye(d)[0]
    scaled: FloatArray = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return scaled


def cone(n: int, d: int, axis: int, cosine: float) -> FloatArray:
    """Unit vectors that all have this cosine to an axis: their true mean is `cosine` times it."""
    around = sphere(n, d - 2)
    rows = np.zeros((n, d), np.float32)
    rows[:, axis] = cosine
    rows[:, 2:] = np.sqrt(1 - cosine**2) * around
    return rows


def test_mean_cosine_is_that_of_all_pairs() -> None:
    vectors = sphere(60, 7, shift=2.0)
    assert mean_cosine(vectors) == pytest.approx(1 - pdist(vectors, "cosine").mean(), abs=1e-6)
    assert mean_cosine(np.eye(5, dtype=np.float32)) == 0.0
    assert mean_cosine(np.ones((4, 1), np.float32)) == 1.0


def test_uniformity_of_the_sphere_has_a_closed_form() -> None:
    # on the sphere in three dimensions a cosine is uniform in -1..1
    expected = np.log((1 - np.exp(-8)) / 8)
    assert uniformity(sphere(3000, 3)) == pytest.approx(expected, abs=0.02)


def test_uniformity_is_that_of_all_pairs_whatever_the_blocks() -> None:
    vectors = sphere(70, 9, shift=1.0)
    expected = np.log(np.exp(-2 * pdist(vectors, "sqeuclidean")).mean())
    for block in (1, 32, 70, 500):
        assert uniformity(vectors, block=block) == pytest.approx(expected, abs=1e-5)
    assert uniformity(np.eye(6, dtype=np.float32)) == pytest.approx(-4.0)


def test_alignment_is_the_mean_squared_distance_row_by_row() -> None:
    one, other = sphere(40, 6), sphere(40, 6)
    expected = np.diag(cdist(one, other, "sqeuclidean")).mean()
    assert alignment(one, other) == pytest.approx(expected, rel=1e-5)
    assert alignment(one, one) == 0.0


@pytest.mark.parametrize(("n", "d"), [(300, 12), (12, 300)])
def test_the_first_axis_is_that_of_the_singular_values(n: int, d: int) -> None:
    vectors = sphere(n, d)
    vectors[:, 3] *= 2
    powers = np.linalg.svd(vectors - vectors.mean(axis=0), compute_uv=False) ** 2
    assert first_axis(vectors) == pytest.approx(powers[0] / powers.sum(), rel=1e-5)


def test_a_line_has_one_axis_and_a_point_none() -> None:
    assert first_axis(np.repeat(np.eye(2, 5, dtype=np.float32), 4, axis=0)) == pytest.approx(1.0)
    assert first_axis(np.full((9, 5), 5**-0.5, np.float32)) is None


def test_two_cones_have_the_gap_of_their_axes() -> None:
    one, other = cone(400, 20, 0, 0.6), cone(300, 20, 1, 0.8)
    assert gap(one, other) == pytest.approx(np.hypot(0.6, 0.8), abs=0.01)
    assert gap(one, cone(300, 20, 0, 0.8)) == pytest.approx(0.2, abs=0.02)


def test_few_vectors_of_one_kind_make_no_gap_by_chance() -> None:
    gaps = [gap(sphere(10, 50), sphere(10, 50)) ** 2 for _ in range(50)]
    plain = np.linalg.norm(sphere(10, 50).mean(axis=0) - sphere(10, 50).mean(axis=0)) ** 2
    assert np.mean(gaps) < 0.03 < 0.1 < plain


def test_skewness_is_scipys() -> None:
    counts = RNG.poisson(3, 500)
    assert skewness(counts) == pytest.approx(stats.skew(counts))
    assert skewness(np.full(7, 4)) == 0.0


def test_a_planted_hub_is_everybodys_neighbour() -> None:
    # each item is the hub and a direction of its own: cosine 0.7 to the hub, 0.5 to each other
    vectors = np.hstack([np.ones((41, 1)), np.vstack([np.zeros(40), np.eye(40)])])
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    counts = occurrences(nearest(vectors, 1))
    assert counts[0] == 40
    assert skewness(counts) > 5
    assert np.mean(counts == 0) == 39 / 41


def test_silhouette_finds_the_number_of_clusters() -> None:
    centres = np.repeat(np.eye(3, 30), 20, axis=0)
    vectors = (centres + RNG.normal(scale=0.01, size=centres.shape)).astype(np.float32)
    found = silhouette(vectors)
    assert found is not None
    score, clusters = found
    assert clusters == 3
    # within about sqrt(2 * 30) * 0.01, between sqrt(2)
    assert score == pytest.approx(1 - 0.0775 / 2**0.5, abs=0.01)


def test_silhouette_needs_three_different_vectors() -> None:
    assert silhouette(np.repeat(np.eye(2, 4, dtype=np.float32), 5, axis=0)) is None
    assert silhouette(np.eye(3, 4, dtype=np.float32)) is not None
