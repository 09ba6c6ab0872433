"""Ranking: query vectors to fused candidates, one batch to the store for all questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from mmrag.modalities import Modality
from mmrag.retrieval.background import Backgrounds
from mmrag.retrieval.calibration import clarity, standings
from mmrag.retrieval.channels import Channel
from mmrag.retrieval.fusion import (
    Calibrated,
    Fused,
    calibrated,
    distribution_based,
    reciprocal_rank,
)
from mmrag.retrieval.scales import Scales, measure
from mmrag.schema import MODALITY
from mmrag.store.qdrant import MMRagQdrantStore
from mmrag.store.spec import All, Condition, Match, Prefetch, Query, SparseVector, Vector

Fusion = Literal["calibrated", "dbsf", "rrf"]

WORDS = "words"
"""The family of channels that read the words of a passage: the primary space and BM25."""


@dataclass(frozen=True)
class Asked:
    """A question as the store sees it.

    Attributes:
        vectors: by space, the query vector; only of spaces that the question can be asked in.
        parts: the modalities that it is asked in.
        modalities: what is wanted; empty means all.
        where: what every candidate must meet.
        depth: candidates of each channel.
    """

    vectors: Mapping[str, Vector]
    parts: Sequence[Modality]
    modalities: Sequence[Modality]
    where: Condition
    depth: int


@dataclass(frozen=True)
class _List:
    """What a space proposes for one query vector, of one modality or of all, best first."""

    space: str
    group: Modality | None
    vector: Vector
    rows: list[tuple[str, float]]


class Ranker:
    """Asks every channel and fuses what they propose.

    Args:
        channels: asked with the index's own items when scales have to be measured.
        fusion, rrf_k, weights, backgrounds, scales: as of `HybridRetriever`.
    """

    def __init__(
        self,
        store: MMRagQdrantStore,
        channels: Sequence[Channel],
        *,
        fusion: Fusion,
        rrf_k: int,
        weights: Mapping[str, float],
        backgrounds: Backgrounds | None,
        scales: Scales | None,
    ) -> None:
        self._store = store
        self._channels = tuple(channels)
        self._fusion = fusion
        self._rrf_k = rrf_k
        self._weights = weights
        self._backgrounds = backgrounds or Backgrounds(store.engine)
        self._scales = scales

    def rank(self, questions: Sequence[Asked]) -> list[list[Fused]]:
        """Fused candidates of each question, best first; one round trip for all of them."""
        asks = [
            (row, space, vector, group)
            for row, asked in enumerate(questions)
            for space, vector in asked.vectors.items()
            for group in self._groups(space, vector, asked.modalities)
        ]
        lists: list[list[_List]] = [[] for _ in questions]
        if asks:
            found = self._store.engine.query_batch(
                [
                    self._query(questions[row], space, vector, group)
                    for row, space, vector, group in asks
                ]
            )
            for (row, space, vector, group), hits in zip(asks, found, strict=True):
                rows = [(hit.id, hit.score) for hit in hits]
                lists[row].append(_List(space, group, vector, rows))
        return [self._fused(own, asked.parts) for own, asked in zip(lists, questions, strict=True)]

    def _query(self, asked: Asked, space: str, vector: Vector, group: Modality | None) -> Query:
        where = asked.where if group is None else All((asked.where, _of(group)))
        prefetch = Prefetch(vector, space, asked.depth)
        return Query((prefetch,), asked.depth, where=where, with_payload=False)

    def _groups(
        self, space: str, vector: Vector, modalities: Sequence[Modality]
    ) -> Sequence[Modality | None]:
        """A shared space is asked once a modality, for one scale does not fit them all: its sounds
        would never surface beside its pictures, or the other way round.
        """
        words = space == self._store.primary or isinstance(vector, SparseVector)
        if words or self._fusion != "calibrated":
            return [None]
        held = self._backgrounds.modalities(space)
        return [modality for modality in held if not modalities or modality in modalities]

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


def _of(modality: Modality) -> Condition:
    return Match(MODALITY, modality.value)
