"""The embedded engine and the client's in-memory double give the same answers."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from qdrant_client import QdrantClient

from mmrag.store.edge import EdgeEngine
from mmrag.store.engine import CheckedEngine
from mmrag.store.server import ServerEngine
from mmrag.store.spec import (
    All,
    AnyOf,
    Condition,
    Dbsf,
    DenseSpace,
    HasId,
    HasVector,
    Hit,
    IsEmpty,
    Match,
    MatchAny,
    MatchText,
    NoneOf,
    Point,
    Prefetch,
    Query,
    Range,
    Rrf,
    Space,
    SparseSpace,
    SparseVector,
    Vector,
)

POINTS = 400
WORDS = ["red", "green", "blue", "barometer", "storm", "Sea", "snow", "hut"]


def _vector(space: Space, rng: random.Random) -> Vector:
    if isinstance(space, DenseSpace):
        return np.array([rng.gauss(0, 1) for _ in range(space.size)], np.float32)
    indices = rng.sample(range(60), rng.randint(1, 12))
    return SparseVector(tuple(indices), tuple(rng.uniform(0.1, 3) for _ in indices))


def _payload(rng: random.Random) -> dict[str, object]:
    values: dict[str, object] = {
        "kind": rng.choice(["chunk", "chunk", "document"]),
        "modality": rng.choice(["text", "image", "audio"]),
        "source": f"folder/{rng.randint(0, 30)}.md",
        "n": rng.choice([rng.randint(0, 9), round(rng.uniform(0, 9), 2), None, [1, 5]]),
        "flag": rng.random() < 0.5,
        "tags": rng.sample(WORDS, rng.randint(0, 3)),
        "words": " ".join(rng.choices(WORDS, k=4)),
        "a.b c": rng.randint(0, 3),
    }
    return {key: value for key, value in values.items() if rng.random() < 0.8}


@pytest.fixture(scope="module")
def both(
    tmp_path_factory: pytest.TempPathFactory, uid: Callable[[int], str]
) -> Iterator[tuple[CheckedEngine, CheckedEngine]]:
    rng = random.Random(7)
    spaces: list[Space] = [
        DenseSpace("text", 8),
        DenseSpace("clip", 5, "dot"),
        DenseSpace("far", 3, "euclid"),
        SparseSpace("bm25"),
        SparseSpace("plain", idf=False),
    ]
    numbers = list(range(POINTS))
    rng.shuffle(numbers)
    points = [
        Point(
            uid(number),
            {space.name: _vector(space, rng) for space in spaces if rng.random() < 0.8},
            _payload(rng),
        )
        for number in numbers
    ]
    # Edge counts deleted points in the document frequencies until it vacuums, the double does not.
    wordless = [p.id for p in points if not {"bm25", "plain"} & p.vectors.keys()][:2]
    directory = tmp_path_factory.mktemp("congruence") / "index"
    with (
        EdgeEngine.create(directory, spaces) as edge,
        ServerEngine.from_client(QdrantClient(":memory:"), spaces) as double,
    ):
        for engine in (edge, double):
            engine.upsert(points)
            engine.delete(ids=wordless)
            engine.set_payload({"modality": "video"}, [uid(1), uid(2)])
        yield edge, double


def _condition(rng: random.Random, uid: Callable[[int], str], depth: int = 0) -> Condition:
    if depth < 2 and rng.random() < 0.35:
        parts = tuple(_condition(rng, uid, depth + 1) for _ in range(rng.randint(0, 3)))
        return rng.choice([All, AnyOf, NoneOf])(parts)
    low, high = sorted((rng.uniform(-1, 10), rng.uniform(-1, 10)))
    choices: list[Callable[[], Condition]] = [
        lambda: Match("modality", rng.choice(["text", "video", "none"])),
        lambda: Match("n", rng.randint(0, 9)),
        lambda: Match("n", float(rng.randint(0, 9))),
        lambda: Match("flag", rng.random() < 0.5),
        lambda: Match("a.b c", rng.randint(0, 3)),
        lambda: Match("tags", rng.choice(WORDS)),
        lambda: MatchAny("tags", tuple(rng.sample(WORDS, rng.randint(0, 3)))),
        lambda: MatchAny("modality", ("text", "audio"), negate=True),
        lambda: MatchAny("n", (1, 2, 3), negate=rng.random() < 0.5),
        lambda: MatchText("words", " ".join(rng.sample(WORDS, 2)).lower()),
        lambda: Range("n", gte=low, lt=high),
        lambda: Range("n", gt=low, lte=high),
        lambda: IsEmpty(rng.choice(["n", "tags", "words", "absent"])),
        lambda: HasVector(rng.choice(["text", "clip", "bm25"])),
        lambda: HasId(tuple(uid(rng.randrange(POINTS)) for _ in range(rng.randint(0, 40)))),
    ]
    return rng.choice(choices)()


def _channel(rng: random.Random, space: Space, uid: Callable[[int], str], limit: int) -> Prefetch:
    where = _condition(rng, uid) if rng.random() < 0.4 else None
    return Prefetch(_vector(space, rng), space.name, limit, where)


def _query(rng: random.Random, spaces: list[Space], uid: Callable[[int], str]) -> Query:
    where = _condition(rng, uid) if rng.random() < 0.5 else None
    limit = rng.randint(1, 20)
    style = rng.choice(["plain", "plain", "rrf", "weighted", "dbsf"])
    if style == "plain":
        return Query((_channel(rng, rng.choice(spaces), uid, limit),), limit, where=where)
    if style == "dbsf":
        spaces = [s for s in spaces if s.name != "far"]
    chosen = rng.sample(spaces, rng.randint(2, 3))
    channels = tuple(_channel(rng, space, uid, rng.randint(5, 30)) for space in chosen)
    weights = tuple(rng.uniform(0.2, 3) for _ in chosen) if style == "weighted" else None
    fusion = Dbsf() if style == "dbsf" else Rrf(rng.choice([2, 61]), weights)
    return Query(channels, limit, fusion, where, with_vectors=rng.random() < 0.2)


def _assert_same(edge: list[Hit], double: list[Hit], query: Query) -> None:
    assert [hit.id for hit in edge] == [hit.id for hit in double], query
    np.testing.assert_allclose(
        [hit.score for hit in edge], [hit.score for hit in double], rtol=1e-5, atol=1e-5
    )
    for ours, theirs in zip(edge, double, strict=True):
        assert ours.payload == theirs.payload
        assert set(ours.vectors) == set(theirs.vectors)


def test_200_random_queries(
    both: tuple[CheckedEngine, CheckedEngine], uid: Callable[[int], str]
) -> None:
    edge, double = both
    rng = random.Random(11)
    queries = [_query(rng, list(edge.spaces.values()), uid) for _ in range(200)]
    found, answered = edge.query_batch(queries), double.query_batch(queries)
    for query, ours, theirs in zip(queries, found, answered, strict=True):
        _assert_same(ours, theirs, query)
        assert ours == sorted(ours, key=lambda hit: (-hit.score, hit.id))
    ranked = [*edge.rank_batch(queries), *double.rank_batch(queries[:20])]
    for columns, hits in zip(ranked, [*found, *answered[:20]], strict=True):
        assert list(columns.ids) == [hit.id for hit in hits]
        assert columns.scores.tolist() == pytest.approx([hit.score for hit in hits], abs=1e-6)
    assert sum(bool(hits) for hits in found) > 120  # the comparison is not of nothing with nothing


def test_score_threshold(both: tuple[CheckedEngine, CheckedEngine]) -> None:
    edge, double = both
    rng = random.Random(5)
    for name, threshold in (("text", 0.3), ("clip", 1.0), ("far", -1.5), ("bm25", 2.0)):
        vector = _vector(edge.spaces[name], rng)
        query = Query((Prefetch(vector, name, 400, score_threshold=threshold),), 400)
        everything = edge.query(Query((Prefetch(vector, name, 400),), 400))
        expected = [hit.id for hit in everything if hit.score >= threshold]
        assert 0 < len(expected) < len(everything)
        assert [hit.id for hit in edge.query(query)] == expected
        assert [hit.id for hit in double.query(query)] == expected


def test_filters_count_scroll_facet(
    both: tuple[CheckedEngine, CheckedEngine], uid: Callable[[int], str]
) -> None:
    edge, double = both
    rng = random.Random(13)
    for _ in range(150):
        where = _condition(rng, uid)
        ours, theirs = edge.scroll(where, limit=POINTS)[0], double.scroll(where, limit=POINTS)[0]
        assert [p.id for p in ours] == [p.id for p in theirs], where
        assert edge.count(where) == double.count(where) == len(ours)
    for key in ("kind", "modality", "source"):
        assert edge.facet(key, limit=50) == double.facet(key, limit=50)
    assert edge.facet("modality", Match("kind", "chunk")).get("video", 0) <= 2


def test_pages_are_the_same(both: tuple[CheckedEngine, CheckedEngine]) -> None:
    edge, double = both
    pages: list[list[list[str]]] = []
    for engine in (edge, double):
        offset, seen = None, []
        while True:
            points, offset = engine.scroll(limit=64, offset=offset)
            seen.append([point.id for point in points])
            if offset is None:
                break
        pages.append(seen)
    assert pages[0] == pages[1]
    everything = [point_id for page in pages[0] for point_id in page]
    assert everything == sorted(set(everything)) and len(everything) == POINTS - 2


def test_plain_scores_against_numpy(both: tuple[CheckedEngine, CheckedEngine]) -> None:
    """Cosine, dot and minus Euclid, from the vectors that come back."""
    edge, _ = both
    rng = random.Random(3)
    query = {name: _vector(edge.spaces[name], rng) for name in ("text", "clip", "far")}
    points = {p.id: p for p in edge.scroll(limit=POINTS, with_vectors=True)[0]}
    for name, asked in query.items():
        hits = edge.query(Query((Prefetch(asked, name, 50),), 50))
        for hit in hits:
            there = np.asarray(points[hit.id].vectors[name])
            expected = {
                "text": float(asked @ there / np.linalg.norm(asked) / np.linalg.norm(there)),
                "clip": float(asked @ there),
                "far": -float(np.linalg.norm(asked - there)),
            }[name]
            assert hit.score == pytest.approx(expected, abs=1e-5)


def test_sparse_idf_against_the_formula(both: tuple[CheckedEngine, CheckedEngine]) -> None:
    """Sum of q·d·ln(1 + (N - n + 0.5) / (n + 0.5)), N and n among points that carry the space."""
    edge, _ = both
    points = [
        (p.id, p.vectors["bm25"])
        for p in edge.scroll(HasVector("bm25"), limit=POINTS, with_vectors=True)[0]
    ]
    asked = SparseVector((3, 17, 40), (1.0, 2.0, 0.5))
    weights = [dict(zip(v.indices, v.values, strict=True)) for _, v in points]  # type: ignore[union-attr]
    expected: dict[str, float] = {}
    for term, value in zip(asked.indices, asked.values, strict=True):
        n = sum(term in row for row in weights)
        idf = np.log(1 + (len(points) - n + 0.5) / (n + 0.5))
        for (point_id, _), row in zip(points, weights, strict=True):
            if term in row:
                expected[point_id] = expected.get(point_id, 0.0) + value * row[term] * float(idf)
    hits = edge.query(Query((Prefetch(asked, "bm25", POINTS),), POINTS))
    assert {hit.id: hit.score for hit in hits} == pytest.approx(expected, rel=1e-4)


def test_weighted_rrf_against_the_formula(both: tuple[CheckedEngine, CheckedEngine]) -> None:
    edge, _ = both
    rng = random.Random(2)
    channels = tuple(Prefetch(_vector(edge.spaces[n], rng), n, 30) for n in ("text", "clip"))
    weights = (0.4, 1.6)
    expected: dict[str, float] = {}
    for channel, weight in zip(channels, weights, strict=True):
        for rank, hit in enumerate(edge.query(Query((channel,), 30))):
            expected.setdefault(hit.id, 0.0)
            expected[hit.id] += 1 / (60 + (rank + 1) / weight)
    hits = edge.query(Query(channels, 100, Rrf(61, weights)))
    assert {hit.id: hit.score for hit in hits} == pytest.approx(expected, rel=1e-5)
