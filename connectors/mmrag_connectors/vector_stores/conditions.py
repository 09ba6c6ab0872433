"""Conditions on nodes: what a database is asked to look at, and what is looked at here.

A database is asked for as much as its LlamaIndex integration can be trusted with: equality, choice
among values, and ranges, all of which must hold. Whatever it answers is held against the whole
condition here, so that one that does less, or nothing, costs time and never shows what it must not.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterator
from typing import Any, TypeAlias

from llama_index.core.vector_stores.types import FilterOperator, MetadataFilter, MetadataFilters

from mmrag.store.kinds import KIND
from mmrag.store.spec import (
    All,
    AnyOf,
    Condition,
    HasId,
    HasVector,
    IsEmpty,
    Match,
    MatchAny,
    MatchText,
    Near,
    NoneOf,
    Point,
    Range,
)

EARTH_M = 6_371_000.0
_BOUNDS = {
    "gt": FilterOperator.GT,
    "gte": FilterOperator.GTE,
    "lt": FilterOperator.LT,
    "lte": FilterOperator.LTE,
}
_QUOTES = re.compile(r"[\"'\\\x00-\x1f]")
"""Integrations build query strings, and not all of them escape what they put there."""


def flattened(condition: Condition | None) -> list[Condition]:
    """The conditions that must all hold."""
    if condition is None:
        return []
    if isinstance(condition, All):
        return [one for part in condition.conditions for one in flattened(part)]
    return [condition]


def asked_of_database(condition: Condition, here: Collection[str]) -> MetadataFilters | None:
    """What a database can be asked to look at; None if that is nothing.

    Args:
        here: payload keys that databases do not have.
    """
    rows = [
        row
        for part in flattened(condition)
        if isinstance(part, Match | MatchAny | Range) and part.key not in {KIND, *here}
        for row in _rows(part)
    ]
    return MetadataFilters(filters=list(rows)) if rows else None


def holds(condition: Condition, point: Point) -> bool:
    """Whether a condition holds for a point, with the meaning that `mmrag.store.spec` gives it."""
    return _HOLDS[type(condition)](condition, point)


def _rows(part: Match | MatchAny | Range) -> Iterator[MetadataFilter]:
    if isinstance(part, Range):
        for name, operator in _BOUNDS.items():
            bound = getattr(part, name)
            if bound is not None:
                yield MetadataFilter(key=part.key, value=bound, operator=operator)
    elif isinstance(part, MatchAny):
        values = list(part.values)
        if not part.negate and values and all(map(_is_plain, values)):
            yield MetadataFilter(key=part.key, value=values, operator=FilterOperator.IN)
    elif _is_plain(part.value):
        yield MetadataFilter(key=part.key, value=part.value)


def _is_plain(value: object) -> bool:
    if isinstance(value, str):
        return not _QUOTES.search(value)
    return _is_number(value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _items(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _equal(found: object, wanted: object) -> bool:
    if isinstance(wanted, float):
        return _is_number(found) and found == wanted
    return type(found) is type(wanted) and found == wanted


def _match(condition: Match, point: Point) -> bool:
    return any(_equal(v, condition.value) for v in _items(point.payload.get(condition.key)))


def _match_any(condition: MatchAny, point: Point) -> bool:
    found = _items(point.payload.get(condition.key))
    return condition.negate != any(_equal(v, w) for v in found for w in condition.values)


def _match_text(condition: MatchText, point: Point) -> bool:
    wanted = _words(condition.text)
    texts = [v for v in _items(point.payload.get(condition.key)) if isinstance(v, str)]
    return bool(wanted) and any(wanted <= _words(text) for text in texts)


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def _range(condition: Range, point: Point) -> bool:
    return any(
        _is_number(v)
        and (condition.gt is None or v > condition.gt)
        and (condition.gte is None or v >= condition.gte)
        and (condition.lt is None or v < condition.lt)
        and (condition.lte is None or v <= condition.lte)
        for v in _items(point.payload.get(condition.key))
    )


def _near(condition: Near, point: Point) -> bool:
    """By the great circle (haversine formula)."""
    place = point.payload.get(condition.key)
    if not isinstance(place, dict):
        return False
    here, there = math.radians(condition.latitude), math.radians(place["lat"])
    east = math.radians(place["lon"] - condition.longitude)
    half = (
        math.sin((there - here) / 2) ** 2
        + math.cos(here) * math.cos(there) * math.sin(east / 2) ** 2
    )
    return 2 * EARTH_M * math.asin(math.sqrt(min(1.0, half))) <= condition.metres


_Test: TypeAlias = Callable[[Any, Point], bool]
_HOLDS: dict[type, _Test] = {
    Match: _match,
    MatchAny: _match_any,
    MatchText: _match_text,
    Range: _range,
    Near: _near,
    IsEmpty: lambda condition, point: point.payload.get(condition.key) in (None, []),
    HasVector: lambda condition, point: condition.name in point.vectors,
    HasId: lambda condition, point: point.id in condition.ids,
    All: lambda condition, point: all(holds(part, point) for part in condition.conditions),
    AnyOf: lambda condition, point: any(holds(part, point) for part in condition.conditions),
    NoneOf: lambda condition, point: not any(holds(part, point) for part in condition.conditions),
}
