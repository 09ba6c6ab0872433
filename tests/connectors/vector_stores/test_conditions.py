"""Conditions looked at here mean what they mean to Qdrant."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import numpy as np
import pytest
from llama_index.core.vector_stores.types import FilterOperator, MetadataFilter

from mmrag.store.edge import EdgeEngine
from mmrag.store.spec import (
    All,
    AnyOf,
    Condition,
    DenseSpace,
    HasId,
    HasVector,
    IsEmpty,
    Match,
    MatchAny,
    MatchText,
    Near,
    NoneOf,
    Point,
    Range,
)
from mmrag_connectors.vector_stores.conditions import asked_of_database, holds

PAYLOADS: tuple[dict[str, object], ...] = (
    {"source": "a.pdf", "page": 1, "open": True, "geo": {"lat": 46.55, "lon": 7.98}},
    {"source": "a.pdf", "page": 2.0, "tags": ["snow", "mast"], "text": "The mast, rebuilt in May"},
    {"source": 'b"c.pdf', "page": 12, "tags": [], "open": False, "text": "masts"},
    {"source": None, "numbers": [1, 30], "geo": {"lat": 46.95, "lon": 7.45}},
    {"page": "1", "text": "Snow über dem Grat"},
)
IDS = [str(UUID(int=row)) for row in range(len(PAYLOADS))]
UNIT = np.array([1, 0], np.float32)
POINTS = [
    Point(own, {"text": UNIT} if row % 2 else {}, payload)
    for row, (own, payload) in enumerate(zip(IDS, PAYLOADS, strict=True))
]
CONDITIONS: tuple[Condition, ...] = (
    Match("source", "a.pdf"),
    Match("source", 'b"c.pdf'),
    Match("page", 1),
    Match("page", 2.0),
    Match("page", "1"),
    Match("open", True),
    Match("open", False),
    Match("tags", "mast"),
    Match("numbers", 30),
    MatchAny("source", ("a.pdf", "z.pdf")),
    MatchAny("source", ("a.pdf",), negate=True),
    MatchAny("tags", ("snow", "ice")),
    MatchAny("tags", ("snow",), negate=True),
    MatchAny("page", (1, 12)),
    MatchText("text", "mast"),
    MatchText("text", "MAY rebuilt"),
    MatchText("text", "grat über"),
    Range("page", gte=2, lt=12),
    Range("page", gt=1),
    Range("numbers", gt=20),
    Range("page", lte=1),
    Near("geo", 46.54, 7.98, 2000),
    Near("geo", 46.55, 7.98, 80_000),
    IsEmpty("source"),
    IsEmpty("tags"),
    HasVector("text"),
    HasId((IDS[0], IDS[3])),
    All(),
    All((Match("source", "a.pdf"), Range("page", gt=1))),
    AnyOf((Match("open", True), IsEmpty("page"))),
    AnyOf(()),
    NoneOf((Match("source", "a.pdf"), HasVector("text"))),
)


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EdgeEngine]:
    engine = EdgeEngine.open_or_create(
        tmp_path_factory.mktemp("edge") / "points", [DenseSpace("text", 2)]
    )
    engine.upsert(POINTS)
    yield engine
    engine.close()


@pytest.mark.parametrize("condition", CONDITIONS, ids=str)
def test_what_holds_here_holds_in_qdrant(edge: EdgeEngine, condition: Condition) -> None:
    found, _ = edge.scroll(condition)
    assert [point.id for point in POINTS if holds(condition, point)] == [p.id for p in found]


def test_databases_are_asked_for_what_they_can_be_trusted_with() -> None:
    condition = All(
        (
            Match("kind", "chunk"),
            All((Match("source", "a.pdf"), Match("page", 2.0))),
            MatchAny("modality", ("image", "video")),
            Range("start_ms", gte=0, lt=5),
            Match("tags", "snow"),  # a list in some node, which databases do not get
            Match("source", "a' or 1 == 1 or 'b"),
            Match("open", True),
            MatchAny("source", ("b.pdf",), negate=True),
            AnyOf((Match("page", 1), IsEmpty("page"))),
        )
    )
    filters = asked_of_database(condition, here={"tags"})
    assert filters is not None
    assert filters.filters == [
        MetadataFilter(key="source", value="a.pdf"),
        MetadataFilter(key="page", value=2.0),
        MetadataFilter(key="modality", value=["image", "video"], operator=FilterOperator.IN),
        MetadataFilter(key="start_ms", value=0, operator=FilterOperator.GTE),
        MetadataFilter(key="start_ms", value=5, operator=FilterOperator.LT),
    ]
    assert asked_of_database(All((Match("kind", "chunk"),)), here=()) is None
