"""What a match scores in each space, measured on an index without labels.

Items of the index are asked with as if they were questions: pictures and recordings by their own
vectors, passages by a short piece of theirs, as in the inverse cloze task (Lee et al. 2019), for
want of real questions. What a match scores is bounded from above in two ways, and the smaller bound
is taken for it:

- Each finds its nearest neighbour besides itself. Most items of an archive have no match, so the
  middle of the neighbours' scores would be too low; their upper envelope (`ENVELOPE`) is what a
  match of that kind scores here.
- A piece finds the very passage that it was taken from. A question is not made of its answer's own
  words but is a paraphrase of some of them; its score is like that of the middle piece, for pieces
  may be torn from what makes sense of them. On the second invented archive pieces score 0.41 in
  the middle and questions with their answers 0.44; on the samples 0.51 and 0.55.

How often a piece finds its own passage first says how far the space tells passages apart at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from llama_index.core.schema import QueryBundle

from mmrag.loaders.sentences import sentences
from mmrag.modalities import Modality
from mmrag.retrieval.channels import Channel, encode_all
from mmrag.retrieval.searched import Searched
from mmrag.schema import MODALITY, SURROGATE, text_of
from mmrag.store.kinds import CHUNKS
from mmrag.store.nodes import point_id
from mmrag.store.spec import (
    All,
    DenseSpace,
    FloatArray,
    HasVector,
    Match,
    Prefetch,
    Query,
    Searchable,
)

ENVELOPE = 0.98
ASKED = 96
"""Items that are asked with, of each kind."""
FEWEST = 8
"""Neighbours, or items, below which there is no saying what a match scores."""
PARAPHRASE = 0.5
"""Share of the pieces that score less with their own passage than a question with its answer."""
PIECE = 12
"""Words of a passage that are asked with, at the most: as many as questions have."""
_FEW_WORDS = 4
_TIE = 1e-6
GROWTH = 0.2
"""Scales are stale once this share of the items has come or gone."""


@dataclass(frozen=True)
class Scale:
    """What a match scores in one space.

    Attributes:
        space: the dense space.
        asked: modality of the questions.
        found: modality of what they find; None for all.
        match: score of a match.
        middle: median score of nearest neighbours.
        questions: how many were asked.
        items: how many there were to be found.
        itself: share of the pieces of passages that find their own passage first; None where
            questions are no pieces, or passages are not what is found.
    """

    space: str
    asked: Modality
    found: Modality | None
    match: float
    middle: float
    questions: int
    items: int
    itself: float | None = None


class Scales:
    """The scales of one index.

    Args:
        rows: one for each space, modality of questions, and modality found.
        counts: by dense space, how many items it held when they were measured.
    """

    def __init__(self, rows: Sequence[Scale] = (), counts: Mapping[str, int] | None = None) -> None:
        self.rows = tuple(rows)
        self.counts = dict(counts or {})
        self._by_key = {(row.space, row.asked, row.found): row for row in rows}

    def match(self, space: str, asked: Sequence[Modality], found: Modality | None) -> float | None:
        """What a match scores; the mean over the parts of a question; None where it is unknown."""
        rows = [self._by_key.get((space, part, found)) for part in asked]
        known = [row.match for row in rows if row is not None]
        return float(np.mean(known)) if known else None

    def trust(self, space: str, primary: str) -> float:
        """How far what a space makes of words is to be believed in this archive, 0..1.

        A model that does not find a passage by a piece of it has not understood its words, and
        what it takes for pictures of them is as doubtful. It is compared with the primary space,
        for tables and lists lower both; squared, for the two sides of a pair are in doubt. 1 where
        nothing was measured.
        """
        row = self._by_key.get((space, Modality.TEXT, Modality.TEXT))
        usual = self._by_key.get((primary, Modality.TEXT, None))
        if row is None or row.itself is None or usual is None or not usual.itself:
            return 1.0
        return min(1.0, row.itself / usual.itself) ** 2

    def stale(self, engine: Searchable) -> bool:
        """Whether a space has grown or shrunk much since, or is new."""
        now = _counts(engine)
        return any(
            space not in self.counts
            or abs(count - self.counts[space]) > GROWTH * self.counts[space]
            for space, count in now.items()
        )

    def as_dict(self) -> dict[str, Any]:
        """The form in which the manifest keeps them."""
        return {"scales": [asdict(row) for row in self.rows], "counts": self.counts}

    @classmethod
    def kept(cls, content: Mapping[str, Any]) -> Scales | None:
        """As `of`; None where nothing was measured."""
        scales = cls.of(content)
        return scales if scales.counts else None

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> Scales:
        """Read back what `as_dict` made; none where there is nothing."""
        return cls(
            [
                Scale(
                    **{
                        **row,
                        "asked": Modality(row["asked"]),
                        "found": None if row["found"] is None else Modality(row["found"]),
                    }
                )
                for row in content.get("scales", ())
            ],
            content.get("counts"),
        )


def measure(store: Searched, channels: Sequence[Channel]) -> Scales:
    """Ask the index with its own items. Costs `ASKED` short forward passes a model."""
    engine = store.engine
    passages = _passages(store)
    rows: list[Scale] = []
    for channel in channels:
        if not isinstance(engine.spaces.get(channel.space), DenseSpace):
            continue
        space = channel.space
        questions: dict[Modality, list[tuple[str, FloatArray]]] = {}
        encoded = encode_all(channel, [QueryBundle(words) for _, words in passages])
        pieces = [
            (point, np.asarray(vector, np.float32))
            for (point, _), vector in zip(passages, encoded, strict=True)
            if vector is not None
        ]
        if pieces:
            questions[Modality.TEXT] = pieces
        held: list[Modality | None] = [None]
        if space != store.primary:
            held = list(held_modalities(engine, space))
            for modality in (m for m in held if m is not None and m is not Modality.TEXT):
                questions[modality] = _items(engine, space, modality)
        own = _own_scores(engine, space, pieces)
        for asked, vectors in questions.items():
            for found in held:
                among = asked is Modality.TEXT and found in (None, Modality.TEXT)
                row = _scale(engine, space, asked, found, vectors, own if among else {})
                if row is not None:
                    rows.append(row)
    return Scales(rows, _counts(engine))


def held_modalities(engine: Searchable, space: str) -> list[Modality]:
    """The modalities of the items that have a vector in a space."""
    return [modality for modality in Modality if engine.count(_held(space, modality))]


def _scale(
    engine: Searchable,
    space: str,
    asked: Modality,
    found: Modality | None,
    questions: Sequence[tuple[str, FloatArray]],
    own: Mapping[str, float],
) -> Scale | None:
    where = _held(space, found)
    lists = engine.query_batch(
        [
            Query((Prefetch(vector, space, 2),), 2, where=where, with_payload=False)
            for _, vector in questions
        ]
    )
    nearest = [
        next((hit.score for hit in hits if hit.id != point), None)
        for (point, _), hits in zip(questions, lists, strict=True)
    ]
    scores = [score for score in nearest if score is not None]
    items = engine.count(where)
    if min(len(scores), items) < FEWEST:
        return None
    match, middle = np.quantile(scores, [ENVELOPE, 0.5]).tolist()
    itself = None
    if len(own) >= FEWEST:
        first = {
            point: hits[0].score for (point, _), hits in zip(questions, lists, strict=True) if hits
        }
        itself = float(np.mean([score >= first[point] - _TIE for point, score in own.items()]))
        # a space that tells no passage from another has pieces that score below the neighbours
        match = max(middle, min(match, float(np.quantile(list(own.values()), PARAPHRASE))))
    return Scale(space, asked, found, match, middle, len(scores), items, itself)


def _own_scores(
    engine: Searchable, space: str, questions: Sequence[tuple[str, FloatArray]]
) -> dict[str, float]:
    """What each piece scores with the passage that it was taken from, if that is in the space."""
    vectors = dict(questions)
    held = engine.retrieve(list(vectors), with_vectors=True)
    return {
        point.id: float(np.asarray(point.vectors[space], np.float32) @ vectors[point.id])
        for point in held
        if space in point.vectors
    }


def _counts(engine: Searchable) -> dict[str, int]:
    dense = [name for name, space in engine.spaces.items() if isinstance(space, DenseSpace)]
    return {name: engine.count(_held(name, None)) for name in dense}


def _passages(store: Searched) -> list[tuple[str, str]]:
    """(point, a piece of it) of passages that are words of their own, a random sample."""
    points, _ = store.engine.scroll(All((CHUNKS, HasVector(store.primary))), limit=8 * ASKED)
    own = [point.id for point in points if not point.payload.get(SURROGATE)]
    nodes = store.nodes_by_point(own)
    texts = [
        (point, _piece(text_of(node), point))
        for point in own
        if (node := nodes.get(point)) is not None and not node.metadata.get(SURROGATE)
    ]
    return [(point, words) for point, words in texts if words.strip()][:ASKED]


def _piece(text: str, point: str) -> str:
    """The beginning of a sentence, the same one every time; of the whole text if it has none."""
    whole = [text[start:end] for start, end in sentences(text)]
    long = [words for words in whole if len(words.split()) >= _FEW_WORDS] or [text]
    return " ".join(long[int(point_id(point)[:8], 16) % len(long)].split()[:PIECE])


def _items(engine: Searchable, space: str, modality: Modality) -> list[tuple[str, FloatArray]]:
    points, _ = engine.scroll(_held(space, modality), limit=ASKED, with_vectors=True)
    return [(point.id, np.asarray(point.vectors[space], np.float32)) for point in points]


def _held(space: str, modality: Modality | None) -> All:
    kinds = () if modality is None else (Match(MODALITY, modality.value),)
    return All((CHUNKS, HasVector(space), *kinds))
