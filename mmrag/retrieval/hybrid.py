"""The hybrid retriever: one query vector a channel, one batch to the store, fused on the client."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Literal

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle
from llama_index.core.vector_stores.types import MetadataFilters

from mmrag.modalities import Modality
from mmrag.retrieval.channels import Channel
from mmrag.retrieval.fusion import ChannelScore, Fused, distribution_based, reciprocal_rank
from mmrag.retrieval.query import MultiModalQuery
from mmrag.schema import MODALITY
from mmrag.store.filters import condition_of
from mmrag.store.qdrant import MMRagQdrantStore
from mmrag.store.spec import All, Condition, MatchAny, Prefetch, Query

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
        fusion: "dbsf" by the distribution of scores, "rrf" by weighted reciprocal ranks.
        rrf_k: constant of reciprocal rank fusion, ranks from 1.
        weights: by channel name, 1 where none is given.
        filters: LlamaIndex metadata filters that every hit must pass.
        modalities: only nodes of these; empty means all.
    """

    def __init__(
        self,
        store: MMRagQdrantStore,
        channels: Sequence[Channel],
        *,
        top_k: int = 10,
        candidates: int = 100,
        fusion: Literal["dbsf", "rrf"] = "dbsf",
        rrf_k: int = 60,
        weights: Mapping[str, float] | None = None,
        filters: MetadataFilters | None = None,
        modalities: Sequence[Modality] = (),
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
        super().__init__()

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        top_k, where = self._wanted(query_bundle)
        encoded = [(c.space, c.encode(query_bundle)) for c in self._channels]
        asked = {space: vector for space, vector in encoded if vector is not None}
        if not asked:
            return []
        depth = max(self._candidates, top_k)
        lists = self._store.engine.query_batch(
            [
                Query(
                    (Prefetch(vector, space, depth),),
                    depth,
                    where=where,
                    with_payload=False,
                )
                for space, vector in asked.items()
            ]
        )
        ranked = {
            space: [(hit.id, hit.score) for hit in hits]
            for space, hits in zip(asked, lists, strict=True)
        }
        return self._with_nodes(self._fused(ranked)[:top_k])

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return await asyncio.to_thread(self._retrieve, query_bundle)

    def _fused(self, ranked: Mapping[str, Sequence[tuple[str, float]]]) -> list[Fused]:
        if self._fusion == "rrf":
            return reciprocal_rank(ranked, k=self._rrf_k, weights=self._weights)
        return distribution_based(ranked, weights=self._weights)

    def _wanted(self, query: QueryBundle) -> tuple[int, Condition]:
        filters = [self._filters]
        modalities, top_k = self._modalities, self._top_k
        if isinstance(query, MultiModalQuery):
            filters.append(query.filters)
            modalities = query.modalities or modalities
            top_k = query.top_k or top_k
        conditions: list[Condition] = [condition_of(f) for f in filters if f is not None]
        if modalities:
            conditions.append(MatchAny(MODALITY, tuple(Modality(m).value for m in modalities)))
        return top_k, All((self._store.chunks_only, *conditions))

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


def channels_of(hit: NodeWithScore) -> dict[str, ChannelScore]:
    """What each channel said of a hit; empty for hits of other retrievers."""
    rows = hit.node.metadata.get(CHANNELS_KEY) or {}
    return {name: ChannelScore(**row) for name, row in rows.items()}
