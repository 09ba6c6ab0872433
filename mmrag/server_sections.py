"""The section `server:` of the settings: what a collection on a Qdrant server is made with.

Keys bear Qdrant's own names, so that its documentation holds for them. A key of None is left to
the server.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator, model_validator

from mmrag.sections import Section

Tier = Literal["cold", "cached", "pinned"]
IndexKind = Literal["keyword", "integer", "float", "bool"]

MOST_OVERSAMPLING = 100
"""Candidates by code for one hit that a search may ask for (`index.oversampling`)."""
MOST_POINTS_WRITTEN = 256
"""Points that are written at once (`store.engine.BATCH`)."""
MOST_POINTS_READ = 2_000
"""Points that are read at once, by `mmrag eval` (`evaluation.embeddings.quality.SAMPLE`)."""


class MemorySettings(Section):
    """Where each part of a collection lives, of Qdrant 1.19 and later; an older one ignores it.

    "cold" is read from disk when asked for, "cached" is read into the page cache at start and may
    be evicted, "pinned" stays in memory. Dense vectors and payload cannot be pinned. `codes` are
    those of `index.quantization`, `graph` the links of HNSW, `sparse` the postings of words, and
    `ids` the table from ids to places.
    """

    vectors: Literal["cold", "cached"] | None = None
    codes: Tier | None = None
    graph: Tier | None = None
    sparse: Tier | None = None
    payload: Literal["cold", "cached"] | None = None
    payload_indexes: Tier | None = None
    ids: Tier | None = None


class HnswSettings(Section):
    """The graph of each dense space, and how widely it is searched.

    A point has up to 2 `m` links, found among `ef_construct` neighbours; `payload_m` more join
    points of one tenant or modality, and with `m: 0` these alone are made, for collections that
    are only ever searched by tenant. Below `full_scan_threshold` kB of vectors a filter's matches
    are scanned. `ef` candidates are kept while the graph is searched; it belongs to the question,
    not to the collection.
    """

    m: int | None = Field(default=None, ge=0, le=512)
    ef_construct: int | None = Field(default=None, ge=4, le=4096)
    payload_m: int | None = Field(default=None, ge=0, le=512)
    full_scan_threshold: int | None = Field(default=None, ge=10)
    ef: int | None = Field(default=None, ge=1, le=65_536)


class OptimizerSettings(Section):
    """When the server makes graphs and how large its segments become; sizes in kB of vectors.

    With `indexing_threshold: 0` no graphs are made, which makes a first load quicker; set it back
    afterwards.
    """

    indexing_threshold: int | None = Field(default=None, ge=0)
    default_segment_number: int | None = Field(default=None, ge=0)
    max_segment_size: int | None = Field(default=None, ge=1)


class StrictModeSettings(Section):
    """Limits that the server keeps for everybody who asks it, mmrag too.

    They cannot be set below what mmrag itself asks for. `unindexed_filtering: true` lets filters
    name keys without an index, which Qdrant Cloud forbids for new collections and mmrag needs.
    """

    enabled: bool | None = None
    unindexed_filtering: bool | None = None
    max_query_limit: int | None = Field(default=None, ge=MOST_POINTS_READ)
    max_timeout: int | None = Field(default=None, ge=1)
    search_max_hnsw_ef: int | None = Field(default=None, ge=1)
    search_max_oversampling: float | None = Field(default=None, ge=MOST_OVERSAMPLING)
    upsert_max_batchsize: int | None = Field(default=None, ge=MOST_POINTS_WRITTEN)
    max_points_count: int | None = Field(default=None, ge=1)
    max_collection_vector_size_bytes: int | None = Field(default=None, ge=1)
    max_collection_payload_size_bytes: int | None = Field(default=None, ge=1)
    read_rate_limit: int | None = Field(default=None, ge=1)
    write_rate_limit: int | None = Field(default=None, ge=1)

    @field_validator("unindexed_filtering")
    @classmethod
    def _allowed(cls, given: bool | None) -> bool | None:
        if given is False:
            raise ValueError(
                "mmrag itself filters by keys without an index (sha256, via); write true, or "
                "leave it out"
            )
        return given


class ServerSettings(Section):
    """A collection on a Qdrant server (`index.qdrant_url`); an index in a directory has no use
    for it.

    What is set holds for a collection that mmrag makes; `mmrag server apply` gives it to one that
    is there, all but `shard_number`. `read_consistency` is how many replicas must agree on what is
    read: a number, "majority", "quorum" or "all". `indexes` are further payload keys that filters
    name (`--where`), and of what kind their values are.
    """

    prefer_grpc: bool = False
    grpc_port: int = Field(default=6334, ge=1, le=65_535)
    timeout_s: int = Field(default=30, ge=1)
    read_consistency: int | Literal["majority", "quorum", "all"] | None = None
    shard_number: int | None = Field(default=None, ge=1)
    replication_factor: int | None = Field(default=None, ge=1)
    write_consistency_factor: int | None = Field(default=None, ge=1)
    memory: MemorySettings = MemorySettings()
    hnsw: HnswSettings = HnswSettings()
    optimizers: OptimizerSettings = OptimizerSettings()
    strict_mode: StrictModeSettings = StrictModeSettings()
    indexes: dict[str, IndexKind] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _within_its_limits(self) -> ServerSettings:
        asked, most = self.hnsw.ef, self.strict_mode.search_max_hnsw_ef
        if asked is not None and most is not None and asked > most:
            raise ValueError(
                f"hnsw.ef is {asked} and strict_mode.search_max_hnsw_ef {most}: the server would "
                "refuse every search; raise the limit or lower ef"
            )
        return self

    @field_validator("read_consistency", mode="before")
    @classmethod
    def _agreed(cls, given: object) -> object:
        words = ("majority", "quorum", "all")
        number = isinstance(given, int) and not isinstance(given, bool) and given >= 1
        if isinstance(given, str) and given.isdigit():  # as the environment has it
            return cls._agreed(int(given))
        if given is None or number or given in words:
            return given
        raise ValueError(f"there are {', '.join(words)}, or a number from 1")
