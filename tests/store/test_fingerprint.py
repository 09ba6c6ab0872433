"""Digests of collections: the same in any order, another one when any part of a point is."""

from __future__ import annotations

import uuid
from dataclasses import replace
from random import Random

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from mmrag.store.fingerprint import Tally, fingerprint
from mmrag.store.spec import FloatArray, Point, SparseVector

numbers = st.floats(width=32, allow_nan=False, allow_infinity=False)
dense = st.lists(numbers, min_size=3, max_size=3).map(lambda row: np.asarray(row, np.float32))
sparse = st.dictionaries(st.integers(0, 2**32 - 1), numbers, min_size=1, max_size=4).map(
    lambda row: SparseVector(tuple(row), tuple(row.values()))
)
json_values = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | numbers | st.text()
payloads = st.dictionaries(st.text(), json_values | st.lists(json_values, max_size=2), max_size=3)
points = st.builds(
    Point,
    st.uuids().map(str),
    st.fixed_dictionaries({}, optional={"text": dense, "clip": dense, "bm25": sparse}),
    payloads,
)
collections = st.lists(points, min_size=1, max_size=4, unique_by=lambda point: point.id)


def tallied(held: list[Point]) -> tuple[str, ...]:
    tally = Tally()
    for point in held:
        tally.add(point)
    return (tally.content, *(tally.vectors_of(name) for name in ("text", "clip", "bm25")))


@given(collections, st.randoms())
def test_order_is_of_no_consequence(held: list[Point], random: Random) -> None:
    shuffled = list(held)
    random.shuffle(shuffled)
    assert tallied(shuffled) == tallied(held)


@given(collections, st.data())
def test_each_part_counts(held: list[Point], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(held) - 1))
    point = held[at]

    def changed(**parts: object) -> tuple[str, ...]:
        return tallied([*held[:at], replace(point, **parts), *held[at + 1 :]])  # type: ignore[arg-type]

    whole = tallied(held)
    assert tallied([*held[:at], *held[at + 1 :]])[0] != whole[0]
    assert changed(payload={**point.payload, "more": 1})[0] != whole[0]
    other = changed(id=str(uuid.uuid5(uuid.UUID(point.id), "other")))
    assert other[0] != whole[0]
    for row, name in enumerate(("text", "clip", "bm25"), start=1):
        without = {n: v for n, v in point.vectors.items() if n != name}
        assert (changed(vectors=without)[row] != whole[row]) == (name in point.vectors)
        assert (other[row] != whole[row]) == (name in point.vectors)


@given(dense, st.integers(0, 2))
def test_the_last_bit_of_a_component_counts(vector: FloatArray, at: int) -> None:
    nudged = vector.copy()
    nudged[at] = np.nextafter(vector[at], np.float32(np.inf))
    assume(np.isfinite(nudged).all())
    one, two = (Point(str(uuid.UUID(int=1)), {"text": row}) for row in (vector, nudged))
    assert fingerprint(one).vectors != fingerprint(two).vectors


@given(points, points)
def test_vectors_that_changed_places_are_told(one: Point, two: Point) -> None:
    assume(one.id != two.id)
    assume(fingerprint(replace(one, id=two.id)).vectors != fingerprint(two).vectors)
    swapped = [replace(one, vectors=two.vectors), replace(two, vectors=one.vectors)]
    assert tallied(swapped) != tallied([one, two])


def test_terms_and_keys_in_another_order_are_the_same() -> None:
    id = str(uuid.UUID(int=7))
    one = Point(id, {"bm25": SparseVector((3, 9), (0.5, 1.5))}, {"a": 1, "b": [1, 2]})
    two = Point(id, {"bm25": SparseVector((9, 3), (1.5, 0.5))}, {"b": [1, 2], "a": 1})
    assert fingerprint(one) == fingerprint(two)
    turned = replace(two, payload={"a": 1, "b": [2, 1]})
    assert fingerprint(turned).content != fingerprint(one).content


def test_kinds_and_vectors_are_counted() -> None:
    tally = Tally()
    vector = np.ones(3, np.float32)
    tally.add(Point(str(uuid.UUID(int=1)), {"text": vector}, {"kind": "chunk"}))
    tally.add(Point(str(uuid.UUID(int=2)), {}, {"kind": "document"}))
    tally.add(Point(str(uuid.UUID(int=3)), {"text": vector}, {}))
    assert tally.points == 3
    assert tally.kinds == {"chunk": 1, "document": 1, "": 1}
    assert tally.vectors == {"text": 2}
    assert tally.vectors_of("clip") == "0" * 32
