"""How good the embeddings of an index are, told without labels: every dense space in numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import combinations
from typing import Any

import numpy as np

from mmrag.errors import InputError, MmragError
from mmrag.evaluation.embeddings import geometry
from mmrag.evaluation.embeddings.map import SpaceMap, project
from mmrag.evaluation.embeddings.neighbours import nearest, neighbours_for, occurrences, shared
from mmrag.evaluation.embeddings.pairs import WORDS, Pairs, Words, neighbouring, words_in
from mmrag.evaluation.embeddings.sample import SpaceSample, draw, draw_both
from mmrag.modalities import Modality
from mmrag.retrieval.channels import Channel
from mmrag.store.qdrant import MMRagQdrantStore
from mmrag.store.spec import DenseSpace, FloatArray

SAMPLE = 2_000
MOST = 20_000
"""Items of a sample at most: exact neighbours take its square in time (20,000: a minute or two)."""
FEWEST = 3
"""Items below which nothing can be said."""
SAME = 1e-6
"""Mean cosine distance below which all vectors are one."""


@dataclass(frozen=True)
class Gap:
    """The distance of two kinds in a space; `items` are those of the smaller sample."""

    one: str
    other: str
    distance: float
    items: int


@dataclass(frozen=True)
class Shape:
    """What the vectors of a space look like; None where it cannot be said.

    Attributes:
        mean_distance: average pairwise cosine distance, 0..2.
        anisotropy: mean cosine of random pairs (Ethayarajh 2019).
        first_axis: share of the variance along the first principal component (same).
        uniformity: 0 (one place) .. -4 (all over the sphere) (Wang and Isola 2020).
        silhouette: best mean silhouette over k-means, -1..1 (Rousseeuw 1987).
        clusters: the number of clusters that it was best with.
        hubness: skewness of the k-occurrences (Radovanović et al. 2010).
        never_found: share of the items that are among the nearest of no other one.
        neighbours: the k of both.
    """

    mean_distance: float | None = None
    anisotropy: float | None = None
    first_axis: float | None = None
    uniformity: float | None = None
    silhouette: float | None = None
    clusters: int | None = None
    hubness: float | None = None
    never_found: float | None = None
    neighbours: int | None = None


@dataclass(frozen=True)
class SpaceQuality:
    """One dense space.

    Attributes:
        items: how many have a vector in it; `kinds` by modality; `sampled` of them were looked at.
        alignment: mean squared distance of neighbours in a document (Wang and Isola 2020).
        pairs: the same by sort of pair, with that of strangers.
        gaps: distances between kinds, "words" being questions in words (Liang et al. 2022).
        notes: what could not be measured, and why.
    """

    space: str
    items: int
    sampled: int
    kinds: Mapping[str, int]
    shape: Shape = field(default_factory=Shape)
    alignment: float | None = None
    pairs: tuple[Pairs, ...] = ()
    gaps: tuple[Gap, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Agreement:
    """Whether two spaces see the same neighbours, over items that have a vector in both.

    Attributes:
        items: how many of them were looked at.
        k: how many neighbours of each.
        overlap: mean share of the k that both have; None for fewer than three items.
        jaccard: mean Jaccard index of the two sets.
        chance: the overlap of two random lists.
    """

    one: str
    other: str
    items: int
    k: int | None = None
    overlap: float | None = None
    jaccard: float | None = None
    chance: float | None = None


@dataclass(frozen=True)
class EmbeddingQuality:
    """Every dense space of an index, how they agree, and maps for a plot."""

    sample: int
    spaces: tuple[SpaceQuality, ...]
    agreements: tuple[Agreement, ...]
    maps: tuple[SpaceMap, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it: everything but the maps; the shape's numbers beside the others."""
        return {
            "sample": self.sample,
            "spaces": [
                {key: value for key, value in asdict(space).items() if key != "shape"}
                | asdict(space.shape)
                for space in self.spaces
            ],
            "agreements": [asdict(agreement) for agreement in self.agreements],
        }


def measure(
    store: MMRagQdrantStore,
    channels: Sequence[Channel],
    *,
    spaces: Sequence[str] = (),
    size: int = SAMPLE,
) -> EmbeddingQuality:
    """Measure the dense spaces of an index on samples.

    Memory is bounded by `size`, whatever the index holds: one space at a time, of which at most
    `size` vectors of all and of each kind are kept, and blocks of 256 by `size` cosines.

    Args:
        channels: how spaces are asked; a space that keeps no text is asked in words.
        spaces: only these; all dense ones if empty.
        size: items a sample, 3..20,000.

    Raises:
        InputError: a space that the index does not have or that is sparse, or a bad `size`.
    """
    if not FEWEST <= size <= MOST:
        raise InputError(f"a sample of {size} items; take {FEWEST} to {MOST}")
    chosen = _chosen(store, spaces)
    asking = {channel.space: channel for channel in channels}
    measured, maps = [], []
    for space in chosen:
        sample = draw(store.engine, space, size)
        quality, words = _space(store, asking.get(space), sample)
        measured.append(quality)
        drawn = project(sample, words)
        if drawn is not None:
            maps.append(drawn)
    agreements = [_agreement(store, one, other, size) for one, other in combinations(chosen, 2)]
    return EmbeddingQuality(size, tuple(measured), tuple(agreements), tuple(maps))


