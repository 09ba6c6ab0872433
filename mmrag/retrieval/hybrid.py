"""The hybrid retriever: one query vector a channel, one batch to the store, fused on the client."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle
from llama_index.core.vector_stores.types import MetadataFilters

from mmrag.modalities import Modality
from mmrag.retrieval.background import Backgrounds
from mmrag.retrieval.calibration import (
    background_of,
    dense_evidence,
    words_evidence,
)
from mmrag.retrieval.channels import Channel
from mmrag.retrieval.fusion import (
    ChannelScore,
    Fused,
    by_evidence,
    distribution_based,
    reciprocal_rank,
)
from mmrag.retrieval.query import MultiModalQuery
from mmrag.schema import MODALITY
from mmrag.store.filters import condition_of
from mmrag.store.qdrant import MMRagQdrantStore
from mmrag.store.spec import (
    All,
    Condition,
    FloatArray,
    Match,
    MatchAny,
    Prefetch,
    Query,
    SparseVector,
    Vector,
)

Fusion = Literal["calibrated", "dbsf", "rrf"]

CHANNELS_KEY = "channels"
"""Metadata key under which each hit says what every channel thought of it."""


class HybridRetriever(BaseRetriever):
    """Finds nodes through several named vectors of one collection.

    Each hit's `metadata["channels"]` holds, by channel, its rank, raw score and calibrated score.

    Args:
        store: an mmrag store.
        channels: what is asked; a channel the question has no words (or picture, or sound) for is
            left out.
        top_k: how many nodes are returned.
        candidates: how many each channel proposes before fusion.
        fusion: "calibrated" by what each score is worth against its background, "dbsf" by the
            distribution of scores, "rrf" by weighted reciprocal ranks.
        rrf_k: constant of reciprocal rank fusion, ranks from 1.
        weights: by channel name, 1 where none is given.
        filters: LlamaIndex metadata filters that every hit must pass.
        modalities: only nodes of these; empty means all.
        backgrounds: samples of the collection, to be shared by retrievers; taken when None.
    """

    def __init__(
        self,
        store: MMRagQdrantStore,
        channels: Sequence[Channel],
        *,
        top_k: int = 10,
        candidates: int = 100,
        fusion: Fusion = "dbsf",
        rrf_k: int = 60,
        weights: Mapping[str, float] | None = None,
        filters: MetadataFilters | None = None,
        modalities: Sequence[Modality] = (),
        backgrounds: Backgrounds | None = None,
    ) -> None:
        self._store = store
        self._channels = tuple(channels)
        self._top_k = top_k
        self._candidates = candidates
        self._fusion = fusion
        self._rrf_k = rrf_k
        self._weights = dict(weights or {})
        self._filters = filters
        self._modalities = tuple(modalities)
        self._backgrounds = backgrounds or Backgrounds(store.engine)
        super().__init__()

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        top_k, modalities, where = self._wanted(query_bundle)
        encoded = [(c.space, c.encode(query_bundle)) for c in self._channels]
        lists = self._lists(
            {space: vector for space, vector in encoded if vector is not None},
            modalities,
            where,
            max(self._candidates, top_k),
        )
        return self._with_nodes(self._fused(lists)[:top_k])

    def _lists(
        self,
        asked: Mapping[str, Vector],
        modalities: Sequence[Modality],
        where: Condition,
        depth: int,
    ) -> list[_List]:
        """What each channel proposes, all in one batch.

        A shared space is asked once a modality, for one scale does not fit them all: its sounds
        would never surface beside its pictures, or the other way round.
        """
        asks = [
            (space, vector, group)
            for space, vector in asked.items()
            for group in self._groups(space, vector, modalities)
        ]
        if not asks:
            return []
        found = self._store.engine.query_batch(
            [
                Query(
                    (Prefetch(vector, space, depth),),
                    depth,
                    where=where if group is None else All((where, _of(group))),
                    with_payload=False,
                )
                for space, vector, group in asks
            ]
        )
        return [
            _List(space, group, vector, [(hit.id, hit.score) for hit in hits])
            for (space, vector, group), hits in zip(asks, found, strict=True)
        ]

    def _groups(
        self, space: str, vector: Vector, modalities: Sequence[Modality]
    ) -> Sequence[Modality | None]:
        words = space == self._store.primary or isinstance(vector, SparseVector)
        if words or self._fusion != "calibrated":
            return [None]
        held = self._backgrounds.modalities(space)
        return [modality for modality in held if not modalities or modality in modalities]

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return await asyncio.to_thread(self._retrieve, query_bundle)

    def _fused(self, lists: Sequence[_List]) -> list[Fused]:
        if self._fusion == "calibrated":
            return by_evidence(_joined(lists, self._evidence), weights=self._weights)
        ranked = {found.space: found.rows for found in lists}
        if self._fusion == "rrf":
            return reciprocal_rank(ranked, k=self._rrf_k, weights=self._weights)
        return distribution_based(ranked, weights=self._weights)

    def _evidence(self, found: _List) -> FloatArray:
        scores = np.array([score for _, score in found.rows], dtype=np.float32)
        if isinstance(found.vector, SparseVector):
            return words_evidence(scores, self._backgrounds.full_score(found.space, found.vector))
        background = self._backgrounds.dense(found.space, found.group, found.vector)
        if background is None:  # a handful of items: what was found is all that there is
            background = background_of(scores, len(scores))
        return dense_evidence(scores, background)

    def _wanted(self, query: QueryBundle) -> tuple[int, Sequence[Modality], Condition]:
        filters = [self._filters]
        modalities, top_k = self._modalities, self._top_k
        if isinstance(query, MultiModalQuery):
            filters.append(query.filters)
            modalities = query.modalities or modalities
            top_k = query.top_k or top_k
        conditions: list[Condition] = [condition_of(f) for f in filters if f is not None]
        if modalities:
            conditions.append(MatchAny(MODALITY, tuple(Modality(m).value for m in modalities)))
        return top_k, modalities, All((self._store.chunks_only, *conditions))

    def _with_nodes(self, fused: Sequence[Fused]) -> list[NodeWithScore]:
        nodes = self._store.nodes_by_point([f.id for f in fused])
        hits = []
        for candidate in fused:
            node = nodes.get(candidate.id)
            if node is None:  # deleted between the query and now
                continue
            node.metadata[CHANNELS_KEY] = {
                name: asdict(score) for name, score in candidate.channels.items()
            }
            for keys in (node.excluded_embed_metadata_keys, node.excluded_llm_metadata_keys):
                keys.append(CHANNELS_KEY)
            hits.append(NodeWithScore(node=node, score=candidate.score))
        return hits


@dataclass(frozen=True)
class _List:
    """What a space proposes for one query vector, of one modality or of all, best first."""

    space: str
    group: Modality | None
    vector: Vector
    rows: list[tuple[str, float]]


def _joined(
    lists: Sequence[_List], evidence_of: Callable[[_List], FloatArray]
) -> dict[str, list[tuple[str, float, float]]]:
    """One ranking a channel: the lists of its modalities, merged by what their scores are worth."""
    joined: dict[str, list[tuple[str, float, float]]] = {}
    for found in filter(lambda found: found.rows, lists):
        rows = joined.setdefault(found.space, [])
        worth = evidence_of(found).tolist()
        rows += [(*row, value) for row, value in zip(found.rows, worth, strict=True)]
    for rows in joined.values():
        rows.sort(key=lambda row: (-row[2], -row[1], row[0]))
    return joined


def _of(modality: Modality) -> Condition:
    return Match(MODALITY, modality.value)


def channels_of(hit: NodeWithScore) -> dict[str, ChannelScore]:
    """What each channel said of a hit; empty for hits of other retrievers."""
    rows = hit.node.metadata.get(CHANNELS_KEY) or {}
    return {name: ChannelScore(**row) for name, row in rows.items()}
