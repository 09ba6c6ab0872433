"""The spec's dataclasses as qdrant-edge-py objects, and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import numpy as np
import qdrant_edge as edge

from mmrag.store.kinds import IndexedKey
from mmrag.store.quantization import Quantizations, Rescored, Rescoring
from mmrag.store.query_checks import json_path
from mmrag.store.spec import (
    All,
    AnyOf,
    Condition,
    DenseSpace,
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
    Quantization,
    Query,
    Range,
    Ranked,
    Rrf,
    Space,
    SparseSpace,
    SparseVector,
    Vector,
)

DISTANCES = {
    "cosine": edge.Distance.Cosine,
    "dot": edge.Distance.Dot,
    "euclid": edge.Distance.Euclid,
}
GRAPH_FROM = 50_000
"""Points below which a plain scan, which is exact, is fast enough to need no graph."""

NO_GRAPH = edge.HnswIndexConfig(m=0, ef_construct=100, full_scan_threshold=10_000)
"""Without edges a sealed segment is scanned whole, by its codes where it has any."""
QUANTIZATIONS: dict[Quantization, Any] = {
    "none": None,
    "int8": edge.ScalarQuantizationConfig(edge.ScalarType.Int8),
    "binary": edge.BinaryQuantizationConfig(),
    "turbo": edge.TurboQuantQuantizationConfig(bits=edge.TurboQuantBitSize.Bits4),
}
_INDEXES: dict[str, Any] = {
    "integer": edge.IntegerIndexParams,
    "float": edge.FloatIndexParams,
    "bool": edge.BoolIndexParams,
    "geo": edge.GeoIndexParams,
}


def config(
    spaces: Mapping[str, Space],
    quantization: Quantizations,
    *,
    graphs: bool = True,
    graph_from: int = GRAPH_FROM,
) -> edge.EdgeConfig:
    """The shard's configuration.

    Args:
        graphs: whether large segments get them when the engine optimises.
        graph_from: points of the widest space that make a segment large.
    """
    dense = {s.name: s for s in spaces.values() if isinstance(s, DenseSpace)}
    sparse = {s.name: s for s in spaces.values() if isinstance(s, SparseSpace)}
    widest = max(space.size for space in dense.values())
    # in kB; 0.9.0 makes int8 of sealed segments only, and seals none below this
    large = max(1, graph_from * widest * 4 // 1024)
    threshold = 1 if "int8" in quantization.values() else large
    return edge.EdgeConfig(
        vectors={
            name: edge.EdgeVectorParams(
                space.size,
                DISTANCES[space.distance],
                quantization_config=QUANTIZATIONS[quantization.get(name, "none")],
                hnsw_config=None if graphs else NO_GRAPH,
            )
            for name, space in dense.items()
        },
        sparse_vectors={
            name: edge.EdgeSparseVectorParams(modifier=_modifier(space))
            for name, space in sparse.items()
        },
        optimizers=edge.EdgeOptimizersConfig(indexing_threshold=threshold),
    )


def space_operation(space: Space) -> edge.UpdateOperation:
    """The operation that adds a named vector."""
    if isinstance(space, DenseSpace):
        return edge.UpdateOperation.create_dense_vector(
            space.name, space.size, DISTANCES[space.distance]
        )
    return edge.UpdateOperation.create_sparse_vector(space.name, _modifier(space))


def index_operation(row: IndexedKey) -> edge.UpdateOperation:
    """The operation that makes a payload index."""
    if row.kind == "keyword":
        params = edge.KeywordIndexParams(is_tenant=row.tenant or None, enable_hnsw=row.graph_links)
    else:
        params = _INDEXES[row.kind](enable_hnsw=row.graph_links)
    return edge.UpdateOperation.create_field_index(row.key, params)


def point_out(point: Point) -> edge.Point:
    """A checked point for upsert."""
    return edge.Point(point.id, vectors_out(point.vectors), dict(point.payload))


def vectors_out(vectors: Mapping[str, Vector]) -> dict[str, Any]:
    """Checked vectors for upsert or update."""
    return {name: vector_out(vector) for name, vector in vectors.items()}


def vector_out(vector: Vector) -> Any:  # noqa: ANN401 - the stub does not know arrays
    """A checked vector; arrays go as they are, which the engine reads without boxing floats."""
    if isinstance(vector, SparseVector):
        return edge.SparseVector(list(vector.indices), list(vector.values))
    return vector


def vectors_in(vectors: object) -> dict[str, Vector]:
    """Named vectors as the engine returns them."""
    named = cast("Mapping[str, Any]", vectors or {})
    return {name: _vector_in(vector) for name, vector in named.items()}


def point_in(record: edge.Record) -> Point:
    """A retrieved or scrolled record."""
    return Point(str(record.id), vectors_in(record.vector), record.payload or {})


def hit_in(point: edge.ScoredPoint) -> Hit:
    """A found point."""
    return Hit(str(point.id), point.score, point.payload or {}, vectors_in(point.vector))


def ranked_in(found: Sequence[edge.ScoredPoint]) -> Ranked:
    """Found points as columns."""
    scores = np.fromiter((point.score for point in found), np.float64, len(found))
    return Ranked([str(point.id) for point in found], scores)


def query_out(query: Query, rescored: Rescored) -> edge.QueryRequest:
    """A checked query; `rescored` says how the codes of a channel are searched."""
    if query.fusion is None:
        channel = query.prefetches[0]
        return edge.QueryRequest(
            limit=channel.limit,
            query=_nearest(channel),
            filter=filter_out(channel.where),
            score_threshold=channel.score_threshold,
            with_payload=query.with_payload,
            with_vector=query.with_vectors,
            params=_params(rescored(channel)),
        )
    return edge.QueryRequest(
        limit=query.limit,
        query=cast("Any", _fusion(query)),
        prefetches=[
            edge.Prefetch(
                limit=channel.limit,
                query=_nearest(channel),
                filter=filter_out(channel.where),
                score_threshold=channel.score_threshold,
                params=_params(rescored(channel)),
            )
            for channel in query.prefetches
        ],
        with_payload=query.with_payload,
        with_vector=query.with_vectors,
    )


def filter_out(condition: Condition | None) -> edge.Filter | None:
    """A condition as a filter; None stays None."""
    if condition is None:
        return None
    return edge.Filter(must=[condition_out(part) for part in _conjuncts(condition)])


def condition_out(condition: Condition) -> Any:  # noqa: ANN401 - a union that only the stub names
    """A condition as one of the engine's."""
    match condition:
        case Match(key, value):
            if isinstance(value, bool):
                # 0.9.0 reads a Python bool as an integer; a numpy bool arrives as what it is.
                return _field(key, match=edge.MatchValue(cast("bool", np.bool_(value))))
            if isinstance(value, float):
                return _field(key, range=edge.RangeFloat(gte=value, lte=value))
            return _field(key, match=edge.MatchValue(value))
        case MatchAny(key, values, negate):
            found = _field(key, match=edge.MatchAny(cast("list[str]", list(values))))
            return edge.Filter(must_not=[found]) if negate else found
        case MatchText(key, text):
            return _field(key, match=edge.MatchText(text))
        case Range(key, gt, gte, lt, lte):
            return _field(key, range=edge.RangeFloat(gt=gt, gte=gte, lt=lt, lte=lte))
        case Near(key, latitude, longitude, metres):
            circle = edge.GeoRadius(edge.GeoPoint(longitude, latitude), metres)
            return edge.FieldCondition(json_path(key), geo_radius=circle)
        case IsEmpty(key):
            return edge.IsEmptyCondition(json_path(key))
        case HasVector(name):
            return edge.HasVectorCondition(name)
        case HasId(ids):
            return edge.HasIdCondition(set(ids))
        case All(parts):
            return filter_out(All(parts))
        case AnyOf(parts):
            # An empty `should` would hold always.
            return edge.Filter(should=_all(parts)) if parts else edge.HasIdCondition(set())
        case NoneOf(parts):
            return edge.Filter(must_not=_all(parts))


