"""Points, filters and queries as qdrant-client models, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
from qdrant_client import models

from mmrag.store.quantization import Rescored
from mmrag.store.query_checks import json_path
from mmrag.store.spec import (
    All,
    AnyOf,
    Condition,
    HasId,
    HasVector,
    Hit,
    IsEmpty,
    Match,
    MatchAny,
    MatchText,
    Near,
    NoneOf,
    Point,
    Prefetch,
    Query,
    Range,
    Ranked,
    Rrf,
    SparseVector,
    Vector,
)


def point_out(point: Point) -> models.PointStruct:
    """A checked point for upsert."""
    return models.PointStruct(
        id=point.id, vector=vectors_out(point.vectors), payload=dict(point.payload)
    )


def vectors_out(vectors: Mapping[str, Vector]) -> Any:  # noqa: ANN401 - invariant union of models
    """Checked vectors for upsert or update."""
    return {name: vector_out(vector) for name, vector in vectors.items()}


def vector_out(vector: Vector) -> list[float] | models.SparseVector:
    """A checked vector."""
    if isinstance(vector, SparseVector):
        return models.SparseVector(indices=list(vector.indices), values=list(vector.values))
    return cast("list[float]", vector.tolist())


def vectors_in(vectors: object) -> dict[str, Vector]:
    """Named vectors as the client returns them."""
    named = vectors if isinstance(vectors, Mapping) else {}
    return {name: _vector_in(vector) for name, vector in named.items()}


def point_in(record: models.Record) -> Point:
    """A retrieved or scrolled record."""
    return Point(str(record.id), vectors_in(record.vector), record.payload or {})


def hit_in(point: models.ScoredPoint) -> Hit:
    """A found point."""
    return Hit(str(point.id), point.score, point.payload or {}, vectors_in(point.vector))


def ranked_in(found: Sequence[models.ScoredPoint]) -> Ranked:
    """Found points as columns."""
    scores = np.fromiter((point.score for point in found), np.float64, len(found))
    return Ranked([str(point.id) for point in found], scores)


def query_out(query: Query, rescored: Rescored, *, ef: int | None = None) -> models.QueryRequest:
    """A checked query.

    Args:
        rescored: says how the codes of a channel are searched.
        ef: candidates kept while a graph is searched; None leaves it to the server.
    """
    common: dict[str, Any] = {
        "with_payload": query.with_payload,
        "with_vector": query.with_vectors,
    }
    if query.fusion is None:
        channel = query.prefetches[0]
        return models.QueryRequest(
            query=vector_out(channel.vector),
            using=channel.using,
            limit=channel.limit,
            filter=filter_out(channel.where),
            score_threshold=channel.score_threshold,
            params=_params(channel, rescored, ef),
            **common,
        )
    prefetches = [_prefetch(channel, rescored, ef) for channel in query.prefetches]
    return models.QueryRequest(
        query=_fusion(query), prefetch=prefetches, limit=query.limit, **common
    )


def filter_out(condition: Condition | None) -> models.Filter | None:
    """A condition as a filter; None stays None."""
    return None if condition is None else models.Filter(must=[condition_out(condition)])


def condition_out(condition: Condition) -> models.Condition:
    """A condition as one of the client's models."""
    match condition:
        case Match(key, value):
            if isinstance(value, float):
                return _field(key, range=models.Range(gte=value, lte=value))
            return _field(key, match=models.MatchValue(value=value))
        case MatchAny(key, values, negate):
            found = _field(key, match=models.MatchAny(any=list(values)))
            return models.Filter(must_not=[found]) if negate else found
        case MatchText(key, text):
            return _field(key, match=models.MatchText(text=text))
        case Range(key, gt, gte, lt, lte):
            return _field(key, range=models.Range(gt=gt, gte=gte, lt=lt, lte=lte))
        case Near(key, latitude, longitude, metres):
            circle = models.GeoRadius(
                center=models.GeoPoint(lon=longitude, lat=latitude), radius=metres
            )
            return models.FieldCondition(key=json_path(key), geo_radius=circle)
        case IsEmpty(key):
            return models.IsEmptyCondition(is_empty=models.PayloadField(key=json_path(key)))
        case HasVector(name):
            return models.HasVectorCondition(has_vector=name)
        case HasId(ids):
            return models.HasIdCondition(has_id=list(ids))
        case All(parts):
            return models.Filter(must=_all(parts))
        case AnyOf(parts):
            # An empty `should` would hold always.
            return models.Filter(should=_all(parts)) if parts else models.HasIdCondition(has_id=[])
        case NoneOf(parts):
            return models.Filter(must_not=_all(parts))


def _all(parts: Sequence[Condition]) -> list[models.Condition]:
    return [condition_out(part) for part in parts]


def _field(
    key: str, *, match: models.Match | None = None, range: models.Range | None = None
) -> models.FieldCondition:
    return models.FieldCondition(key=json_path(key), match=match, range=range)


def _prefetch(channel: Prefetch, rescored: Rescored, ef: int | None) -> models.Prefetch:
    return models.Prefetch(
        query=vector_out(channel.vector),
        using=channel.using,
        limit=channel.limit,
        filter=filter_out(channel.where),
        score_threshold=channel.score_threshold,
        params=_params(channel, rescored, ef),
    )


def _params(channel: Prefetch, rescored: Rescored, ef: int | None) -> models.SearchParams | None:
    rescoring = rescored(channel)
    how = rescoring and models.QuantizationSearchParams(
        rescore=rescoring.rescore, oversampling=rescoring.oversampling
    )
    beam = None if isinstance(channel.vector, SparseVector) else ef  # words have no graph
    if how is None and beam is None:
        return None
    return models.SearchParams(hnsw_ef=beam, quantization=how)


def _fusion(query: Query) -> models.RrfQuery | models.FusionQuery:
    if isinstance(query.fusion, Rrf):
        weights = None if query.fusion.weights is None else list(query.fusion.weights)
        return models.RrfQuery(rrf=models.Rrf(k=query.fusion.k, weights=weights))
    return models.FusionQuery(fusion=models.Fusion.DBSF)


def _vector_in(vector: object) -> Vector:
    if isinstance(vector, models.SparseVector):
        return SparseVector(tuple(vector.indices), tuple(vector.values))
    return np.asarray(vector, dtype=np.float32)
