"""Which candidates stand for others."""

from __future__ import annotations

import uuid
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmrag.retrieval.copies import exact, places_of, similar
from mmrag.retrieval.fusion import Fused
from mmrag.retrieval.shortlist import Candidate

ONE, TWO = "a" * 64, "b" * 64


def candidate(source: str, angle: float | None = None, **payload: Any) -> Candidate:
    """A picture unless said otherwise; `angle` in degrees is its vector in the space clip."""
    turn = None if angle is None else np.radians(angle)
    vectors = {} if turn is None else {"clip": np.array([np.cos(turn), np.sin(turn)], np.float32)}
    made = {"source": source, "modality": "image", "sha256": ONE, "chunk": 0, **payload}
    return Candidate(Fused(str(uuid.uuid4()), 0.5, {}), made, vectors)


def told(found: list[Candidate]) -> dict[str, list[str]]:
    """By the survivor's source and start, those of what it stands for."""

    def name(one: Candidate) -> str:
        return f"{one.payload['source']}{one.payload.get('start_ms', '')}"

    return {name(one): [name(copy) for copy in one.copies] for one in found}


def alike(*candidates: Candidate, above: float = 0.99) -> dict[str, list[str]]:
    return told(similar(candidates, above=above, spaces={"clip"}))


def test_the_best_of_equal_contents_stands_for_the_others() -> None:
    found = exact(
        [
            candidate("b.png", page=1),
            candidate("other.png", page=1, sha256=TWO),
            candidate("a.png", page=1),
            candidate("c.png", page=1),
        ]
    )
    assert told(found) == {"b.png": ["a.png", "c.png"], "other.png": []}
    place = {"source": "a.png", "page": 1, "start_ms": None, "end_ms": None}
    assert places_of(found[0].copies)[0] == place


def test_what_lies_beside_a_copy_may_say_otherwise() -> None:
    def twins(via: str, **fields: str) -> list[Candidate]:
        of = {"via": via, "part": True, "fields": ["description"]}
        return [
            candidate("a.png", **of, description="Anna"),
            candidate("b.png", **of, description=fields.get("other", "Anna")),
        ]

    assert told(exact(twins("sidecar"))) == {"a.png": [], "b.png": []}
    assert told(exact(twins("subtitles"))) == {"a.png": [], "b.png": []}
    assert told(exact(twins("metadata"))) == {"a.png": ["b.png"]}
    assert told(exact(twins("metadata", other="Erik"))) == {"a.png": [], "b.png": []}


@pytest.mark.parametrize(
    "other",
    [{"chunk": 1}, {"page": 2}, {"start_ms": 5}, {"bbox": [0, 0, 1, 1]}, {"modality": "text"}],
)
def test_other_places_of_the_same_file_are_no_copies(other: dict[str, Any]) -> None:
    found = exact([candidate("a.png"), candidate("b.png", **other)])
    assert [len(one.copies) for one in found] == [0, 0]


@pytest.mark.parametrize("said", [{"sha256": "ff"}, {"sha256": None}, {"chunk": None}])
def test_nodes_that_do_not_say_what_file_they_are_of_stay(said: dict[str, Any]) -> None:
    assert len(exact([candidate("a.png", **said), candidate("b.png", **said)])) == 2


def test_pictures_of_other_files_that_look_the_same_are_one() -> None:
    found = alike(candidate("a", 0), candidate("b", 3), candidate("c", 30), candidate("d", 33))
    assert found == {"a": ["b"], "c": ["d"]}
    # each is compared with the one that would stand for it: likeness does not creep
    assert alike(candidate("a", 0), candidate("b", 7), candidate("c", 14)) == {"a": ["b"], "c": []}


def test_words_other_modalities_and_the_vectorless_stay() -> None:
    found = alike(
        candidate("a", 0),
        candidate("b", 0, modality="audio"),
        candidate("c", 0, modality="text"),
        candidate("d", 0, modality="text"),
        candidate("e"),
        candidate("f"),
    )
    assert found == {"a": [], "b": [], "c": [], "d": [], "e": [], "f": []}


def test_pages_of_one_document_stay() -> None:
    pages = [candidate("a.pdf", 0, page=1), candidate("a.pdf", 0, page=2)]
    assert len(similar(pages, above=0.99, spaces={"clip"})) == 2


def test_touching_stretches_of_one_recording_are_one_whatever_their_order() -> None:
    times = [(20, 30), (40, 50), (30, 40), (70, 80), (10, 20)]
    windows = [
        candidate("rain.ogg", n, modality="audio", start_ms=start, end_ms=end)
        for n, (start, end) in enumerate(times)
    ]
    found = alike(*windows)
    assert found.keys() == {"rain.ogg20", "rain.ogg70"}
    assert sorted(found["rain.ogg20"]) == ["rain.ogg10", "rain.ogg30", "rain.ogg40"]
    other = candidate("rain.ogg", 60, modality="audio", start_ms=30, end_ms=40)
    assert len(alike(windows[0], windows[1], other)) == 3, "what lies between sounds different"


def test_every_space_must_agree() -> None:
    one, other = candidate("a", 0), candidate("b", 0)
    apart = [
        Candidate(c.fused, c.payload, {**c.vectors, "imagebind": np.eye(2, dtype=np.float32)[n]})
        for n, c in enumerate((one, other))
    ]
    assert len(similar([one, other], above=0.99, spaces={"clip", "imagebind"})) == 1
    assert len(similar(apart, above=0.99, spaces={"clip", "imagebind"})) == 2
    assert len(similar(apart, above=0.99, spaces={"clip"})) == 1


def test_copies_of_copies_go_along() -> None:
    rows = [candidate("a", 0), candidate("b", 1, sha256=TWO), candidate("c", 1, sha256=TWO)]
    assert told(similar(exact(rows), above=0.99, spaces={"clip"})) == {"a": ["b", "c"]}


@given(st.lists(st.tuples(st.sampled_from("xyz"), st.integers(0, 40)), max_size=9))
def test_nothing_is_lost_and_the_order_stays(made: list[tuple[str, int]]) -> None:
    rows = [candidate(f"{n}", angle, sha256=digest * 64) for n, (digest, angle) in enumerate(made)]
    found = similar(exact(rows), above=0.99, spaces={"clip"})
    names = [one.payload["source"] for one in found]
    assert names == sorted(names, key=int)
    everyone = names + [copy.payload["source"] for one in found for copy in one.copies]
    assert sorted(everyone, key=int) == [f"{n}" for n in range(len(rows))]
    for one in found:
        assert all(int(copy.payload["source"]) > int(one.payload["source"]) for copy in one.copies)