def _conjuncts(condition: Condition) -> Iterator[Condition]:
    """What must hold; of nested `All`s one flat list, which the engine checks a tenth faster."""
    if isinstance(condition, All):
        for part in condition.conditions:
            yield from _conjuncts(part)
    else:
        yield condition


def _all(parts: Sequence[Condition]) -> list[Any]:
    return [condition_out(part) for part in parts]


def _field(
    key: str,
    *,
    match: edge.MatchValue | edge.MatchAny | edge.MatchText | None = None,
    range: edge.RangeFloat | None = None,
) -> edge.FieldCondition:
    return edge.FieldCondition(json_path(key), match=match, range=range)


def _nearest(channel: Prefetch) -> edge.Query:
    return edge.Query.Nearest(vector_out(channel.vector), using=channel.using)


def _params(rescoring: Rescoring | None) -> edge.SearchParams | None:
    if rescoring is None:
        return None
    how = edge.QuantizationSearchParams(
        rescore=rescoring.rescore, oversampling=rescoring.oversampling
    )
    return edge.SearchParams(quantization=how)


def _fusion(query: Query) -> object:
    if isinstance(query.fusion, Rrf):
        weights = None if query.fusion.weights is None else list(query.fusion.weights)
        return edge.Fusion.Rrf(query.fusion.k, weights)
    return edge.Fusion.Dbsf()


def _modifier(space: SparseSpace) -> edge.Modifier | None:
    return edge.Modifier.Idf if space.idf else None


def _vector_in(vector: object) -> Vector:
    if isinstance(vector, edge.SparseVector):
        return SparseVector(tuple(vector.indices), tuple(vector.values))
    return np.asarray(vector, dtype=np.float32)
