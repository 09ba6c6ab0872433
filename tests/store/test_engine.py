"""What both engines promise alike and a comparison of the two cannot show."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from mmrag.store.engine import CheckedEngine
from mmrag.store.spec import Dbsf, Match, Point, Prefetch, Query, Rrf, SparseVector

ONES = np.ones(8, np.float32)


def _fill(engine: CheckedEngine, uid: Callable[[int], str], count: int = 8) -> None:
    engine.upsert(
        [
            Point(
                uid(i),
                {"text": np.arange(8) * 0.1 + i, "bm25": SparseVector((1,), (1.0 + i,))},
                {"n": i, "even": i % 2 == 0},
            )
            for i in range(count)
        ]
    )


@pytest.mark.parametrize("fusion", [None, Rrf(), Dbsf()])
def test_the_outer_filter_joins_that_of_each_channel(
    engine: CheckedEngine, uid: Callable[[int], str], fusion: Rrf | Dbsf | None
) -> None:
    _fill(engine, uid)
    channels = [Prefetch(ONES, "text", 8, Match("n", 4)), Prefetch(ONES, "text", 8, Match("n", 3))]
    if fusion is None:
        channels.pop()
    query = Query(tuple(channels), 8, fusion, where=Match("even", True))
    assert [hit.payload["n"] for hit in engine.query(query)] == [4]
    words = Prefetch(SparseVector((1,), (1.0,)), "bm25", 3)
    hits = engine.query(Query((words,), 3, where=Match("even", True)))
    assert [hit.payload["n"] for hit in hits] == [6, 4, 2]  # filtered before it was cut


def test_what_a_hit_carries(engine: CheckedEngine, uid: Callable[[int], str]) -> None:
    _fill(engine, uid, 2)
    for fusion in (None, Rrf()):
        channel = Prefetch(ONES, "text", 2)
        bare = engine.query(Query((channel,), 2, fusion, with_payload=False))
        full = engine.query(Query((channel,), 2, fusion, with_vectors=True))
        assert [hit.id for hit in bare] == [hit.id for hit in full] and len(full) == 2
        assert all(not hit.payload and not hit.vectors for hit in bare)
        assert all(set(hit.vectors) == {"text", "bm25"} and "n" in hit.payload for hit in full)


def test_equal_scores_are_cut_by_id(engine: CheckedEngine, uid: Callable[[int], str]) -> None:
    """Two channels in opposite order tie pairwise; whichever engine, the smaller ids stay."""
    rising = [Point(uid(i), {"text": np.eye(8)[0] * 3 + np.eye(8)[1] * i}) for i in range(6)]
    engine.upsert(rising)
    channels = tuple(Prefetch(np.eye(8)[axis], "text", 6) for axis in (0, 1))
    hits = engine.query(Query(channels, 3, Rrf()))
    assert [hit.id for hit in hits] == [uid(0), uid(5), uid(1)]
    assert hits[0].score == pytest.approx(1 / 61 + 1 / 66)


def test_of_equal_ids_the_last_counts(engine: CheckedEngine, uid: Callable[[int], str]) -> None:
    engine.upsert([Point(uid(0), {"text": ONES}, {"v": 1}), Point(uid(0), {}, {"v": 2})])
    assert engine.retrieve([uid(0), uid(0)], with_vectors=True) == [Point(uid(0), {}, {"v": 2})]


def test_threads(engine: CheckedEngine, uid: Callable[[int], str]) -> None:
    query = Query((Prefetch(ONES, "text", 5),), 5)

    def work(number: int) -> None:
        for step in range(25):
            first = number * 1000 + step * 4
            engine.upsert([Point(uid(first + i), {"text": ONES}, {"t": number}) for i in range(4)])
            assert len(engine.query(query)) >= 4

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))  # raises what a thread raised
    assert engine.count() == 400
    assert all(engine.count(Match("t", number)) == 100 for number in range(4))
