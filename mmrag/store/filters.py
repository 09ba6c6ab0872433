"""LlamaIndex's metadata filters as conditions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from llama_index.core.vector_stores.types import (
    FilterCondition,
    FilterOperator,
    MetadataFilter,
    MetadataFilters,
)

from mmrag.errors import ConfigError
from mmrag.store.nodes import payload_key
from mmrag.store.spec import (
    All,
    AnyOf,
    Condition,
    IsEmpty,
    Match,
    MatchText,
    NoneOf,
    Range,
    Scalar,
)

_Value: TypeAlias = object
_EXACT = 2**53
"""Up to here a float holds every integer, so that a range can stand for equality."""


def condition_of(filters: MetadataFilters) -> Condition:
    """The same filters as a condition.

    As in LlamaIndex, `!=` and `nin` hold where the key is absent, and `is_empty` also holds for "".
    `text_match` means whole words in any case.

    Raises:
        ConfigError: an operator that does not fit its value.
    """
    parts = tuple(
        condition_of(part) if isinstance(part, MetadataFilters) else _one(part)
        for part in filters.filters
    )
    if filters.condition == FilterCondition.OR:
        # LlamaIndex takes no filters as no restriction, whatever joins them.
        return AnyOf(parts) if parts else All()
    if filters.condition == FilterCondition.NOT:
        return NoneOf(parts)
    return All(parts)


def _one(row: MetadataFilter) -> Condition:
    try:
        return _OPERATORS[row.operator](payload_key(row.key), row.value)
    except TypeError as error:
        raise ConfigError(
            f"metadata filter {row.key!r} {row.operator.value} {row.value!r}: {error}"
        ) from None


def _equal(key: str, value: _Value) -> Condition:
    if value is None:
        return IsEmpty(key)
    if isinstance(value, list):
        raise TypeError("compare with one value, or use 'in', 'any' or 'all'")
    scalar = _scalar(value)
    if isinstance(scalar, int) and not isinstance(scalar, bool) and abs(scalar) <= _EXACT:
        return Match(key, float(scalar))  # 2 equals 2.0, as in Python
    return Match(key, scalar)


def _any(key: str, value: _Value) -> Condition:
    return AnyOf(tuple(_equal(key, item) for item in _items(value)))


def _all(key: str, value: _Value) -> Condition:
    return All(tuple(_equal(key, item) for item in _items(value)))


def _empty(key: str, value: _Value) -> Condition:
    return AnyOf((IsEmpty(key), Match(key, "")))


def _text(key: str, value: _Value) -> Condition:
    if not isinstance(value, str):
        raise TypeError("the value must be text")
    return MatchText(key, value)


def _not(row: Callable[[str, _Value], Condition]) -> Callable[[str, _Value], Condition]:
    return lambda key, value: NoneOf((row(key, value),))


def _number(value: _Value) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("the value must be a number")
    return value


def _scalar(value: _Value) -> Scalar:
    if isinstance(value, str | int | float):
        return value
    raise TypeError("the value must be text or a number")


def _items(value: _Value) -> Sequence[_Value]:
    if not isinstance(value, list):
        raise TypeError("the value must be a list")
    return value


_OPERATORS: dict[FilterOperator, Callable[[str, _Value], Condition]] = {
    FilterOperator.EQ: _equal,
    FilterOperator.NE: _not(_equal),
    FilterOperator.GT: lambda key, value: Range(key, gt=_number(value)),
    FilterOperator.GTE: lambda key, value: Range(key, gte=_number(value)),
    FilterOperator.LT: lambda key, value: Range(key, lt=_number(value)),
    FilterOperator.LTE: lambda key, value: Range(key, lte=_number(value)),
    FilterOperator.IN: _any,
    FilterOperator.NIN: _not(_any),
    FilterOperator.ANY: _any,
    FilterOperator.ALL: _all,
    FilterOperator.CONTAINS: _equal,
    FilterOperator.TEXT_MATCH: _text,
    FilterOperator.TEXT_MATCH_INSENSITIVE: _text,
    FilterOperator.IS_EMPTY: _empty,
}
