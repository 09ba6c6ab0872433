"""Ranking: query vectors to fused candidates, one batch to the store for all questions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
    Weights,
    calibrated,
    distribution_based,
    reciprocal_rank,
    weighted_sum,
)
from mmrag.retrieval.scales import Scales, measure
from mmrag.retrieval.searched import Searched
from mmrag.schema import MODALITY
from mmrag.store.spec import (
    All,
    Condition,
    FloatArray,
    Match,
    Prefetch,
    Query,
    Ranked,
    SparseVector,
    Vector,
)
from mmrag.timing import is_recording, timed

Fusion = Literal["calibrated", "dbsf", "rrf", "weighted_sum"]

WORDS = "words"
"""The family of channels that read the words of a passage: the primary space, BM25, and shared
spaces that are asked in words."""

ANSWERED = 0.53
"""Share of a question's words (by weight) that its answer has: the median of the second invented
archive, and of the samples' dev questions too."""


@dataclass(frozen=True)
class Asked:
    """A question as the store sees it.

    Attributes:
        vectors: by space, the query vector; only of spaces that the question can be asked in.
        parts: the modalities that it is asked in.
        modalities: what is wanted; empty means all.
        where: what every candidate must meet.
        depth: candidates of each channel.
        limit: how many fused candidates are returned; None returns all.
    """

    vectors: Mapping[str, Vector]
    parts: Sequence[Modality]
    modalities: Sequence[Modality]
    where: Condition
    depth: int
    limit: int | None = None


@dataclass(frozen=True)
class Proposals:
    """What the channels propose for a question: found once, fused by any weights.

    Attributes:
        spaces: those that propose something.
        fuse: by weights, the candidates, best first.
    """

    spaces: frozenset[str]
    fuse: Callable[[Weights], list[Fused]]


@dataclass(frozen=True)
class _List:
    """What a space proposes for one query vector, of one modality or of all, best first."""

    space: str
    group: Modality | None
    vector: Vector
    found: Ranked


class Ranker:
    """Asks every channel and fuses what they propose.

    Args:
        channels: asked with the index's own items when scales have to be measured.
        fusion, rrf_k, weights, backgrounds, scales: as of `HybridRetriever`.
    """

    def __init__(
        self,
        store: Searched,
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
        found = self.propose(questions)
        with timed("fuse"):
            return [proposals.fuse(self._weights) for proposals in found]

    def propose(self, questions: Sequence[Asked]) -> list[Proposals]:
        """What is to be fused of each question; one round trip for all of them."""
        asks = [
            (row, space, vector, group)
            for row, asked in enumerate(questions)
            for space, vector in asked.vectors.items()
            for group in self._groups(space, vector, asked.modalities)
        ]
        lists: list[list[_List]] = [[] for _ in questions]
        if asks:
            queries = [
                self._query(questions[row], space, vector, group)
                for row, space, vector, group in asks
            ]
            found = self._found(queries, [space for _, space, _, _ in asks])
            for (row, space, vector, group), ranked in zip(asks, found, strict=True):
                lists[row].append(_List(space, group, vector, ranked))
        return [
            Proposals(
                frozenset(one.space for one in own if len(one.found)), self._fusing(own, asked)
            )
            for own, asked in zip(lists, questions, strict=True)
        ]

    def _found(self, queries: Sequence[Query], spaces: Sequence[str]) -> Sequence[Ranked]:
        """One list a query; asked one by one where it is to be told what each space takes."""
        engine = self._store.engine
        if not is_recording():
            return engine.rank_batch(queries)
        found: list[Ranked] = []
        for space, query in zip(spaces, queries, strict=True):
            with timed(f"search {space}"):
                found += engine.rank_batch([query])
        return found

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

    def _fusing(self, lists: Sequence[_List], asked: Asked) -> Callable[[Weights], list[Fused]]:
        limit = asked.limit
        if self._fusion == "calibrated":
            worth = self._calibrated(lists, asked.parts)
            return lambda weights: calibrated(worth, weights=weights, limit=limit)
        ranked = {own.space: own.found for own in lists}
        if self._fusion == "rrf":
            k = self._rrf_k
            return lambda weights: reciprocal_rank(ranked, k=k, weights=weights, limit=limit)
        by_score = distribution_based if self._fusion == "dbsf" else weighted_sum
        return lambda weights: by_score(ranked, weights=weights, limit=limit)

    def _calibrated(
        self, lists: Sequence[_List], asked: Sequence[Modality]
    ) -> dict[str, Calibrated]:
        """One ranking a family and space: its modalities' lists, merged by what they are worth."""
        merged: dict[tuple[str, str], list[tuple[Ranked, FloatArray]]] = {}
        clear: dict[tuple[str, str], float] = {}
        for own in filter(lambda own: len(own.found), lists):
            scores = own.found.scores.astype(np.float32)
            background, match = self._ends(own, asked, float(scores.max()))
            key = (self._family(own, asked), own.space)
            worth = standings(scores, background, match, eased=key[0] == WORDS)
            merged.setdefault(key, []).append((own.found, worth))
            clear[key] = clarity(scores, background, match)
        out: dict[str, Calibrated] = {}
        for (family, space), parts in merged.items():
            trust, clear_by = self._trust(space, asked), clear[family, space]
            if family == WORDS:  # a reader among better ones: a smaller share, the same family
                clear_by, trust = clear_by * trust**2, 1.0
            found, worth = _merged(parts)
            out[f"{space} {family}"] = Calibrated(found, worth, family, clear_by, trust, space)
        return out

    def _trust(self, space: str, asked: Sequence[Modality]) -> float:
        """How far a space is to be believed, the mean over the parts of a question."""
        if self._scales is None or space == self._store.primary:
            return 1.0
        words = self._scales.trust(space, self._store.primary)
        return float(np.mean([words if part is Modality.TEXT else 1.0 for part in asked]))

    def _family(self, own: _List, asked: Sequence[Modality]) -> str:
        """A shared space that is asked in words is one more reader of the passages; of its pictures
        and sounds it is the only witness.
        """
        if isinstance(own.vector, SparseVector) or own.space == self._store.primary:
            return WORDS
        return WORDS if own.group is Modality.TEXT and Modality.TEXT in asked else own.space

    def _ends(self, found: _List, asked: Sequence[Modality], best: float) -> tuple[float, float]:
        """Background and match of a list's scores."""
        if isinstance(found.vector, SparseVector):
            return 0.0, ANSWERED * self._backgrounds.full_score(found.space, found.vector)
        if self._scales is None:
            self._scales = measure(self._store, self._channels)
        background = self._backgrounds.mean(found.space, found.group, found.vector)
        match = self._scales.match(found.space, asked, found.group)
        if match is None:  # too few items to tell: the best there is may be a match, or not
            match = background + 2 * (best - background)
        return background, max(match, background + 1e-3)


def _merged(parts: Sequence[tuple[Ranked, FloatArray]]) -> tuple[Ranked, FloatArray]:
    """Several lists as one, by falling standing, then raw score, ties by id."""
    if len(parts) == 1:  # a list in the order of its scores is in that of their standings
        return parts[0]
    ids = [found for ranked, _ in parts for found in ranked.ids]
    scores = np.concatenate([ranked.scores for ranked, _ in parts])
    worth = np.concatenate([standing for _, standing in parts])
    order = np.lexsort((np.array(ids), -scores, -worth))
    return Ranked([ids[place] for place in order], scores[order]), worth[order]


def _of(modality: Modality) -> Condition:
    return Match(MODALITY, modality.value)
