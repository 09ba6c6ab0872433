"""What a collection on a server has of the section `server:`, and where it differs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from qdrant_client import models

from mmrag.errors import ConfigError
from mmrag.server_sections import ServerSettings
from mmrag.store.kinds import INDEXED_KEYS, IndexedKey

FIXED = "shard_number"
"""What a collection keeps as long as it lives; Qdrant Cloud alone can change it."""
_COLLECTION = (FIXED, "replication_factor", "write_consistency_factor")


@dataclass(frozen=True)
class Difference:
    """A setting that a collection does not have.

    Attributes:
        key: dotted, below `server`.
        wanted: by the settings.
        found: on the server; None where nothing is set.
    """

    key: str
    wanted: str | int | float
    found: str | int | float | None

    @property
    def fixed(self) -> bool:
        """Whether the collection must be made anew for it."""
        return self.key == FIXED

    @property
    def remedy(self) -> str:
        """What to do about it."""
        if self.fixed:
            return "only a new collection can have it"
        return "mmrag server apply"

    def __str__(self) -> str:
        found = "nothing" if self.found is None else self.found
        return (
            f"server.{self.key} is {self.wanted} in the settings and {found} on the server; "
            f"{self.remedy}"
        )


def differences(info: models.CollectionInfo, server: ServerSettings) -> list[Difference]:
    """What the settings say and the collection does not have."""
    found = _found(info)
    told = [
        Difference(key, wanted, found[key])
        for key, wanted in _wanted(server)
        if key in found and found[key] != wanted
    ]
    kinds = {key: row.data_type.value for key, row in info.payload_schema.items()}
    return told + [
        Difference(f"indexes.{row.key}", row.kind, kinds.get(row.key))
        for row in indexed_keys(server)
        if kinds.get(row.key) != row.kind
    ]


def indexed_keys(server: ServerSettings) -> list[IndexedKey]:
    """The payload keys with an index: those that mmrag asks for, and the settings' own."""
    own = {row.key for row in INDEXED_KEYS}
    given = [IndexedKey(key, kind) for key, kind in server.indexes.items() if key not in own]
    return [*INDEXED_KEYS, *given]


def check_indexes(server: ServerSettings) -> None:
    """Refuse an index of another kind for a key of mmrag's own, which would not be made.

    Raises:
        ConfigError: `server.indexes` names such a key.
    """
    for row in INDEXED_KEYS:
        given = server.indexes.get(row.key, row.kind)
        if given != row.kind:
            raise ConfigError(
                f"server.indexes.{row.key} is {given!r}, and mmrag itself makes an index of kind "
                f"{row.kind!r} for {row.key}; take the line out"
            )


def _wanted(server: ServerSettings) -> Iterator[tuple[str, Any]]:
    rows = [(key, getattr(server, key)) for key in _COLLECTION]
    for name in ("memory", "hnsw", "optimizers", "strict_mode"):
        rows += [(f"{name}.{key}", value) for key, value in getattr(server, name)]
    return (row for row in rows if row[1] is not None)


def _found(info: models.CollectionInfo) -> dict[str, Any]:
    """What a collection has, by dotted key; a key is absent where there is nothing to have it."""
    config, params = info.config, info.config.params
    dense = list(params.vectors.values()) if isinstance(params.vectors, dict) else []
    found: dict[str, Any] = {key: getattr(params, key) for key in _COLLECTION}
    for name, part in (
        ("hnsw", config.hnsw_config),
        ("optimizers", config.optimizer_config),
        ("strict_mode", config.strict_mode_config or models.StrictModeConfigOutput()),
    ):
        found |= {f"{name}.{key}": value for key, value in part}
    found["strict_mode.unindexed_filtering"] = _one(
        [
            found["strict_mode.unindexed_filtering_retrieve"],
            found["strict_mode.unindexed_filtering_update"],
        ]
    )
    tiers = {
        "vectors": [row.memory for row in dense],
        "codes": [_of_codes(row) for row in dense if row.quantization_config is not None],
        "graph": [config.hnsw_config.memory],
        "sparse": [_memory(row.index) for row in (params.sparse_vectors or {}).values()],
        "payload": [_memory(params.payload)],
        "payload_indexes": [_memory(row.params) for row in info.payload_schema.values()],
        "ids": [_memory(params.id_tracker)],
    }
    return found | {f"memory.{key}": _one(rows) for key, rows in tiers.items() if rows}


def _memory(part: object) -> models.Memory | None:
    """The tier of a part that may not be set, or be of a kind that has none."""
    tier = getattr(part, "memory", None)
    return tier if isinstance(tier, models.Memory) else None


def _of_codes(params: models.VectorParams) -> models.Memory | None:
    match params.quantization_config:
        case models.ScalarQuantization(scalar=codes):
            return codes.memory
        case models.BinaryQuantization(binary=codes):
            return codes.memory
        case models.TurboQuantization(turbo=codes):
            return codes.memory
    return None


def _one(rows: list[Any]) -> Any:  # noqa: ANN401 - a tier or a truth, whatever all have
    """What all of them have; their different ones as text."""
    shown = list(dict.fromkeys(getattr(row, "value", row) for row in rows))
    return shown[0] if len(shown) == 1 else " and ".join(str(row or "nothing") for row in shown)
