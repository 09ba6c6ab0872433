"""The hybrid retriever: one query vector a channel, one batch to the store, fused on the client."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle
from llama_index.core.vector_stores.types import MetadataFilters

from mmrag.modalities import Modality
from mmrag.retrieval.background import Backgrounds
from mmrag.retrieval.channels import Channel
from mmrag.retrieval.fusion import ChannelScore, Fused
from mmrag.retrieval.query import MultiModalQuery
from mmrag.retrieval.ranking import Asked, Fusion, Ranker
from mmrag.retrieval.scales import Scales
from mmrag.schema import MODALITY
from mmrag.store.filters import condition_of
from mmrag.store.qdrant import MMRagQdrantStore
from mmrag.store.spec import All, Condition, MatchAny

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
            distribution of scores, "rrf" by weighted reciprocal ranks, "weighted_sum" by scores
            from the lowest to the highest of each channel.
        rrf_k: constant of reciprocal rank fusion, ranks from 1.
        weights: by channel name, 1 where none is given.
        filters: LlamaIndex metadata filters that every hit must pass.
        modalities: only nodes of these; empty means all.
        backgrounds: samples of the collection, to be shared by retrievers; taken when None.
        scales: what a match scores in each space; measured on first use when None.
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
        scales: Scales | None = None,
    ) -> None:
        self._store = store
        self._channels = tuple(channels)
        self._top_k = top_k
        self._candidates = candidates
        self._filters = filters
        self._modalities = tuple(modalities)
        self._ranker = Ranker(
            store,
            channels,
            fusion=fusion,
            rrf_k=rrf_k,
            weights=dict(weights or {}),
            backgrounds=backgrounds,
            scales=scales,
        )
        super().__init__()

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return self.retrieve_batch([query_bundle])[0]

    def retrieve_batch(self, queries: Sequence[QueryBundle]) -> list[list[NodeWithScore]]:
        """Hits of several questions, in their order; one round trip to the store for all."""
        ranked = self._ranker.rank([self._wanted(query) for query in queries])
        return [self._with_nodes(fused) for fused in ranked]

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return await asyncio.to_thread(self._retrieve, query_bundle)

    def _wanted(self, query: QueryBundle) -> Asked:
        """What the store is to be asked."""
        filters = [self._filters]
        modalities, top_k = self._modalities, self._top_k
        if isinstance(query, MultiModalQuery):
            filters.append(query.filters)
            modalities = query.modalities or modalities
            top_k = query.top_k or top_k
        conditions: list[Condition] = [condition_of(f) for f in filters if f is not None]
        if modalities:
            conditions.append(MatchAny(MODALITY, tuple(Modality(m).value for m in modalities)))
        encoded = [(channel.space, channel.encode(query)) for channel in self._channels]
        return Asked(
            vectors={space: vector for space, vector in encoded if vector is not None},
            parts=parts_of(query),
            modalities=modalities,
            where=All((self._store.chunks_only, *conditions)),
            depth=max(self._candidates, top_k),
            limit=top_k,
        )

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


def parts_of(query: QueryBundle) -> list[Modality]:
    """The modalities that a question is asked in."""
    audio = query.audio_path if isinstance(query, MultiModalQuery) else None
    given = {
        Modality.TEXT: query.query_str.strip() or query.embedding,
        Modality.IMAGE: query.image_path,
        Modality.AUDIO: audio,
    }
    return [modality for modality, part in given.items() if part]


def channels_of(hit: NodeWithScore) -> dict[str, ChannelScore]:
    """What each channel said of a hit; empty for hits of other retrievers."""
    rows = hit.node.metadata.get(CHANNELS_KEY) or {}
    return {name: ChannelScore(**row) for name, row in rows.items()}
