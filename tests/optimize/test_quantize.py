"""Codes in numpy against plain loops over their definitions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mmrag.errors import ConfigError, InputError
from mmrag.optimize.quantize import Binary, Int8, search, truncated
from mmrag.profiles import GEMMA, MINILM
from mmrag.store.spec import FloatArray

ROWS = st.integers(1, 12).flatmap(
    lambda n: st.integers(1, 70).flatmap(
        lambda d: arrays(np.float32, (n, d), elements=st.floats(-4, 4, width=32))
    )
)


@given(ROWS)
def test_bits_by_their_definition(vectors: FloatArray) -> None:
    query = vectors[0]
    codes = Binary().encode(vectors)
    assert codes.shape == (len(vectors), -(-vectors.shape[1] // 8))
    signs = [[1 if x > 0 else -1 for x in row] for row in vectors]
    equal = [sum(a * b for a, b in zip(row, signs[0], strict=True)) for row in signs]
    assert Binary().scores(query, codes).tolist() == equal
    sums = [sum(float(q) * s for q, s in zip(query, row, strict=True)) for row in signs]
    np.testing.assert_allclose(Binary(asymmetric=True).scores(query, codes), sums, atol=1e-3)


@given(ROWS, st.booleans())
def test_eight_bits_by_their_definition(vectors: FloatArray, per_dimension: bool) -> None:
    codec = Int8.fit(vectors, per_dimension=per_dimension)
    codes = codec.encode(vectors)
    assert codes.max() <= 127
    restored = codec.decode(codes)
    assert (np.abs(restored - vectors) <= codec.step * 0.51 + 1e-5).all()
    np.testing.assert_allclose(codec.scores(vectors[0], codes), restored @ vectors[0], atol=2e-3)


def test_a_quantile_leaves_outliers_out() -> None:
    vectors = np.random.default_rng(0).uniform(-1, 1, (1000, 4)).astype(np.float32)
    vectors[0, 0] = 50
    assert Int8.fit(vectors).step[0] > 0.3
    clipped = Int8.fit(vectors, quantile=0.99)
    assert clipped.step[0] < 0.02
    assert clipped.encode(vectors)[0, 0] == 127
    with pytest.raises(InputError, match=r"quantile 0\.4"):
        Int8.fit(vectors, quantile=0.4)
    with pytest.raises(InputError, match=r"found shape \(0, 4\)"):
        Int8.fit(vectors[:0])


def test_candidates_are_scored_again_by_the_vectors() -> None:
    rng = np.random.default_rng(1)
    vectors = rng.standard_normal((500, 64)).astype(np.float32)
    query = rng.standard_normal(64).astype(np.float32)
    codes = Binary().encode(vectors)
    exact = np.argsort(-(vectors @ query))[:10]
    everything = search(query, Binary(), codes, 10, vectors=vectors, oversampling=50)
    assert everything.rows.tolist() == exact.tolist()
    np.testing.assert_allclose(everything.scores, np.sort(vectors @ query)[:-11:-1], rtol=1e-5)
    assert everything.bytes_read == codes.nbytes + vectors.nbytes
    some = search(query, Binary(), codes, 10, vectors=vectors, oversampling=4)
    assert some.bytes_read == codes.nbytes + 40 * 256
    bare = search(query, Binary(), codes, 10)
    kept = {size: len({*exact} & {*found.rows}) for size, found in ((1, bare), (4, some))}
    assert kept[1] < kept[4] < 10  # random vectors are where bits fail
    assert bare.bytes_read == 500 * 8
    assert bare.scores.tolist() == sorted(bare.scores.tolist(), reverse=True)
    for k in (0, 501):
        with pytest.raises(InputError, match=rf"k {k} is not in 1\.\.500"):
            search(query, Binary(), codes, k)


def test_ties_go_by_row() -> None:
    codes = Binary().encode(np.ones((6, 8), np.float32))
    assert search(np.ones(8, np.float32), Binary(), codes, 3).rows.tolist() == [0, 1, 2]


def test_only_what_was_trained_to_be_cut_is_cut() -> None:
    vectors = np.random.default_rng(2).standard_normal((3, 768)).astype(np.float32)
    cut = truncated(vectors, 256, model=GEMMA)
    np.testing.assert_allclose(np.linalg.norm(cut, axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(cut[0] * np.linalg.norm(vectors[0, :256]), vectors[0, :256], 1e-5)
    with pytest.raises(ConfigError, match=r"nothing says that vectors of .*minilm"):
        truncated(vectors, 256, model=MINILM)
    with pytest.raises(ConfigError, match="no vectors of 300 numbers"):
        truncated(vectors, 300, model=GEMMA)
