"""Citations: what supports a claim, where its quote stands."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from llama_index.core.schema import Node

from mmrag.generation.citations import cite, names, numbers, parse_marks
from mmrag.modalities import Modality
from mmrag.schema import Provenance, Span, build_node

sentence = st.lists(
    st.text(string.ascii_lowercase + "åäö", min_size=2, max_size=9)
    | st.integers(0, 10**6).map(str)
    | st.sampled_from(["Anna", "Östersund", "O'Brien", "1,204", "17,4"]),
    min_size=1,
    max_size=12,
).map(" ".join)


def test_numbers_and_names_of_a_text() -> None:
    assert numbers("1,204 m in 1931, and 17,4 degrees") == {"1204", "1931", "17.4"}
    assert names("Snow fell on Lake Ösen. Then Anna's goats met Éva O'Brien: Nothing") == [
        "lake",
        "ösen",
        "anna",
        "éva",
        "obrien",
    ]


@pytest.mark.parametrize(
    ("sentence", "bare", "marks"),
    [
        ("Snow fell [2, 3].", "Snow fell.", [2, 3]),
        ("Snow [1] fell [2][1].", "Snow fell.", [1, 2]),
        ("Snow fell", "Snow fell", []),
        ("[4]", "", [4]),
        ("Footnote [a], [12x] and [1999]", "Footnote [a], [12x] and [1999]", []),
        ("Snow fell [1-3] and [5–6].", "Snow fell and.", [1, 2, 3, 5, 6]),
        ("Snow fell [3-1] [1-999].", "Snow fell.", []),  # a mark, but of nothing
        ("Snow fell 【1】【2†source】.", "Snow fell.", [1, 2]),
        ("Snow fell ［4］.", "Snow fell.", [4]),
        ("Snow fell [Source 2] [Sources 3 and 4] [^5].", "Snow fell.", [2, 3, 4, 5]),
        ("Snow fell (source 2).", "Snow fell.", [2]),
        ("Snö föll (källa 2).", "Snö föll.", [2]),
        ("Snow fell in the north (2).", "Snow fell in the north (2).", []),
    ],
)
def test_marks_are_split_from_their_sentence(sentence: str, bare: str, marks: list[int]) -> None:
    assert parse_marks(sentence) == (bare, marks)


@given(sentence, st.lists(st.integers(1, 999), min_size=1, unique=True))
def test_marks_come_back_however_they_are_set(bare: str, marks: list[int]) -> None:
    together = f"{bare} [{', '.join(map(str, marks))}]."
    apart = f"{bare} {' '.join(f'[{n}]' for n in marks)}."
    assert parse_marks(together) == parse_marks(apart) == (f"{bare}.", marks)


def _page(text: str, *spans: Span) -> Node:
    place = Provenance("log.pdf", 2, (0.1, 0.1, 0.9, 0.9), heading=("Log", "July"))
    return build_node(text, place, modality=Modality.TEXT, mimetype="application/pdf", spans=spans)


def test_a_citation_is_narrowed_to_the_lines_of_its_quote() -> None:
    node = _page(
        "Snow fell. Wind rose.",
        Span(0, 10, bbox=(0.1, 0.1, 0.5, 0.2)),
        Span(11, 21, bbox=(0.1, 0.2, 0.5, 0.3)),
    )
    found = cite(node, 10, 21, n=3, score=0.75, verified=True)
    assert found.as_dict() == {
        "n": 3,
        "source": "log.pdf",
        "page": 2,
        "bbox": [0.1, 0.2, 0.5, 0.3],
        "start_ms": None,
        "end_ms": None,
        "section": "Log > July",
        "quote": "Wind rose.",
        "verified": True,
        "score": 0.75,
        "node_id": node.node_id,
        "modality": "text",
        "kind": "text",
        "start": 11,
        "end": 21,
    }
    assert not cite(node, 10, 11, n=1, score=1.0, verified=True).verified  # nothing is quoted


def test_a_citation_is_narrowed_to_the_time_of_its_quote() -> None:
    words = [Span(0, 4, start_ms=900, end_ms=1200), Span(5, 10, start_ms=1300, end_ms=1900)]
    node = build_node(
        "Snow fell.",
        Provenance("talk.ogg", start_ms=0, end_ms=60_000),
        modality=Modality.AUDIO,
        mimetype="audio/ogg",
        spans=words,
    )
    found = cite(node, 5, 10, n=1, score=1.0, verified=True)
    assert (found.start_ms, found.end_ms, found.quote) == (1300, 1900, "fell.")


@pytest.mark.parametrize(
    ("via", "surrogate", "kind"),
    [
        (None, False, "text"),
        ("ocr", False, "ocr"),
        ("asr", False, "transcript"),
        ("caption", False, "caption"),
        (None, True, "stand-in"),
    ],
)
def test_a_citation_says_what_kind_of_text_it_quotes(
    via: str | None, surrogate: bool, kind: str
) -> None:
    node = build_node(
        "Snow fell.",
        Provenance("a.png"),
        modality=Modality.IMAGE,
        mimetype="image/png",
        via=via,
        surrogate=surrogate,
    )
    found = cite(node, 0, 10, n=1, score=1.0, verified=True)
    assert (found.kind, found.modality) == (kind, "image")


@given(sentence, st.integers(0, 80), st.integers(0, 80))
def test_a_quote_is_the_exact_characters_that_it_names(text: str, start: int, end: int) -> None:
    node = _page(f" {text}  {text}\n")
    whole = node.get_content()
    found = cite(node, start, end, n=1, score=1.0, verified=True)
    assert found.quote == whole[found.start : found.end]
    assert found.quote == whole[start:end].strip()
