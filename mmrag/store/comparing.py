"""Two collections side by side: what both hold, and what one holds otherwise than the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from mmrag.store.engine import BATCH
from mmrag.store.fingerprint import Fingerprint, Tally, fingerprint
from mmrag.store.manifest import MANIFEST_ID
from mmrag.store.spec import DenseSpace, Engine, HasId, NoneOf, Point, SparseVector

TOLERANCE = 1e-6
"""By which components of vectors of a cosine space may differ, for an engine may bring them to
length 1 again when it stores them, which float32 rounds anew. Qdrant leaves alone what has it; the
in-memory double of its client does not. All else is compared bit by bit."""
PAGE = BATCH - 1
"""Points a page: with the mark beside them they are one operation of the engine."""

Told = Callable[[str, int, int], object]
"""Told of what is being done, and how many points of how many are."""


@dataclass
class Comparison:
    """What a comparison found.

    Attributes:
        source, target: what both sides hold. Manifests are left out, and of the target whatever
            the source does not have.
        differing: ids of points that the target has otherwise, or not at all.
        surplus: how many it has that the source does not have.
        deviation: by cosine space, the largest difference of components that is within tolerance.
    """

    source: Tally = field(default_factory=Tally)
    target: Tally = field(default_factory=Tally)
    differing: list[str] = field(default_factory=list)
    surplus: int = 0
    deviation: dict[str, float] = field(default_factory=dict)

    @property
    def equal(self) -> bool:
        """Whether the target holds what the source does, and nothing else."""
        return not self.differing and not self.surplus


def compare(
    source: Engine,
    target: Engine,
    *,
    mend: Callable[[list[Point]], object] | None = None,
    told: Told = lambda what, done, total: None,
) -> Comparison:
    """Read both sides and compare them point by point.

    Args:
        mend: given what the target lacks or has otherwise, a page at a time.
    """
    found = Comparison()
    total = content_count(source)
    for page in pages(source):
        there = {p.id: p for p in target.retrieve([p.id for p in page], with_vectors=True)}
        wrong = [point for point in page if not _alike(point, there.get(point.id), source, found)]
        found.differing += [point.id for point in wrong]
        if mend is not None and wrong:
            mend(wrong)
        told("comparing", found.source.points, total)
    missing = found.source.points - found.target.points if mend is not None else 0
    found.surplus = content_count(target) - found.target.points - missing
    return found


def pages(engine: Engine) -> Iterator[list[Point]]:
    """All points with their vectors, by id, without the manifest or what stands in its place."""
    offset: str | None = None
    while True:
        page, offset = engine.scroll(limit=PAGE, offset=offset, with_vectors=True)
        yield contents(page)
        if offset is None:
            return


def contents(page: list[Point]) -> list[Point]:
    """Points without the manifest, or what stands in its place."""
    return [point for point in page if point.id != MANIFEST_ID]


def content_count(engine: Engine) -> int:
    """How many points there are without the manifest, or what stands in its place."""
    return engine.count(NoneOf((HasId((MANIFEST_ID,)),)))


def _alike(point: Point, other: Point | None, source: Engine, found: Comparison) -> bool:
    """Whether both are the same, up to the tolerance; counts them."""
    want = fingerprint(point)
    found.source.add(point, want)
    if other is None:
        return False
    have = fingerprint(other)
    found.target.add(other, have)
    return have == want or _close(point, want, other, have, source, found)


def _close(
    point: Point,
    want: Fingerprint,
    other: Point,
    have: Fingerprint,
    source: Engine,
    found: Comparison,
) -> bool:
    if want.content != have.content or want.vectors.keys() != have.vectors.keys():
        return False
    for name, number in want.vectors.items():
        if number == have.vectors[name]:
            continue
        space, one, two = source.spaces.get(name), point.vectors[name], other.vectors[name]
        dense = not isinstance(one, SparseVector) and not isinstance(two, SparseVector)
        if not (dense and isinstance(space, DenseSpace) and space.distance == "cosine"):
            return False
        apart = float(np.max(np.abs(np.asarray(one) - np.asarray(two))))
        if apart > TOLERANCE:
            return False
        found.deviation[name] = max(apart, found.deviation.get(name, 0.0))
    return True
