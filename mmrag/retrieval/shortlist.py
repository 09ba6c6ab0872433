"""The best candidates of a ranking, each with what the store keeps of it; copies count once.

Candidates are ranked by id alone. What stands behind the ids is fetched here, in one call for all
questions: to have the store send the content of every candidate of every channel along with the
ranking would cost more than this second call. It is repeated, for twice as many, only where copies
leave too few.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from mmrag.retrieval.fusion import Fused
from mmrag.store.kinds import CHUNK, KIND
from mmrag.store.spec import Point, Searchable, Vector

AHEAD = 8
"""Candidates looked at beyond those that are wanted: copies rank close to each other, and a hit
should tell of the one right after it too."""


@dataclass(frozen=True)
class Candidate:
    """A candidate, what the store keeps of it, and the copies that it stands for, best first.

    `vectors` is empty unless they were asked for.
    """

    fused: Fused
    payload: Mapping[str, Any]
    vectors: Mapping[str, Vector] = field(default_factory=dict)
    copies: tuple[Candidate, ...] = ()


Collapse: TypeAlias = Callable[[Sequence[Candidate]], list[Candidate]]
"""Leaves out candidates that another one stands for; `list` leaves out none."""


def shortlists(
    engine: Searchable,
    rankings: Sequence[Sequence[Fused]],
    wanted: Sequence[int],
    *,
    collapse: Collapse,
    with_vectors: bool,
    points: dict[str, Point | None] | None = None,
    kinds: Collection[str] = (CHUNK,),
) -> list[list[Candidate]]:
    """The best `wanted` of each ranking; points that were deleted meanwhile are passed over.

    Args:
        rankings: of each question, best first.
        wanted: of each question, how many.
        points: fetched before, and not again; what is fetched now is added.
        kinds: of points that may be hits.
    """
    points = {} if points is None else points
    depths = [count + AHEAD for count in wanted]
    while True:
        _fetch(engine, points, rankings, depths, with_vectors=with_vectors)
        found = [
            collapse(_candidates(points, ranking[:depth], kinds))
            for ranking, depth in zip(rankings, depths, strict=True)
        ]
        rows = zip(found, wanted, rankings, depths, strict=True)
        short = [len(left) < count and depth < len(ranked) for left, count, ranked, depth in rows]
        if not any(short):
            return [left[:count] for left, count in zip(found, wanted, strict=True)]
        depths = [2 * depth if more else depth for depth, more in zip(depths, short, strict=True)]


def _fetch(
    engine: Searchable,
    points: dict[str, Point | None],
    rankings: Sequence[Sequence[Fused]],
    depths: Sequence[int],
    *,
    with_vectors: bool,
) -> None:
    """Add the points that are not there yet; None stands for those that do not exist."""
    heads = zip(rankings, depths, strict=True)
    needed = dict.fromkeys(f.id for ranking, depth in heads for f in ranking[:depth])
    new = [point_id for point_id in needed if point_id not in points]
    points.update(dict.fromkeys(new))
    if new:
        points.update((p.id, p) for p in engine.retrieve(new, with_vectors=with_vectors))


def _candidates(
    points: Mapping[str, Point | None], head: Sequence[Fused], kinds: Collection[str]
) -> list[Candidate]:
    there = [(fused, points[fused.id]) for fused in head]
    return [
        Candidate(fused, point.payload, point.vectors)
        for fused, point in there
        if point is not None and point.payload.get(KIND) in kinds
    ]
