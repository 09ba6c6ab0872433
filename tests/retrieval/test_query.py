"""What a question may narrow the search to."""

from __future__ import annotations

import pytest
from llama_index.core.schema import QueryBundle
from llama_index.core.vector_stores.types import MetadataFilter, MetadataFilters

from mmrag.errors import InputError
from mmrag.modalities import Modality
from mmrag.retrieval.query import MultiModalQuery, narrowing, of_modalities
from mmrag.store.spec import All, Match, MatchAny, Near, Range


def test_what_a_question_demands() -> None:
    filters = MetadataFilters(filters=[MetadataFilter(key="source", value="a.md")])
    query = MultiModalQuery("snow", filters=filters, pages=(3, 7), between_ms=(0, 500))
    assert narrowing(query) == [
        All((Match("source", "a.md"),)),
        Range("page", gte=3, lte=7),
        Range("start_ms", lt=500),
        Range("end_ms", gt=0),
    ]
    assert narrowing(MultiModalQuery("snow")) == narrowing(QueryBundle("snow")) == []
    assert of_modalities((Modality.AUDIO,)) == [MatchAny("modality", ("audio",))]
    assert of_modalities(()) == []


@pytest.mark.parametrize("pages", [(0, 3), (-1, 3), (7, 3)])
def test_pages_that_nothing_stands_on(pages: tuple[int, int]) -> None:
    with pytest.raises(InputError, match=f"pages {pages[0]} to {pages[1]}"):
        MultiModalQuery("snow", pages=pages)


@pytest.mark.parametrize("times", [(-1, 3), (7, 3), (3, 3)])
def test_times_that_nothing_has(times: tuple[int, int]) -> None:
    with pytest.raises(InputError, match=f"time {times[0]} to {times[1]} ms"):
        MultiModalQuery("snow", between_ms=times)


def test_a_time_and_a_place() -> None:
    query = MultiModalQuery("snow", taken=("2024-05", "2024-08-17"), near=(59.3, -18.0, 0.5))
    assert narrowing(query) == [
        Range("taken_at", gte=20240501000000, lte=20240817235959),
        Near("geo", 59.3, -18.0, 500.0),
    ]


@pytest.mark.parametrize("taken", [("2024-08", "2024-05"), ("soon", "2024"), ("2024", "")])
def test_dates_that_nothing_has(taken: tuple[str, str]) -> None:
    with pytest.raises(InputError, match=f"taken {taken[0]} to {taken[1]}: give dates"):
        MultiModalQuery("snow", taken=taken)


@pytest.mark.parametrize(
    "near", [(91.0, 0.0, 1.0), (0.0, -181.0, 1.0), (0.0, 0.0, 0.0), (float("nan"), 0.0, 1.0)]
)
def test_places_that_are_none(near: tuple[float, float, float]) -> None:
    with pytest.raises(InputError, match="latitudes go from -90"):
        MultiModalQuery("snow", near=near)


def test_no_hits_cannot_be_asked_for() -> None:
    with pytest.raises(InputError, match="at least 1"):
        MultiModalQuery("snow", top_k=0)
