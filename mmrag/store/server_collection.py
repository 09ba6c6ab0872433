"""The definition of a collection as qdrant-client models, and back: spaces, codes, indexes."""

from __future__ import annotations

from collections.abc import Mapping

from qdrant_client import models

from mmrag.server_sections import MemorySettings, Tier
from mmrag.store.kinds import IndexedKey
from mmrag.store.quantization import Quantizations
from mmrag.store.spec import DenseSpace, Distance, Quantization, Space, SparseSpace

DISTANCES: dict[Distance, models.Distance] = {
    "cosine": models.Distance.COSINE,
    "dot": models.Distance.DOT,
    "euclid": models.Distance.EUCLID,
}
WHEREVER = MemorySettings()
"""Every part where the server puts it."""


def dense_out(
    spaces: Mapping[str, Space],
    quantization: Quantizations,
    memory: MemorySettings = WHEREVER,
) -> dict[str, models.VectorParams]:
    """The dense named vectors of a new collection."""
    return {
        name: models.VectorParams(
            size=space.size,
            distance=DISTANCES[space.distance],
            quantization_config=codes_out(quantization.get(name, "none"), memory),
            memory=tier_out(memory.vectors),
        )
        for name, space in spaces.items()
        if isinstance(space, DenseSpace)
    }


def sparse_out(
    spaces: Mapping[str, Space], memory: MemorySettings = WHEREVER
) -> dict[str, models.SparseVectorParams]:
    """The sparse named vectors of a new collection."""
    placed = models.SparseIndexParams(memory=tier_out(memory.sparse)) if memory.sparse else None
    return {
        name: models.SparseVectorParams(modifier=_modifier(space), index=placed)
        for name, space in spaces.items()
        if isinstance(space, SparseSpace)
    }


def tier_out(tier: Tier | None) -> models.Memory | None:
    """Where a part of a collection lives; None leaves it to the server."""
    return None if tier is None else models.Memory(tier)


def codes_out(
    kind: Quantization, memory: MemorySettings = WHEREVER
) -> models.QuantizationConfig | None:
    """The codes of a dense space; None for none."""
    tier = tier_out(memory.codes)
    match kind:
        case "int8":
            scalar = models.ScalarQuantizationConfig(type=models.ScalarType.INT8, memory=tier)
            return models.ScalarQuantization(scalar=scalar)
        case "binary":
            return models.BinaryQuantization(binary=models.BinaryQuantizationConfig(memory=tier))
        case "turbo":
            bits = models.TurboQuantBitSize.BITS4
            turbo = models.TurboQuantQuantizationConfig(bits=bits, memory=tier)
            return models.TurboQuantization(turbo=turbo)
        case "none":
            return None


def space_out(space: Space) -> models.DenseVectorNameConfig | models.SparseVectorNameConfig:
    """A named vector to add to a live collection."""
    if isinstance(space, DenseSpace):
        dense = models.DenseVectorConfig(size=space.size, distance=DISTANCES[space.distance])
        return models.DenseVectorNameConfig(dense=dense)
    return models.SparseVectorNameConfig(
        sparse=models.SparseVectorConfig(modifier=_modifier(space))
    )


def spaces_in(params: models.CollectionParams) -> list[Space]:
    """The spaces that a collection has; unnamed vectors and other distances are left out."""
    distances = {theirs: ours for ours, theirs in DISTANCES.items()}
    dense = params.vectors if isinstance(params.vectors, dict) else {}
    spaces: list[Space] = [
        DenseSpace(name, row.size, distances[row.distance])
        for name, row in dense.items()
        if row.distance in distances
    ]
    for name, row in (params.sparse_vectors or {}).items():
        spaces.append(SparseSpace(name, idf=row.modifier == models.Modifier.IDF))
    return spaces


def quantization_diff(
    kind: Quantization, memory: MemorySettings = WHEREVER
) -> models.QuantizationConfigDiff:
    """The change that gives a dense space these codes, or takes them away."""
    return codes_out(kind, memory) or models.Disabled.DISABLED


def quantization_in(params: models.CollectionParams) -> dict[str, Quantization]:
    """The codes that a collection has, by dense space; product quantization counts as none."""
    kinds: dict[type, Quantization] = {
        models.ScalarQuantization: "int8",
        models.BinaryQuantization: "binary",
        models.TurboQuantization: "turbo",
    }
    dense = params.vectors if isinstance(params.vectors, dict) else {}
    return {
        name: kinds[type(row.quantization_config)]
        for name, row in dense.items()
        if type(row.quantization_config) in kinds
    }


def index_out(row: IndexedKey, memory: MemorySettings = WHEREVER) -> models.PayloadFieldSchema:
    """The parameters of a payload index."""
    tier = tier_out(memory.payload_indexes)
    match row.kind:
        case "keyword":
            return models.KeywordIndexParams(
                type=models.KeywordIndexType.KEYWORD,
                is_tenant=row.tenant or None,
                enable_hnsw=row.graph_links,
                memory=tier,
            )
        case "integer":
            return models.IntegerIndexParams(
                type=models.IntegerIndexType.INTEGER, enable_hnsw=row.graph_links, memory=tier
            )
        case "float":
            return models.FloatIndexParams(
                type=models.FloatIndexType.FLOAT, enable_hnsw=row.graph_links, memory=tier
            )
        case "bool":
            return models.BoolIndexParams(
                type=models.BoolIndexType.BOOL, enable_hnsw=row.graph_links, memory=tier
            )
        case "geo":
            return models.GeoIndexParams(
                type=models.GeoIndexType.GEO, enable_hnsw=row.graph_links, memory=tier
            )


def _modifier(space: SparseSpace) -> models.Modifier | None:
    return models.Modifier.IDF if space.idf else None
