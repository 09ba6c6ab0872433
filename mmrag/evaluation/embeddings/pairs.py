"""Pairs that belong together: neighbours in a document, and a picture or sound with its words.

Alignment needs positive pairs. An index has no labels, so these are stand-ins: neighbouring
passages, pages or windows of one source (as in the inverse cloze task, Lee et al. 2019), and a
picture or recording with the words that were read or heard in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from llama_index.core.schema import QueryBundle

from mmrag.evaluation.embeddings.geometry import alignment
from mmrag.evaluation.embeddings.sample import Item, Sample, item_of, stacked, unit
from mmrag.modalities import Modality
from mmrag.retrieval.channels import Channel
from mmrag.schema import MODALITY, SURROGATE, node_id, text_of
from mmrag.store.kinds import CHUNKS
from mmrag.store.qdrant import MMRagQdrantStore
from mmrag.store.spec import All, Engine, FloatArray, Match

PAIRED = 1_000
"""Pairs of neighbours that are looked up at most."""
ASKED = 64
"""Texts of each sort that are embedded at most: a forward pass of the model each."""
LONGEST = 300
"""Characters of a text that is embedded."""
_PAGE = 256
WORDS = "words"
"""Kind of the vectors of questions in words, in a space that keeps none of text."""


@dataclass(frozen=True)
class Pairs:
    """How well pairs of one sort are aligned.

    Attributes:
        sort: what they are pairs of, such as "text beside text".
        count: how many.
        alignment: mean squared distance of the two, 0..4.
        strangers: the same of one item and another's partner; None for a single pair.
    """

    sort: str
    count: int
    alignment: float
    strangers: float | None

    @classmethod
    def of(cls, sort: str, one: FloatArray, other: FloatArray) -> Pairs:
        """Measure (n, d) and (n, d) unit vectors that belong together row by row."""
        n, together = len(one), alignment(one, other)
        strangers = None
        if n > 1:
            sums = one.sum(axis=0, dtype=np.float64) @ other.sum(axis=0, dtype=np.float64)
            own = n * (1 - together / 2)  # the sum of the cosines of the pairs
            strangers = float(2 - 2 * (sums - own) / (n * (n - 1)))
        return cls(sort, n, together, strangers)


@dataclass(frozen=True)
class Words:
    """Texts of the index as questions in a space that keeps pictures or sounds.

    Attributes:
        vectors: (n, d) of passages, and of words of items.
        items: (m, d) items of the space that have words of their own.
        theirs: (m, d) the vectors of those words.
    """

    vectors: FloatArray
    items: FloatArray
    theirs: FloatArray


def neighbouring(engine: Engine, space: str, sample: Sample) -> list[Pairs]:
    """Pairs of an item and the next node of its document, by the kinds of the two.

    Ids are made of source, content and number of a node, so the next one's is known.
    """
    found: dict[str, list[tuple[FloatArray, FloatArray]]] = {}
    for kinds, here, there in _neighbours(engine, space, sample):
        found.setdefault(" beside ".join(sorted(kinds)), []).append((here, there))
    return [
        Pairs.of(sort, *(np.stack(side) for side in zip(*both, strict=True)))
        for sort, both in sorted(found.items())
    ]


def words_in(store: MMRagQdrantStore, channel: Channel, sample: Sample) -> Words | None:
    """Embed passages, and the words of sampled items, as questions; None if words cannot ask here.

    Raises:
        MmragError: the space's model cannot be loaded.
    """
    texts = _texts(store, [item.id for item in sample.items])
    rows = [row for row, item in enumerate(sample.items) if item.id in texts][:ASKED]
    passages, _ = store.engine.scroll(
        All((CHUNKS, Match(MODALITY, Modality.TEXT.value))), limit=ASKED
    )
    plain = list(_texts(store, [point.id for point in passages]).values())
    vectors = []
    for text in [*(texts[sample.items[row].id] for row in rows), *plain]:
        vector = channel.encode(QueryBundle(text))
        if vector is None:
            return None
        vectors.append(unit(np.asarray(vector, np.float32)))
    asked = stacked(vectors, sample.vectors.shape[1])
    return Words(asked, sample.vectors[rows], asked[: len(rows)])


def _neighbours(
    engine: Engine, space: str, sample: Sample
) -> Iterator[tuple[tuple[str, str], FloatArray, FloatArray]]:
    following: dict[str, tuple[Item, FloatArray]] = {}
    for item, vector in zip(sample.items, sample.vectors, strict=True):
        if item.source is not None and item.sha256 is not None and item.chunk is not None:
            following[node_id(item.source, item.sha256, item.chunk + 1)] = (item, vector)
    wanted = list(following)[:PAIRED]
    for start in range(0, len(wanted), _PAGE):
        for point in engine.retrieve(wanted[start : start + _PAGE], with_vectors=True):
            if space in point.vectors:
                item, vector = following[point.id]
                there = unit(np.asarray(point.vectors[space], np.float32))
                yield (item.kind, item_of(point).kind), vector, there


def _texts(store: MMRagQdrantStore, points: Sequence[str]) -> dict[str, str]:
    """By point, the opening words of nodes that have words; a file's name is none."""
    found: dict[str, str] = {}
    for start in range(0, len(points), _PAGE):
        for point, node in store.nodes_by_point(points[start : start + _PAGE]).items():
            words = " ".join(text_of(node).split())[:LONGEST]
            if words and not node.metadata.get(SURROGATE):
                found[point] = words
        if len(found) >= ASKED:
            break
    return found
