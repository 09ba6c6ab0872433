"""Fields in one spelling, and nothing in them that could do harm."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmrag.loaders.metadata.fields import ITEMS, OWN_FIELDS, TEXT_CHARS, collected, words_of
from mmrag.modalities import Modality
from mmrag.schema import KEYS, Provenance, build_node
from mmrag.store.nodes import node_to_payload

ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=4
)


def test_the_first_source_is_trusted_and_lists_are_joined() -> None:
    found = [
        ("description", "From the sidecar"),
        ("keywords", ["hut", "Snow"]),
        ("description", "From the camera"),
        ("keywords", "snow; ridge, winter\nlight"),
        ("author", "Lind, Anna; Erik Berg"),
        ("taken", "when it snowed"),
        ("taken", "2024:05:17 14:03:22"),
    ]
    assert collected(found) == {
        "description": "From the sidecar",
        "keywords": ["hut", "Snow", "ridge", "winter", "light"],
        "author": ["Lind, Anna", "Erik Berg"],
        "taken": "2024-05-17T14:03:22",
    }


@pytest.mark.parametrize(
    ("name", "raw", "kept"),
    [
        ("description", "  a\tb\x1b[31m \u202e\n c ", "a b [31m c"),
        ("description", "e\u0301", "é"),
        ("description", "(untitled)", None),
        ("document_title", "Microsoft Word - Report.docx", "Report.docx"),
        ("author", "python-docx", None),
        ("description", "\ud800x", "?x"),
        ("latitude", "91", None),
        ("rating", 5, 5),
        ("rating", 2**63, None),
        ("score", float("nan"), None),
        ("flags", [True, "a"], ["True", "a"]),
        ("nested", {"a": 1}, None),
        ("a key", "x", "x"),
        ('a"key', "x", None),
        ("k" * 65, "x", None),
        ("_node_content", "x", None),
    ],
)
def test_values_are_cleaned(name: str, raw: object, kept: object) -> None:
    assert collected([(name, raw)]).get(name) == kept


def test_a_long_text_is_cut_at_a_word() -> None:
    text = collected([("description", "word " * 10_000)])["description"]
    assert isinstance(text, str)
    assert TEXT_CHARS - 10 < len(text) <= TEXT_CHARS and text.endswith("word…")


def test_there_are_bounds_to_how_much_is_kept() -> None:
    found = collected([(f"own {n}", n) for n in range(500)])
    assert len(found) == OWN_FIELDS
    assert len(collected([("keywords", [str(n) for n in range(500)])])["keywords"]) == ITEMS  # type: ignore[arg-type]


@pytest.mark.parametrize("key", sorted(KEYS))
def test_no_field_takes_a_key_of_mmrag(key: str) -> None:
    assert collected([(key, "evil")]) == {}


def test_a_position_is_whole_or_none() -> None:
    here = [("latitude", "59.33"), ("longitude", 18.0600001)]
    assert collected(here) == {"latitude": 59.33, "longitude": 18.06}
    assert collected(here[:1]) == {}
    assert collected([("latitude", 0.0), ("longitude", 0.0)]) == {}  # no signal


def test_places_can_be_left_out() -> None:
    found = [("latitude", 59), ("longitude", 18), ("place", "Åre"), ("camera", "X100")]
    found += [("geoData.altitude", 12), ("gpsDop", 2), ("subLocation", "barn"), ("home.city", "B")]
    found += [("velocity", 3)]
    assert collected(found, places=False) == {"camera": "X100", "velocity": 3}
    assert len(collected(found)) == 9


def test_words_of_what_was_written_to_be_read() -> None:
    fields = collected(
        [
            *(("document_title", "The storm of 1956"), ("author", "Anna Lind; Erik Berg")),
            *(("keywords", "wind"), ("camera", "X100"), ("taken", "1956-02-11T12:00:00")),
        ]
    )
    assert words_of(fields) == (
        "Title: The storm of 1956\nBy: Anna Lind, Erik Berg\nKeywords: wind\n"
        "Taken: 1956-02-11 12:00:00"
    )
    said = "reports storm 1956 -- The Storm of 1956, by Anna Lind and Erik Berg"
    assert words_of(fields, said=said) == "Keywords: wind\nTaken: 1956-02-11 12:00:00"
    assert words_of(fields, said=f"{said} in the wind") == ""
    assert words_of({"camera": "X100", "taken": "2024"}) == ""


@given(
    st.lists(st.tuples(st.sampled_from(["description", "keywords", "taken", "latitude", "x"]), ANY))
)
def test_whatever_is_found_can_be_stored(found: list[tuple[str, object]]) -> None:
    fields = collected(found)
    node = build_node("", Provenance("a"), modality=Modality.IMAGE, mimetype="image/png")
    node.metadata.update(fields)
    payload = json.loads(json.dumps(node_to_payload(node), allow_nan=False))
    assert {name: payload[name] for name in fields} == fields
    shown = words_of(fields)
    assert not [c for c in shown if unicodedata.category(c) in ("Cc", "Cf") and c != "\n"]
