"""Measures of how unit vectors lie on the sphere. Every function is pure and takes (n, d) rows."""

from __future__ import annotations

import warnings

import numpy as np

from mmrag.evaluation.embeddings.neighbours import BLOCK, IntArray, cosine_blocks
from mmrag.extras import require
from mmrag.store.spec import FloatArray

CLUSTERED = 1_000
"""Items that are clustered at most: the silhouette compares all pairs, for each number tried."""
TRIED = (2, 3, 4, 6, 8, 12, 16, 24)
"""Numbers of clusters that k-means tries."""


def mean_cosine(vectors: FloatArray) -> float:
    """Mean cosine of all pairs: the anisotropy of Ethayarajh 2019 (0 = all directions are used).

    One minus it is the average pairwise cosine distance. Exact, from the sum of all vectors.
    """
    n = len(vectors)
    total = vectors.sum(axis=0, dtype=np.float64)
    own = float(np.square(vectors, dtype=np.float64).sum())
    return float(np.clip((total @ total - own) / (n * (n - 1)), -1.0, 1.0))


def first_axis(vectors: FloatArray) -> float | None:
    """Share of the variance along the first principal component, 0..1 (Ethayarajh 2019).

    None when there is no variance. Vectors that are round in d dimensions have about 1/d.
    """
    centred = vectors.astype(np.float64) - vectors.mean(axis=0, dtype=np.float64)
    variance = float(np.square(centred).sum())
    if variance < 1e-9 * len(vectors):
        return None
    linalg = require("scipy.linalg", extra="eval", purpose="find the axes of a space")
    n, d = centred.shape
    gram = centred.T @ centred if d <= n else centred @ centred.T
    last = len(gram) - 1
    largest = float(linalg.eigvalsh(gram, subset_by_index=[last, last], overwrite_a=True)[0])
    return min(1.0, largest / variance)


def uniformity(vectors: FloatArray, *, block: int = BLOCK) -> float:
    """log of the mean of exp(-2 |x - y|²) over all pairs x ≠ y (Wang and Isola 2020, t = 2).

    0 when all vectors are one, -4 when all are at right angles; lower is more uniform.
    """
    n, total = len(vectors), 0.0
    for start, cosines in cosine_blocks(vectors, block=block):
        rows = np.arange(len(cosines))
        cosines[rows, start + rows] = -np.inf  # exp makes it 0
        total += float(np.exp(4 * cosines - 4, dtype=np.float64).sum())
    return float(min(0.0, np.log(total / (n * (n - 1)))))


def alignment(one: FloatArray, other: FloatArray) -> float:
    """Mean |x - y|² of pairs that belong together, row by row (Wang and Isola 2020, alpha = 2).

    0 when both of a pair have the same vector, 2 when they are at right angles.
    """
    apart = one.astype(np.float64) - other
    return float(np.square(apart).sum(axis=1).mean())


def gap(one: FloatArray, other: FloatArray) -> float:
    """Distance between the mean vectors of two kinds: the modality gap of Liang et al. 2022.

    The plain difference of two means is too large by chance where there are few vectors; this is
    the square root of its unbiased square (mean cosines within and across), 0 if that is negative.
    CLIP's pictures and captions are about 0.8 apart.

    Args:
        one, other: two vectors or more each.
    """
    across = float(one.mean(axis=0, dtype=np.float64) @ other.mean(axis=0, dtype=np.float64))
    return float(np.sqrt(max(0.0, mean_cosine(one) + mean_cosine(other) - 2 * across)))


def skewness(occurrences: IntArray) -> float:
    """Skewness of the k-occurrences: hubness (Radovanović et al. 2010); 0 if all are equal."""
    counts = occurrences.astype(np.float64)
    deviation = counts - counts.mean()
    variance = float(np.square(deviation).mean())
    return float((deviation**3).mean() / variance**1.5) if variance else 0.0


def silhouette(vectors: FloatArray) -> tuple[float, int] | None:
    """The best mean silhouette over k-means, -1..1, and its number of clusters (Rousseeuw 1987).

    Looks at the first `CLUSTERED` vectors. None when fewer than three of them differ.
    """
    cluster, metrics, threads = (
        require(name, extra="eval", purpose="cluster vectors")
        for name in ("sklearn.cluster", "sklearn.metrics", "threadpoolctl")
    )
    given = vectors[:CLUSTERED]
    different = len(np.unique(given.round(6), axis=0))
    apart = metrics.pairwise.euclidean_distances(given)
    np.fill_diagonal(apart, 0.0)
    best: tuple[float, int] | None = None
    # one thread: for so little work several cost more than they bring
    with threads.threadpool_limits(1), warnings.catch_warnings():
        # fewer clusters than asked for, where copies abound, are what is measured
        warnings.simplefilter("ignore")
        for clusters in TRIED:
            if clusters >= different:
                break
            labels = cluster.KMeans(clusters, max_iter=50, random_state=0).fit_predict(given)
            if len(np.unique(labels)) < 2:
                continue
            score = float(metrics.silhouette_score(apart, labels, metric="precomputed"))
            if best is None or score > best[0]:
                best = (score, clusters)
    return best
