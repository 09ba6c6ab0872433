"""Statistics of drift, against plain formulas and other people's code."""

from __future__ import annotations

import numpy as np
import pytest
from evaluation.drift.clouds import cloud
from scipy import stats
from scipy.spatial.distance import cdist

from mmrag.evaluation.drift.permuting import Permutations, p_value
from mmrag.evaluation.drift.statistics import (
    centroid_shift,
    classifier_areas,
    discrepancy,
    halves,
    hubnesses,
    mean_cosines,
    score_shift,
    uniformities,
)
from mmrag.evaluation.embeddings.geometry import mean_cosine, skewness, uniformity
from mmrag.evaluation.embeddings.neighbours import nearest, occurrences

OLD, NEW = cloud(1, 30), cloud(2, 25, shift=1.0)
POOLED = np.concatenate([OLD.vectors, NEW.vectors])
DEALS = Permutations.of(OLD.documents, NEW.documents, 60)
CUT = len(OLD)


def test_the_discrepancy_is_that_of_its_formula() -> None:
    square = cdist(POOLED, POOLED, "sqeuclidean")
    apart = DEALS.documents[:, None] != DEALS.documents
    kernel = np.exp(-square / (2 * np.median(square[apart])))
    means = [
        kernel[rows, columns][apart[rows, columns]].mean()
        for rows, columns in (
            (slice(CUT), slice(CUT)),
            (slice(CUT, None), slice(CUT, None)),
            (slice(CUT), slice(CUT, None)),
        )
    ]
    found = discrepancy(POOLED, DEALS)
    assert found[0] == pytest.approx(means[0] + means[1] - 2 * means[2], rel=1e-4)
    assert p_value(found) == pytest.approx(1 / 61)
    assert abs(found[1:].mean()) < 0.01  # unbiased: about nothing where documents are dealt


def test_figures_of_the_sides_are_those_of_the_embedding_report() -> None:
    for measure, ours in ((mean_cosine, mean_cosines), (uniformity, uniformities)):
        old, new = ours(POOLED, DEALS)
        assert old[0] == pytest.approx(measure(OLD.vectors), abs=1e-5)
        assert new[0] == pytest.approx(measure(NEW.vectors), abs=1e-5)


def test_the_shift_of_the_centroid_is_a_cosine_distance() -> None:
    one, other = OLD.vectors.mean(axis=0), NEW.vectors.mean(axis=0)
    expected = 1 - one @ other / np.linalg.norm(one) / np.linalg.norm(other)
    assert centroid_shift(POOLED, DEALS)[0] == pytest.approx(expected, abs=1e-5)


def test_hubs_are_counted_among_as_many_items_of_each_side() -> None:
    old, new = hubnesses(POOLED, DEALS.first(5))
    assert len(old) == 6
    # the new side has fewer items, so that it is counted whole
    assert new[0] == pytest.approx(skewness(occurrences(nearest(NEW.vectors, 10))), abs=0.05)
    assert old[0] != pytest.approx(skewness(occurrences(nearest(OLD.vectors, 10))), abs=0.05)


def scores(seed: int, n: int, mean: float) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    drawn = np.random.default_rng(seed).normal(mean, size=n)
    return drawn.round(1).astype(np.float32)  # with ties


def test_scores_are_compared_as_scipy_and_the_formula_have_it() -> None:
    old, new = scores(1, 200, 0.0), scores(2, 80, 2.0)
    deals = Permutations.of(np.arange(200), np.arange(80), 40)
    found = score_shift(np.concatenate([old, new]), deals)
    assert found.distance[0] == pytest.approx(stats.ks_2samp(old, new).statistic)
    assert p_value(found.distance) == pytest.approx(1 / 41)
    edges = [-np.inf, *np.quantile(old, np.arange(1, 10) / 10, method="inverted_cdf"), np.inf]
    expected, actual = (np.histogram(side, np.nextafter(edges, np.inf))[0] for side in (old, new))
    shares = expected / 200, np.maximum(actual / 80, 0.5 / 80)
    psi = ((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum()
    assert found.stability[0] == pytest.approx(psi)
    lowest = edges[0], np.quantile(old, 0.05, method="inverted_cdf")
    assert found.old_below[0] == pytest.approx((old <= lowest[1]).mean())
    assert found.new_below[0] == pytest.approx((new <= lowest[1]).mean())


def test_scores_that_are_all_the_same_have_not_moved() -> None:
    deals = Permutations.of(np.arange(20), np.arange(15), 9)
    found = score_shift(np.ones(35, np.float32), deals)
    assert (found.stability == 0).all()
    assert (found.distance == 0).all()
    assert p_value(found.stability) == 1.0


def test_the_classifier_is_judged_on_documents_that_it_did_not_learn() -> None:
    far = cloud(5, 25, shift=6.0)
    pooled = np.concatenate([OLD.vectors, far.vectors])
    areas = classifier_areas(pooled, OLD.documents, far.documents, 40)
    assert areas[0] > 0.95
    assert areas[1:].mean() == pytest.approx(0.5, abs=0.1)
    # each document is a place of its own: learnt by heart, items would give their sides away
    same = cloud(6, 30)
    pooled = np.concatenate([OLD.vectors, same.vectors])
    areas = classifier_areas(pooled, OLD.documents, same.documents, 200)
    assert p_value(areas) > 0.05


def test_halves_part_no_document() -> None:
    kept = halves(OLD.documents)
    assert len(np.unique(OLD.documents[kept])) == 15
    assert not set(OLD.documents[kept]) & set(OLD.documents[~kept])
