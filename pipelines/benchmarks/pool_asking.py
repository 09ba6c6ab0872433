"""Asks an index of the mixed pool: whole, as its users do, and channel by channel for baselines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mmrag import MMRagIndex, MultiModalQuery
from mmrag.errors import InputError
from mmrag.modalities import Modality
from mmrag.schema import MODALITY, SOURCE
from mmrag.store.documents import scroll_all
from mmrag.store.kinds import CHUNKS
from mmrag.store.spec import All, Match, NoneOf, Prefetch, Query
from pipelines.benchmarks.world import Question

DEPTH = 10
"""Files of a ranking that count."""
SEARCHED = 30
"""Hits of a search: more than files, for a file may have several passages."""
PROPOSED = 100
"""Candidates that each channel proposes to a baseline: the usual depth before a fusion."""

SPARSE = ("bm25", "ngram")
WORDS = ("text", *SPARSE)
"""The channels that read words; the others are spaces of pictures and sounds."""
MEDIA = NoneOf((Match(MODALITY, Modality.TEXT.value),))

Ranking = list[str]


@dataclass(frozen=True)
class Proposal:
    """A file that a channel found, with the raw score of its best passage."""

    source: str
    modality: str
    raw: float


Proposals = Mapping[str, Sequence[Proposal]]
"""By channel, what it found, best first and each file once."""


def as_users_do(index: MMRagIndex, questions: Sequence[Question]) -> dict[str, Ranking]:
    """By question, the first ten files of a search; none where there is nothing to search by."""
    rankings: dict[str, Ranking] = {}
    for question in questions:
        try:
            found = index.search(
                question.words, image=question.picture, audio=question.sound, k=SEARCHED
            )
        except InputError:  # a picture without words, and no space that takes pictures
            rankings[question.id] = []
            continue
        rankings[question.id] = list(dict.fromkeys(place.source for place in found.places))[:DEPTH]
    return rankings


def by_channel(
    index: MMRagIndex, questions: Sequence[Question]
) -> tuple[dict[str, Proposals], dict[str, Proposals]]:
    """By question, the first hundred passages of every channel that can be asked with it.

    Twice: of this index, and as others lay out theirs, with passages in the text space only, so
    that the spaces of pictures and sounds do not propose any.
    """
    engine = index.vector_store.engine
    channels = index.channels()
    about = {
        point.id: (str(point.payload[SOURCE]), str(point.payload[MODALITY]))
        for point in scroll_all(engine, CHUNKS)
    }
    proposed: dict[str, Proposals] = {}
    apart: dict[str, Proposals] = {}
    for question in questions:
        query = MultiModalQuery(
            question.words,
            image_path=str(question.picture) if question.picture else None,
            audio_path=str(question.sound) if question.sound else None,
        )
        encoded = {channel.space: channel.encode(query) for channel in channels}
        vectors = {space: vector for space, vector in encoded.items() if vector is not None}
        for layout, others in ((proposed, CHUNKS), (apart, All((CHUNKS, MEDIA)))):
            lists = engine.query_batch(
                [
                    Query(
                        (Prefetch(vector, space, PROPOSED),),
                        PROPOSED,
                        where=CHUNKS if space in WORDS else others,
                        with_payload=False,
                    )
                    for space, vector in vectors.items()
                ]
            )
            layout[question.id] = {
                space: _each_once([Proposal(*about[hit.id], hit.score) for hit in hits])
                for space, hits in zip(vectors, lists, strict=True)
            }
    return proposed, apart


def _each_once(found: Sequence[Proposal]) -> list[Proposal]:
    best: dict[str, Proposal] = {}
    for proposal in found:
        best.setdefault(proposal.source, proposal)
    return list(best.values())
