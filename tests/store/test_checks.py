"""What passes the checks is taken by the engine, and what the engine cannot take does not pass."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mmrag.errors import InvalidPoint, StoreError
from mmrag.store.checks import checked_points
from mmrag.store.engine import CheckedEngine
from mmrag.store.query_checks import holds_always, holds_never
from mmrag.store.spec import (
    All,
    AnyOf,
    Dbsf,
    DenseSpace,
    HasId,
    MatchAny,
    NoneOf,
    Point,
    Prefetch,
    Query,
    Rrf,
    SparseSpace,
    SparseVector,
)

SPACES = {"d": DenseSpace("d", 3), "s": SparseSpace("s")}
ID = "6f1c3c1e-5d0b-5d6e-9a53-0b9a2f6c7f11"
ONES = np.ones(3, np.float32)

_FLOATS = st.floats(allow_nan=True, allow_infinity=True, width=64)
_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**64), 2**64)
    | _FLOATS
    | st.text(st.characters(exclude_categories=()), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(st.lists(_FLOATS, max_size=5))
def test_dense_vectors(values: list[float]) -> None:
    with np.errstate(over="ignore"):
        fits = len(values) == 3 and bool(np.isfinite(np.array(values, np.float32)).all())
    point = Point(ID, {"d": values})  # type: ignore[dict-item]
    if fits:
        [checked] = checked_points([point], SPACES)
        array = np.asarray(checked.vectors["d"])
        assert array.dtype == np.float32 and array.flags.c_contiguous
        np.testing.assert_array_equal(array, np.array(values, np.float32))
    else:
        with pytest.raises(InvalidPoint, match=ID):
            checked_points([point], SPACES)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.integers(-2, 2**33) | st.integers(0, 9), max_size=4),
    st.lists(_FLOATS, max_size=4),
)
def test_sparse_vectors(indices: list[int], values: list[float]) -> None:
    largest = float(np.finfo(np.float32).max)
    fits = (
        len(indices) == len(values) == len(set(indices))
        and all(0 <= i < 2**32 for i in indices)
        and all(abs(v) <= largest for v in values)
    )
    point = Point(ID, {"s": SparseVector(tuple(indices), tuple(values))})
    if not fits:
        with pytest.raises(InvalidPoint, match=ID):
            checked_points([point], SPACES)
        return
    [checked] = checked_points([point], SPACES)
    if not indices:
        assert checked.vectors == {}
        return
    found = checked.vectors["s"]
    assert isinstance(found, SparseVector)
    assert list(found.indices) == sorted(indices)
    assert dict(zip(found.indices, found.values, strict=True)) == dict(
        zip(indices, values, strict=True)
    )


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(payload=st.dictionaries(st.text(max_size=5), _JSON, max_size=3))
def test_payloads(edge_engine: CheckedEngine, payload: dict[str, object]) -> None:
    """A payload is refused as a whole or comes back as it was."""
    try:
        edge_engine.upsert([Point(ID, payload=payload)])
    except InvalidPoint as refused:
        assert ID in str(refused)
        assert not _is_json(payload)
        return
    assert _is_json(payload)
    [found] = edge_engine.retrieve([ID])
    assert _same(found.payload, payload)


def _same(found: object, sent: object) -> bool:
    """Equal, floats to a few units in the last place: the engine reads them back that exactly."""
    if isinstance(sent, dict) and isinstance(found, dict):
        return found.keys() == sent.keys() and all(_same(found[key], sent[key]) for key in sent)
    if isinstance(sent, list) and isinstance(found, list):
        return len(found) == len(sent) and all(map(_same, found, sent))
    if isinstance(sent, float) and isinstance(found, float):
        return math.isclose(found, sent, rel_tol=1e-15, abs_tol=5e-324)
    return type(found) is type(sent) and found == sent


def _is_json(value: object) -> bool:
    if isinstance(value, dict):
        return all(_is_json(key) and _is_json(item) for key, item in value.items())
    if isinstance(value, list):
        return all(map(_is_json, value))
    if isinstance(value, str):
        return not any(0xD800 <= ord(c) < 0xE000 for c in value)
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return -(2**63) <= value < 2**63
    return True


@pytest.mark.parametrize(
    "bad",
    ["", "abc", "7", ID.upper(), ID.replace("-", ""), "{" + ID + "}", f"urn:uuid:{ID}", 7, None],
)
def test_ids(bad: str) -> None:
    with pytest.raises(InvalidPoint, match="is not a UUID in canonical form"):
        checked_points([Point(bad)], SPACES)


@pytest.mark.parametrize(
    ("vectors", "said"),
    [
        ({"x": ONES}, "unknown space 'x'; the collection has: d, s"),
        ({"d": SparseVector((1,), (1.0,))}, "is dense and the vector is sparse"),
        ({"s": ONES}, "is sparse and the vector is dense"),
        ({"d": np.ones((1, 3))}, "has 1x3 numbers, not 3"),
        ({"d": np.float32(1)}, "has a single numbers, not 3"),
        ({"d": ["a", "b", "c"]}, "is not a list of numbers"),
        ({"d": np.array([0, np.nan, 0])}, "not finite at position 1"),
        ({"d": [1e39, 0, 0]}, "not finite at position 0"),
        ({"s": SparseVector((4, 4), (1.0, 1.0))}, "index 4 appears twice"),
        ({"s": SparseVector((2**32,), (1.0,))}, "index 4294967296 is not in"),
        ({"s": SparseVector((1, 2), (1.0,))}, "2 indices and 1 values"),
        ({"s": SparseVector((1,), (math.inf,))}, "value at 1 is not finite"),
    ],
)
def test_messages_name_the_point_and_the_fault(vectors: dict[str, object], said: str) -> None:
    with pytest.raises(InvalidPoint) as caught:
        checked_points([Point(ID, vectors)], SPACES)  # type: ignore[arg-type]
    assert ID in str(caught.value) and said in str(caught.value)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (Query((), 3), "no prefetch"),
        (Query((Prefetch(ONES, "text", 1),), 0), "limit 0"),
        (Query((Prefetch(np.ones(5), "clip", 0),), 1), "limit 0 of space 'clip'"),
        (Query((Prefetch(ONES, "nope", 1),), 1), "unknown space 'nope'"),
        (Query((Prefetch(ONES, "text", 1),), 1), "has 3 numbers, not 8"),
        (Query((Prefetch(ONES, "text", 1),) * 2, 1), "2 channels and no fusion"),
        (Query((Prefetch(ONES, "text", 1),), 1, Rrf(weights=(1.0, 2.0))), "2 weights for 1"),
        (Query((Prefetch(ONES, "text", 1),), 1, Rrf(weights=(-1.0,))), "not negative"),
        (Query((Prefetch(ONES, "text", 1),), 1, Rrf(k=0)), "k 0"),
    ],
)
def test_bad_queries(engine: CheckedEngine, query: Query, said: str) -> None:
    with pytest.raises(StoreError) as caught:
        engine.query(query)
    assert said in str(caught.value)


def test_euclid_cannot_be_fused_by_scores(engine: CheckedEngine) -> None:
    engine.add_space(DenseSpace("far", 3, "euclid"))
    query = Query((Prefetch(ONES, "far", 1),), 1, Rrf())
    assert engine.query(query) == []
    with pytest.raises(StoreError, match="Dbsf cannot fuse distances"):
        engine.query(replace(query, fusion=Dbsf()))


def test_empty_sparse_channel_leaves_with_its_weight(
    engine: CheckedEngine, uid: Callable[[int], str]
) -> None:
    engine.upsert([Point(uid(i), {"text": np.eye(8, dtype=np.float32)[i]}) for i in range(3)])
    words = Prefetch(SparseVector((), ()), "bm25", 5)
    meaning = Prefetch(np.arange(8, 0, -1).astype(np.float32), "text", 5)
    alone = engine.query(Query((meaning,), 5, Rrf(61, (2.0,))))
    assert [hit.id for hit in alone] == [uid(0), uid(1), uid(2)]
    assert engine.query(Query((words, meaning), 5, Rrf(61, (1.0, 2.0)))) == alone
    assert engine.query(Query((words,), 5)) == []


def test_what_conditions_say_alone() -> None:
    never, always = AnyOf(()), All()
    for condition in (never, HasId(()), MatchAny("k", ()), All((never,)), NoneOf((always,))):
        assert holds_never(condition) and not holds_always(condition)
    for condition in (always, NoneOf(()), NoneOf((never,)), AnyOf((never, always))):
        assert holds_always(condition) and not holds_never(condition)
    assert holds_always(MatchAny("k", (), negate=True))
