"""The hybrid retriever: one query vector a channel, one batch to the store, fused on the client."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle
from llama_index.core.vector_stores.types import MetadataFilters

from mmrag.modalities import Modality
from mmrag.retrieval.background import Backgrounds
from mmrag.retrieval.calibration import clarity, standings
from mmrag.retrieval.channels import Channel
from mmrag.retrieval.fusion import (
    Calibrated,
    ChannelScore,
    Fused,
    calibrated,
    distribution_based,
    reciprocal_rank,
)
from mmrag.retrieval.query import MultiModalQuery
from mmrag.retrieval.scales import Scales, measure
from mmrag.schema import MODALITY
from mmrag.store.filters import condition_of
from mmrag.store.qdrant import MMRagQdrantStore
from mmrag.store.spec import (
    All,
    Condition,
    Match,
    MatchAny,
    Prefetch,
    Query,
    SparseVector,
    Vector,
)

Fusion = Literal["calibrated", "dbsf", "rrf"]

WORDS = "words"
"""The family of channels that read the words of a passage: the primary space and BM25."""

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
        self._fusion = fusion
        self._rrf_k = rrf_k
        self._weights = dict(weights or {})
        self._filters = filters
        self._modalities = tuple(modalities)
        self._backgrounds = backgrounds or Backgrounds(store.engine)
        self._scales = scales
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
        return self._with_nodes(self._fused(lists, parts_of(query_bundle))[:top_k])

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

    def _fused(self, lists: Sequence[_List], asked: Sequence[Modality]) -> list[Fused]:
        if self._fusion == "calibrated":
            return calibrated(self._calibrated(lists, asked), weights=self._weights)
        ranked = {found.space: found.rows for found in lists}
        if self._fusion == "rrf":
            return reciprocal_rank(ranked, k=self._rrf_k, weights=self._weights)
        return distribution_based(ranked, weights=self._weights)

    def _calibrated(
        self, lists: Sequence[_List], asked: Sequence[Modality]
    ) -> dict[str, Calibrated]:
        """One ranking a channel: the lists of its modalities, merged by what they are worth."""
        merged: dict[str, list[tuple[str, float, float]]] = {}
        clear: dict[str, float] = {}
        for found in filter(lambda found: found.rows, lists):
            scores = np.array([score for _, score in found.rows], dtype=np.float32)
            background, match = self._ends(found, asked, float(scores.max()))
            worth = standings(scores, background, match).tolist()
            merged.setdefault(found.space, []).extend(
                (*row, value) for row, value in zip(found.rows, worth, strict=True)
            )
            clear[found.space] = clarity(scores, background, match)
        for rows in merged.values():
            rows.sort(key=lambda row: (-row[2], -row[1], row[0]))
        sparse = {found.space for found in lists if isinstance(found.vector, SparseVector)}
        words = sparse | {self._store.primary}
        return {
            space: Calibrated(rows, WORDS if space in words else space, clear[space])
            for space, rows in merged.items()
        }

    def _ends(self, found: _List, asked: Sequence[Modality], best: float) -> tuple[float, float]:
        """Background and match of a list's scores."""
        if isinstance(found.vector, SparseVector):
            return 0.0, self._backgrounds.full_score(found.space, found.vector)
        if self._scales is None:
            self._scales = measure(self._store, self._channels)
        background = self._backgrounds.mean(found.space, found.group, found.vector)
        match = self._scales.match(found.space, asked, found.group)
        # too few items to tell what a match scores: the best there is has to do
        return background, max(best if match is None else match, background + 1e-3)

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


def parts_of(query: QueryBundle) -> list[Modality]:
    """The modalities that a question is asked in."""
    audio = query.audio_path if isinstance(query, MultiModalQuery) else None
    given = {
        Modality.TEXT: query.query_str.strip() or query.embedding,
        Modality.IMAGE: query.image_path,
        Modality.AUDIO: audio,
    }
    return [modality for modality, part in given.items() if part]


def _of(modality: Modality) -> Condition:
    return Match(MODALITY, modality.value)


def channels_of(hit: NodeWithScore) -> dict[str, ChannelScore]:
    """What each channel said of a hit; empty for hits of other retrievers."""
    rows = hit.node.metadata.get(CHANNELS_KEY) or {}
    return {name: ChannelScore(**row) for name, row in rows.items()}
