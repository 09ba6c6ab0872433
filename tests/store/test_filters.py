"""Conditions mean on each engine what they say, and LlamaIndex's filters what LlamaIndex says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llama_index.core.vector_stores.types import (
    FilterCondition,
    FilterOperator,
    MetadataFilter,
    MetadataFilters,
)
from qdrant_client import QdrantClient

from mmrag.errors import ConfigError, StoreError
from mmrag.schema import GEO, TAKEN_AT
from mmrag.store.edge import EdgeEngine
from mmrag.store.engine import CheckedEngine
from mmrag.store.filters import condition_of
from mmrag.store.kinds import INDEXED_KEYS
from mmrag.store.server import ServerEngine
from mmrag.store.spec import (
    All,
    AnyOf,
    Condition,
    DenseSpace,
    HasId,
    IsEmpty,
    Match,
    MatchAny,
    MatchText,
    Near,
    NoneOf,
    Point,
    Range,
)

# No key holds both booleans and 0 or 1: to the in-memory double, being Python, True equals 1.
PAYLOADS: list[dict[str, Any]] = [
    {"word": "storm", "n": 1, "tags": ["a", "b"], "flag": True, "text": "Snow on the Barometer"},
    {"word": "calm", "n": 2, "tags": ["b"], "flag": False, "text": "the barometer fell"},
    {"word": "storm", "n": 2.0, "tags": [], "flag": True, "text": ["red hut", "snow"]},
    {"word": None, "n": 2.5, "tags": ["c", "a"], "text": ""},
    {"word": "", "n": -7, "tags": "a"},
    {"n": [1, 9], "tags": [1, 2], "flag": [True, False], "text": "storms"},
    {"word": ["storm", "calm"], "n": 2**53, "text": "snowy barometers"},
    {"n": "2", "word": "Storm"},
    {},
]
KEYS = ["word", "n", "tags", "flag", "text", "absent", "a.b", "two words"]
for number, payload in enumerate(PAYLOADS):
    payload["a.b"] = number % 3
    payload["two words"] = f"w{number % 2}"


@pytest.fixture(scope="module")
def engines(
    tmp_path_factory: pytest.TempPathFactory, uid: Callable[[int], str]
) -> Iterator[tuple[CheckedEngine, CheckedEngine]]:
    spaces = [DenseSpace("text", 2)]
    with (
        EdgeEngine.create(tmp_path_factory.mktemp("filters") / "i", spaces) as edge,
        ServerEngine.from_client(QdrantClient(":memory:"), spaces) as double,
    ):
        for engine in (edge, double):
            engine.upsert([Point(uid(i), payload=p) for i, p in enumerate(PAYLOADS)])
        yield edge, double


def _found(engine: CheckedEngine, where: Condition) -> list[int]:
    return [int(p.id.replace("-", ""), 16) - 1 for p in engine.scroll(where, limit=100)[0]]


# A reference evaluator, independent of both engines.


def _values(payload: dict[str, Any], key: str) -> list[Any]:
    value = payload.get(key)
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _same(found: object, wanted: object) -> bool:
    if isinstance(wanted, float):
        return isinstance(found, int | float) and not isinstance(found, bool) and found == wanted
    return type(found) is type(wanted) and found == wanted


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _holds(condition: Condition, number: int, uid: Callable[[int], str]) -> bool:
    payload = PAYLOADS[number]
    match condition:
        case Match(key, value):
            return any(_same(v, value) for v in _values(payload, key))
        case MatchAny(key, values, negate):
            hit = any(_same(v, w) for v in _values(payload, key) for w in values)
            return hit != negate
        case MatchText(key, text):
            texts = [v for v in _values(payload, key) if isinstance(v, str)]
            return any(_words(text) <= _words(v) for v in texts)
        case Range(key, gt, gte, lt, lte):
            return any(
                (gt is None or v > gt)
                and (gte is None or v >= gte)
                and (lt is None or v < lt)
                and (lte is None or v <= lte)
                for v in _values(payload, key)
                if _number(v)
            )
        case IsEmpty(key):
            return not _values(payload, key)
        case HasId(ids):
            return uid(number) in ids
        case All(parts):
            return all(_holds(part, number, uid) for part in parts)
        case AnyOf(parts):
            return any(_holds(part, number, uid) for part in parts)
        case NoneOf(parts):
            return not any(_holds(part, number, uid) for part in parts)
        case _:
            raise AssertionError(condition)


_KEY = st.sampled_from(KEYS)
_STRING = st.sampled_from(["storm", "calm", "", "a", "b", "c", "2", "w0", "none"])
_INT = st.sampled_from([-7, 1, 2, 9, 2**53, 100])
_FLOAT = st.sampled_from([-7.0, 1.0, 2.0, 2.5, 3.25])
_BOUND = st.none() | _FLOAT
_LEAF: st.SearchStrategy[Condition] = st.one_of(
    st.builds(Match, _KEY, _STRING | _INT | _FLOAT),
    st.builds(Match, st.just("flag"), st.booleans()),
    st.builds(MatchAny, _KEY, st.lists(_STRING, max_size=3).map(tuple), st.booleans()),
    st.builds(MatchAny, _KEY, st.lists(_INT, max_size=3).map(tuple), st.booleans()),
    st.builds(
        MatchText, _KEY, st.sampled_from(["snow", "barometer", "SNOW barometer", "red hut", "s"])
    ),
    st.builds(Range, _KEY, _BOUND, _BOUND, _BOUND, _BOUND),
    st.builds(IsEmpty, _KEY),
)


def _nest(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    parts = st.lists(inner, max_size=3).map(tuple)
    return st.builds(All, parts) | st.builds(AnyOf, parts) | st.builds(NoneOf, parts)


@settings(max_examples=200, deadline=None)
@given(condition=st.recursive(_LEAF, _nest, max_leaves=6))
def test_conditions(
    engines: tuple[CheckedEngine, CheckedEngine],
    uid: Callable[[int], str],
    condition: Condition,
) -> None:
    expected = [i for i in range(len(PAYLOADS)) if _holds(condition, i, uid)]
    for engine in engines:
        assert _found(engine, condition) == expected


PLACES = {"Stockholm": (59.3293, 18.0686), "Uppsala": (59.8586, 17.6389), "Suva": (-18.1, 178.4)}


@pytest.mark.parametrize(
    ("latitude", "longitude", "kilometres", "found"),
    [
        # Stockholm and Uppsala are 63.7 km apart by the haversine formula (sphere of 6371 km)
        (59.3293, 18.0686, 63.0, ["Stockholm"]),
        (59.3293, 18.0686, 64.5, ["Stockholm", "Uppsala"]),
        (59.8586, 17.6389, 63.0, ["Uppsala"]),
        (-18.1, -179.9, 200.0, ["Suva"]),  # across the date line
        (0.0, 0.0, 100.0, []),
    ],
)
def test_distances(
    tmp_path: Path,
    uid: Callable[[int], str],
    latitude: float,
    longitude: float,
    kilometres: float,
    found: list[str],
) -> None:
    spaces = [DenseSpace("text", 2)]
    points = [
        Point(uid(n), payload={"name": name, "geo": {"lat": lat, "lon": lon}})
        for n, (name, (lat, lon)) in enumerate(PLACES.items())
    ]
    points.append(Point(uid(9), payload={"name": "nowhere"}))
    where = Near("geo", latitude, longitude, 1000 * kilometres)
    with (
        EdgeEngine.create(tmp_path / "i", spaces) as edge,
        ServerEngine.from_client(QdrantClient(":memory:"), spaces) as double,
    ):
        for engine in (edge, double):
            engine.upsert(points)
            assert [p.payload["name"] for p in engine.scroll(where)[0]] == found
            away = [p.payload["name"] for p in engine.scroll(NoneOf((where,)))[0]]
            assert set(away) == {*PLACES, "nowhere"} - set(found)


@pytest.mark.parametrize("key", ["", 'a"b', "a\\b"])
def test_keys_that_no_filter_can_name(
    engines: tuple[CheckedEngine, CheckedEngine], key: str
) -> None:
    for engine in engines:
        with pytest.raises(StoreError, match="cannot be filtered"):
            engine.count(Match(key, 1))


# LlamaIndex's operators, by their documentation.


def _reference(row: MetadataFilter, payload: dict[str, Any]) -> bool:
    values, wanted = _values(payload, row.key), row.value
    items = wanted if isinstance(wanted, list) else [wanted]

    def has(item: object) -> bool:
        if _number(item):
            return any(_number(v) and v == item for v in values)
        return any(isinstance(v, str) and v == item for v in values)

    operator = row.operator
    numbers = [v for v in values if _number(v)]
    table: dict[FilterOperator, Callable[[], bool]] = {
        FilterOperator.EQ: lambda: has(wanted),
        FilterOperator.NE: lambda: not has(wanted),
        FilterOperator.CONTAINS: lambda: has(wanted),
        FilterOperator.IN: lambda: any(map(has, items)),
        FilterOperator.NIN: lambda: not any(map(has, items)),
        FilterOperator.ANY: lambda: any(map(has, items)),
        FilterOperator.ALL: lambda: all(map(has, items)),
        FilterOperator.GT: lambda: any(v > wanted for v in numbers),
        FilterOperator.GTE: lambda: any(v >= wanted for v in numbers),
        FilterOperator.LT: lambda: any(v < wanted for v in numbers),
        FilterOperator.LTE: lambda: any(v <= wanted for v in numbers),
        FilterOperator.IS_EMPTY: lambda: not values or "" in values,
        FilterOperator.TEXT_MATCH: lambda: any(
            _words(str(wanted)) <= _words(v) for v in values if isinstance(v, str)
        ),
    }
    return table[operator]()


def _combined(filters: MetadataFilters, payload: dict[str, Any]) -> bool:
    held = [
        _combined(part, payload) if isinstance(part, MetadataFilters) else _reference(part, payload)
        for part in filters.filters
    ]
    if filters.condition == FilterCondition.OR:
        return any(held) or not held
    if filters.condition == FilterCondition.NOT:
        return not any(held)
    return all(held)


def _rows(operators: Sequence[FilterOperator], value: object) -> st.SearchStrategy[MetadataFilter]:
    return st.builds(MetadataFilter, key=_KEY, value=value, operator=st.sampled_from(operators))


_Op = FilterOperator
_ROW = st.one_of(
    _rows([_Op.EQ, _Op.NE, _Op.CONTAINS], _STRING | _INT | _FLOAT),
    _rows([_Op.GT, _Op.GTE, _Op.LT, _Op.LTE], _INT | _FLOAT),
    _rows(
        [_Op.IN, _Op.NIN, _Op.ANY, _Op.ALL],
        st.lists(_STRING, max_size=3) | st.lists(_INT, max_size=3) | st.lists(_FLOAT, max_size=3),
    ),
    _rows([_Op.TEXT_MATCH], st.sampled_from(["snow", "the barometer", "hut"])),
    _rows([_Op.IS_EMPTY], st.none()),
)
_FILTERS = st.recursive(
    _ROW,
    lambda inner: st.builds(
        MetadataFilters,
        filters=st.lists(inner, max_size=3),
        condition=st.sampled_from(FilterCondition),
    ),
    max_leaves=5,
)


@settings(max_examples=200, deadline=None)
@given(row=_FILTERS)
def test_metadata_filters(
    engines: tuple[CheckedEngine, CheckedEngine], row: MetadataFilter | MetadataFilters
) -> None:
    filters = row if isinstance(row, MetadataFilters) else MetadataFilters(filters=[row])
    expected = [i for i, payload in enumerate(PAYLOADS) if _combined(filters, payload)]
    for engine in engines:
        assert _found(engine, condition_of(filters)) == expected


@pytest.mark.parametrize(
    ("operator", "value"),
    [
        (_Op.GT, "a"),
        (_Op.LTE, [1]),
        (_Op.IN, "a"),
        (_Op.ALL, 3),
        (_Op.EQ, ["a"]),
        (_Op.TEXT_MATCH, 3),
        (_Op.GT, None),
    ],
)
def test_values_that_do_not_fit(operator: FilterOperator, value: Any) -> None:
    row = MetadataFilter(key="k", value=value, operator=operator)
    with pytest.raises(ConfigError, match=rf"'k' {operator.value}"):
        condition_of(MetadataFilters(filters=[row]))


def test_every_operator_is_covered() -> None:
    for operator in FilterOperator:
        value: Any = 1
        if operator in (_Op.IN, _Op.NIN, _Op.ANY, _Op.ALL):
            value = ["a"]
        elif operator in (_Op.TEXT_MATCH, _Op.TEXT_MATCH_INSENSITIVE):
            value = "a"
        row = MetadataFilter(key="k", value=value, operator=operator)
        assert condition_of(MetadataFilters(filters=[row])) != All()


def test_a_key_called_kind_is_the_users() -> None:
    row = MetadataFilter(key="kind", value="invoice")
    assert condition_of(MetadataFilters(filters=[row])) == All((Match("metadata_kind", "invoice"),))


def test_keys_with_an_index_are_filtered_as_others_are(
    tmp_path: Path, uid: Callable[[int], str]
) -> None:
    """Times and places stand under a key that has an index and under one that has none."""
    with EdgeEngine.create(tmp_path / "index", [DenseSpace("text", 2)]) as engine:
        days = [20240100000000 + day * 1_000_000 + 120000 for day in range(1, 31)]
        for number, day in enumerate(days):
            place = {"lat": 59.0 + number / 100, "lon": 18.0}
            payload = {TAKEN_AT: day, "when": day, GEO: place, "where": place}
            engine.upsert([Point(uid(number), {}, payload)])
        assert {TAKEN_AT, GEO} <= {row.key for row in INDEXED_KEYS}
        for first, last in ((5, 9), (1, 31), (12, 12)):
            bounds = {"gte": float(days[0] + (first - 1) * 1_000_000), "lt": days[0] + last * 1e6}
            found = [engine.count(Range(key, **bounds)) for key in (TAKEN_AT, "when")]
            assert found == [min(last, 30) - first + 1] * 2
        near = [engine.count(Near(key, 59.0, 18.0, 5_600)) for key in (GEO, "where")]
        assert near == [6, 6]
