"""Citations: what supports a claim, where its quote stands."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from llama_index.core.schema import Node

from mmrag.generation.citations import best_quote, cite, names, numbers, parse_marks, support
from mmrag.modalities import Modality
from mmrag.schema import Provenance, Span, build_node

PASSAGE = (
    "The hut was built in 1931 by Anna Lind. It stands at 1,204 m above Lake Ösen. "
    "The annual fee is 30 crowns, and Patrik O'Brien kept goats."
)


@pytest.mark.parametrize(
    ("claim", "question"),
    [
        ("The hut was built in 1931.", ""),
        ("It stands at 1204 m.", ""),  # the same number in another spelling
        ("The builder of the hut was Anna Lind.", ""),  # inflected, reordered
        ("It stands above Lake Osen.", ""),  # without its diacritics
        ("Goats were kept by Patrik O'Brien.", ""),
        ("Goats were kept by Patrik O’Brien.", ""),
        ("O'Brien's goats were kept.", ""),
        ("The goats were Patrik's.", ""),
        ("The annual fee is 30 crowns.", "What is the annual fee?"),
        ("Trolls guard goats and crowns.", ""),  # half of its words will do
    ],
)
def test_a_claim_that_stands_in_its_passage_is_supported(claim: str, question: str) -> None:
    found = support(claim, PASSAGE, question)
    assert found.verified, found.reason
    assert 0.5 <= found.score <= 1.0


@pytest.mark.parametrize(
    ("claim", "question", "reason"),
    [
        ("The hut was built in 1932.", "", "numbers not in the source: 1932"),
        ("It stands at 1,240 m.", "", "numbers not in the source: 1240"),
        ("It stands at 204 m.", "", "numbers not in the source: 204"),
        ("The hut was built by Anna Berg.", "", "names not in the source: berg"),
        ("It stands above Lake Øren.", "", "names not in the source: øren"),
        ("It was kept by Patrik Élan.", "", "names not in the source: élan"),
        ("The monthly fee is 30 crowns.", "What is the monthly fee?", "source: monthly"),
        ("Goats sleep well during winter storms.", "", "only 20% of its words"),
        ("It is what it was.", "", "says nothing"),
        ("", "", "says nothing"),
    ],
)
def test_a_claim_that_changes_a_fact_is_not(claim: str, question: str, reason: str) -> None:
    found = support(claim, PASSAGE, question)
    assert not found.verified
    assert reason in found.reason
    assert found.score < 0.5


def test_words_of_the_question_are_no_evidence() -> None:
    claim = "The hut was built by trolls."
    # two of three words stand in the source, but the question had said both of them
    assert support(claim, PASSAGE).verified
    assert support(claim, PASSAGE, "Who built the hut?").score == 0.0
    # a claim that only repeats the question adds nothing that could be wrong
    assert support("The hut was built.", PASSAGE, "When was the hut built?").score == 1.0


sentence = st.lists(
    st.text(string.ascii_lowercase + "åäö", min_size=2, max_size=9)
    | st.integers(0, 10**6).map(str)
    | st.sampled_from(["Anna", "Östersund", "O'Brien", "1,204", "17,4"]),
    min_size=1,
    max_size=12,
).map(" ".join)


@given(sentence, sentence, sentence)
def test_support_is_a_share_and_every_text_supports_itself(
    claim: str, passage: str, question: str
) -> None:
    found = support(claim, passage, question)
    assert 0.0 <= found.score <= 1.0
    assert found.verified == (found.reason == "")
    itself = support(claim, f"{passage} {claim}", question)
    assert itself.verified or "says nothing" in itself.reason


@given(sentence, st.integers(2_000_000, 3_000_000))
def test_a_number_that_is_not_there_always_fails(passage: str, number: int) -> None:
    assert support(f"{passage} {number}", passage).score == 0.0


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


def test_the_best_quote_is_the_sentence_that_says_it_or_two_in_a_row() -> None:
    text = "Wind rose at night. The hut was built in 1931. Anna Lind built it. Goats came later."
    node = _page(text)

    def quoted(claim: str) -> str:
        start, end = best_quote(claim, node)
        return text[start:end]

    assert quoted("The hut was built in 1931.") == "The hut was built in 1931."
    both = "The hut was built in 1931. Anna Lind built it."
    assert quoted("Anna Lind built the hut in 1931.") == both
    assert best_quote("anything", _page("")) == (0, 0)


def test_of_two_quotes_that_say_as_much_the_shorter_is_taken() -> None:
    text = "The hut, which had stood there for many long winters, was red. The hut was red."
    assert best_quote("The hut was red.", _page(text)) == (text.rindex("The hut"), len(text))
