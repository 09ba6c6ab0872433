"""Checks of queries and conditions, and what a condition says on its own."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from mmrag.errors import StoreError
from mmrag.store.checks import Fault, checked_vector, is_empty
from mmrag.store.spec import (
    All,
    AnyOf,
    Condition,
    Dbsf,
    DenseSpace,
    HasId,
    MatchAny,
    NoneOf,
    Prefetch,
    Query,
    Rrf,
    Space,
)


def checked_query(query: Query, spaces: Mapping[str, Space]) -> Query:
    """The query in the form that engines take; raises StoreError.

    The outer filter moves into the prefetches, and channels with an empty sparse vector leave
    together with their weights, so that it may come back without any prefetch: it finds nothing.
    """
    if query.limit < 1:
        raise StoreError(f"query: limit {query.limit} is below 1")
    if not query.prefetches:
        raise StoreError("query: no prefetch; give at least one channel")
    if query.fusion is None and len(query.prefetches) > 1:
        raise StoreError(
            f"query: {len(query.prefetches)} channels and no fusion; choose Rrf or Dbsf"
        )
    weights = query.fusion.weights if isinstance(query.fusion, Rrf) else None
    if weights is not None:
        _check_weights(weights, len(query.prefetches))
    if isinstance(query.fusion, Rrf) and query.fusion.k < 1:
        raise StoreError(f"query: Rrf k {query.fusion.k} is below 1")
    kept = [i for i, channel in enumerate(query.prefetches) if not is_empty(channel.vector)]
    prefetches = tuple(_checked_channel(query.prefetches[i], query, spaces) for i in kept)
    fusion = query.fusion
    if isinstance(fusion, Rrf) and weights is not None:
        fusion = replace(fusion, weights=tuple(weights[i] for i in kept))
    return replace(query, prefetches=prefetches, fusion=fusion, where=None)


def holds_always(condition: Condition) -> bool:
    """Whether the condition says nothing, such as `All()`."""
    match condition:
        case All(conditions=parts):
            return all(holds_always(part) for part in parts)
        case AnyOf(conditions=parts):
            return any(holds_always(part) for part in parts)
        case NoneOf(conditions=parts):
            return all(holds_never(part) for part in parts)
        case MatchAny(values=values, negate=True):
            return not values
        case _:
            return False


def holds_never(condition: Condition) -> bool:
    """Whether nothing can meet the condition, such as `AnyOf(())`."""
    match condition:
        case All(conditions=parts):
            return any(holds_never(part) for part in parts)
        case AnyOf(conditions=parts):
            return all(holds_never(part) for part in parts)
        case NoneOf(conditions=parts):
            return any(holds_always(part) for part in parts)
        case MatchAny(values=values, negate=False):
            return not values
        case HasId(ids=ids):
            return not ids
        case _:
            return False


def json_path(key: str) -> str:
    """The path that names the top-level payload key `key` literally; raises StoreError."""
    if not key or '"' in key or "\\" in key:
        raise StoreError(f"payload key {key!r} cannot be filtered: empty, or with quotes in it")
    return f'"{key}"'


def both(first: Condition | None, second: Condition | None) -> Condition | None:
    """The condition that both hold; None holds always."""
    if first is None or second is None:
        return first or second
    return All((first, second))


def _checked_channel(channel: Prefetch, query: Query, spaces: Mapping[str, Space]) -> Prefetch:
    try:
        vector = checked_vector(channel.using, channel.vector, spaces)
    except Fault as fault:
        raise StoreError(f"query: {fault}") from None
    if channel.limit < 1:
        raise StoreError(f"query: limit {channel.limit} of space {channel.using!r} is below 1")
    space, threshold = spaces[channel.using], channel.score_threshold
    if isinstance(space, DenseSpace) and space.distance == "euclid":
        if isinstance(query.fusion, Dbsf):
            raise StoreError(f"query: Dbsf cannot fuse distances of space {space.name!r}; use Rrf")
        threshold = None if threshold is None else -threshold
    # Without fusion the channel is the query: its own limit would only cut twice.
    limit = channel.limit if query.fusion else min(channel.limit, query.limit)
    where = both(channel.where, query.where)
    return Prefetch(vector, channel.using, limit, where, threshold)


def _check_weights(weights: Sequence[float], channels: int) -> None:
    if len(weights) != channels:
        raise StoreError(f"query: {len(weights)} weights for {channels} channels")
    if not all(math.isfinite(weight) and weight >= 0 for weight in weights):
        raise StoreError(f"query: weights {tuple(weights)} must be finite and not negative")