def _chosen(store: MMRagQdrantStore, wanted: Sequence[str]) -> list[str]:
    held = store.engine.spaces
    dense = [name for name, space in held.items() if isinstance(space, DenseSpace)]
    for name in wanted:
        if name not in dense:
            what = "is sparse, these measures are of dense ones" if name in held else "is not there"
            raise InputError(
                f"space {name!r} {what}; the dense spaces of {store.engine.location} are: "
                f"{', '.join(sorted(dense))}"
            )
    return [name for name in sorted(dense) if not wanted or name in wanted]


def _space(
    store: MMRagQdrantStore, channel: Channel | None, sample: SpaceSample
) -> tuple[SpaceQuality, FloatArray | None]:
    """The numbers of one space, and questions in words for its map."""
    whole, notes = sample.whole, list[str]()
    words: Words | None = None
    pairs: list[Pairs] = []
    if len(whole):
        pairs = neighbouring(store.engine, sample.space, whole)
        if not pairs:
            notes.append("alignment: no two sampled items are neighbours in a document")
        if channel is not None and Modality.TEXT.value not in sample.counts:
            try:
                words = words_in(store, channel, whole)
            except MmragError as error:
                notes.append(f"questions in words were left out: {error}")
    neighbours = sum(row.count for row in pairs)
    together = sum(row.count * row.alignment for row in pairs)
    if words is not None and len(words.items):
        pairs.append(Pairs.of("an item and its words", words.items, words.theirs))
    by_kind = {kind: held.vectors for kind, held in sample.by_kind.items()}
    if words is not None:
        by_kind[WORDS] = words.vectors
    gaps = _gaps(by_kind)
    if not gaps and len(whole) >= FEWEST:
        notes.append("gap: it takes three items of two kinds")
    quality = SpaceQuality(
        space=sample.space,
        items=sum(sample.counts.values()),
        sampled=len(whole),
        kinds=sample.counts,
        shape=_shape(whole.vectors, notes),
        alignment=together / neighbours if neighbours else None,
        pairs=tuple(pairs),
        gaps=gaps,
        notes=tuple(notes),
    )
    return quality, None if words is None else words.vectors


def _shape(vectors: FloatArray, notes: list[str]) -> Shape:
    n = len(vectors)
    if n < FEWEST:
        held = {0: "no item has a vector in this space", 1: "one item"}.get(n, f"{n} items")
        notes.append(f"{held}; it takes {FEWEST} to say anything")
        return Shape()
    anisotropy = geometry.mean_cosine(vectors)
    if 1 - anisotropy < SAME:
        notes.append("all vectors are the same, so nothing can be told apart")
        return Shape(mean_distance=0.0, anisotropy=1.0, uniformity=0.0)
    k = neighbours_for(n)
    counts = occurrences(nearest(vectors, k))
    best = geometry.silhouette(vectors)
    if best is None:
        notes.append("silhouette: fewer than three different vectors")
    return Shape(
        mean_distance=1 - anisotropy,
        anisotropy=anisotropy,
        first_axis=geometry.first_axis(vectors),
        uniformity=geometry.uniformity(vectors),
        silhouette=None if best is None else best[0],
        clusters=None if best is None else best[1],
        hubness=geometry.skewness(counts),
        never_found=float(np.mean(counts == 0)),
        neighbours=k,
    )


def _gaps(by_kind: Mapping[str, FloatArray]) -> tuple[Gap, ...]:
    enough = [(kind, vectors) for kind, vectors in by_kind.items() if len(vectors) >= FEWEST]
    return tuple(
        Gap(one, other, geometry.gap(a, b), min(len(a), len(b)))
        for (one, a), (other, b) in combinations(enough, 2)
    )


def _agreement(store: MMRagQdrantStore, one: str, other: str, size: int) -> Agreement:
    first, second = draw_both(store.engine, one, other, size)
    n = len(first)
    if n < FEWEST:
        return Agreement(one, other, n)
    k = neighbours_for(n)
    overlap, jaccard = shared(nearest(first, k), nearest(second, k))
    return Agreement(one, other, n, k, overlap, jaccard, k / (n - 1))
