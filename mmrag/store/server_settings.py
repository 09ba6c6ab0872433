"""The section `server:` as requests: a collection that is made by it, and one that is changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from qdrant_client import QdrantClient, models

from mmrag.server_sections import ServerSettings
from mmrag.store.kinds import IndexedKey
from mmrag.store.quantization import Quantizations, checked_quantization
from mmrag.store.server_collection import (
    codes_out,
    dense_out,
    index_out,
    quantization_in,
    spaces_in,
    sparse_out,
    tier_out,
)
from mmrag.store.server_differences import differences, indexed_keys
from mmrag.store.server_translate import point_out
from mmrag.store.spec import DenseSpace, Point, Space

UNINDEXED = ("unindexed_filtering_retrieve", "unindexed_filtering_update")


def make(
    client: QdrantClient,
    collection: str,
    spaces: Mapping[str, Space],
    kinds: Quantizations,
    server: ServerSettings,
    first: Sequence[Point] = (),
) -> None:
    """Make a collection, write its first points, and make its payload indexes."""
    client.create_collection(
        collection,
        vectors_config=dense_out(spaces, checked_quantization(kinds, spaces), server.memory),
        sparse_vectors_config=sparse_out(spaces, server.memory),
        shard_number=server.shard_number,
        replication_factor=server.replication_factor,
        write_consistency_factor=server.write_consistency_factor,
        payload=_payload(server),
        id_tracker=_ids(server),
        hnsw_config=_hnsw(server),
        optimizers_config=_optimizers(server),
        strict_mode_config=_strict(server),
    )
    if first:  # a mark of an unfinished copy must stand before anything can fail
        client.upsert(collection, [point_out(point) for point in first], wait=True)
    add_indexes(client, collection, server)


def add_indexes(
    client: QdrantClient, collection: str, server: ServerSettings, *, but: Collection[str] = ()
) -> None:
    """Make the payload indexes, but those of some keys."""
    for row in indexed_keys(server):
        if row.key not in but:
            _index(client, collection, row, server)


def apply(
    client: QdrantClient, collection: str, info: models.CollectionInfo, server: ServerSettings
) -> None:
    """Give a collection what it lacks and can be given; where that is nothing, nothing is sent.

    A server answers at once, and makes segments anew in the background where it must.
    """
    lacks = {row.key for row in differences(info, server) if not row.fixed}
    parts = {key.partition(".")[0] for key in lacks}
    spaces = {space.name: space for space in spaces_in(info.config.params)}
    asked: dict[str, Any] = {}
    if lacks & {"replication_factor", "write_consistency_factor", "memory.payload", "memory.ids"}:
        asked["collection_params"] = models.CollectionParamsDiff(
            replication_factor=server.replication_factor,
            write_consistency_factor=server.write_consistency_factor,
            payload=_payload(server),
            id_tracker=_ids(server),
        )
    if "hnsw" in parts or "memory.graph" in lacks:
        asked["hnsw_config"] = _hnsw(server)
    if "optimizers" in parts:
        asked["optimizers_config"] = _optimizers(server)
    if "strict_mode" in parts:
        asked["strict_mode_config"] = _strict(server)
    if lacks & {"memory.vectors", "memory.codes"}:
        kinds = quantization_in(info.config.params)
        dense = {name for name, space in spaces.items() if isinstance(space, DenseSpace)}
        asked["vectors_config"] = {
            name: models.VectorParamsDiff(
                memory=tier_out(server.memory.vectors),
                quantization_config=codes_out(kinds.get(name, "none"), server.memory),
            )
            for name in sorted(dense)
        }
    if "memory.sparse" in lacks:
        asked["sparse_vectors_config"] = sparse_out(spaces, server.memory)
    if asked:
        client.update_collection(collection, **asked)
    for row in indexed_keys(server):
        if f"indexes.{row.key}" in lacks or "memory.payload_indexes" in lacks:
            _index(client, collection, row, server)


def consistency(server: ServerSettings) -> models.ReadConsistency | None:
    """How many replicas must agree on what is read."""
    given = server.read_consistency
    return models.ReadConsistencyType(given) if isinstance(given, str) else given


def _index(client: QdrantClient, collection: str, row: IndexedKey, server: ServerSettings) -> None:
    # one that is there with other parameters is made anew
    client.create_payload_index(collection, row.key, index_out(row, server.memory), wait=True)


def _payload(server: ServerSettings) -> models.PayloadStorageParams | None:
    tier = tier_out(server.memory.payload)
    return None if tier is None else models.PayloadStorageParams(memory=tier)


def _ids(server: ServerSettings) -> models.IdTrackerParams | None:
    tier = tier_out(server.memory.ids)
    return None if tier is None else models.IdTrackerParams(memory=tier)


def _hnsw(server: ServerSettings) -> models.HnswConfigDiff | None:
    given = server.hnsw.model_dump(exclude_none=True, exclude={"ef"})
    if server.memory.graph:
        given["memory"] = tier_out(server.memory.graph)
    return models.HnswConfigDiff(**given) if given else None


def _optimizers(server: ServerSettings) -> models.OptimizersConfigDiff | None:
    given = server.optimizers.model_dump(exclude_none=True)
    return models.OptimizersConfigDiff(**given) if given else None


def _strict(server: ServerSettings) -> models.StrictModeConfig | None:
    given = server.strict_mode.model_dump(exclude_none=True)
    unindexed = given.pop("unindexed_filtering", None)
    if unindexed is not None:
        given |= dict.fromkeys(UNINDEXED, unindexed)
    return models.StrictModeConfig(**given) if given else None
