"""Which claims a passage supports: what must be exact, and whose figure a figure is."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from llama_index.core.schema import Node
from standins.letters import by_letters

from mmrag.generation.vectors import RememberedVectors
from mmrag.generation.verify import SUPPORTED, Support, Verifier
from mmrag.modalities import Modality
from mmrag.schema import Provenance, build_node
from mmrag.store.spec import FloatArray

PRICES = "A day ticket costs 40 pence, and a season ticket 3 pounds. Dogs are not admitted."
HUT = (
    "The hut was built in 1931 by Anna Lind. It stands at 1,204 m above Lake Ösen. "
    "Per Berg kept goats behind it, and Anna Lind kept bees."
)
TABLE = (
    "Month: December 1961; Oil, litres: 5,870; Palm House, °C: 7.0; Fern House, °C: 8.4\n"
    "Month: January 1962; Oil, litres: 5,240; Palm House, °C: 12.2; Fern House, °C: 7.9"
)


def page(text: str, *heading: str, source: str = "notes.md") -> Node:
    place = Provenance(source, heading=heading)
    return build_node(text, place, modality=Modality.TEXT, mimetype="text/markdown")


def check(claim: str, text: str, *, question: str = "", heading: str = "") -> Support:
    node = page(text, *([heading] if heading else []))
    return Verifier([node], by_letters, question=question).check(claim, [0])[0]


@pytest.mark.parametrize(
    ("claim", "text"),
    [
        ("A day ticket costs 40 pence.", PRICES),
        ("A season ticket costs 3 pounds.", PRICES),
        ("Season tickets are £3.", PRICES),
        ("Dogs are not admitted.", PRICES),
        ("The hut was built by Anna Lind in 1931.", HUT),
        ("The hut stands at 1204 metres.", HUT),  # "it" is the hut of the sentence before
        ("It stands above Lake Osen.", HUT),
        ("Anna Lind kept bees.", HUT),
        ("In December 1961 the Fern House had 8.4 °C.", TABLE),
    ],
)
def test_a_true_claim_is_supported_where_it_stands(claim: str, text: str) -> None:
    found = check(claim, text)
    assert found.verified, found.reason
    assert found.score >= SUPPORTED
    assert found.end > found.start


@pytest.mark.parametrize(
    ("claim", "text", "reason"),
    [
        ("The hut was built in 1932 by Anna Lind.", HUT, "number not in the source: 1932"),
        ("The hut stands at 1,204 feet.", HUT, "number not in the source"),
        ("The hut was built in 1931 by Per Berg.", HUT, "names not in the source: per, berg"),
        ("The hut was built in May 1931.", HUT, "date not in the source: May 1931"),
        ("A day ticket costs 3 pounds.", PRICES, "of something else"),
        ("A season ticket costs 40 pence.", PRICES, "of something else"),
        ("Dogs are admitted.", PRICES, "only the source denies it"),
        ("In December 1961 the Fern House had 7 °C.", TABLE, "of something else"),
        ("In January 1962 the Fern House had 8.4 °C.", TABLE, "not in the source"),
        ("In December 1961 5,870 gallons of oil were burnt.", TABLE, "number not in the source"),
        ("It is what it was.", HUT, "says nothing"),
        ("", HUT, "says nothing"),
        ("Goats sleep well during winter storms.", HUT, "support"),
    ],
)
def test_a_false_claim_is_refused_and_the_reason_told(claim: str, text: str, reason: str) -> None:
    found = check(claim, text)
    assert not found.verified
    assert reason in found.reason


def test_the_stretch_is_that_which_says_it() -> None:
    found = check("Anna Lind kept bees.", HUT)
    assert HUT[found.start : found.end].startswith("Per Berg kept goats")
    both = check("The hut stands at 1204 metres.", HUT)
    assert HUT[both.start : both.end].startswith("The hut was built")
    assert HUT[both.start : both.end].endswith("Lake Ösen.")


def test_the_heading_belongs_to_the_passage_but_its_numbering_does_not() -> None:
    text = "It holds 20 litres."
    assert check("The rain gauge holds 20 litres.", text, heading="Rain gauge").verified
    found = check("The rain gauge holds 4 litres.", text, heading="4. Rain gauge")
    assert "number not in the source" in found.reason


def test_words_repeated_from_the_question_must_stand_in_the_source() -> None:
    claim, text = "The monthly fee of the hut is 30 crowns.", "The fee of the hut is 30 crowns."
    assert "monthly" in check(claim, text, question="What is the monthly fee?").reason


class Doubting:
    """A cross-encoder that is never sure."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, list[str]]] = []

    def scores(self, query: str, documents: Sequence[str]) -> list[float]:
        self.asked.append((query, list(documents)))
        return [0.2] * len(documents)


def test_a_cross_encoder_decides_in_place_of_words() -> None:
    judge = Doubting()
    verifier = Verifier([page(HUT)], by_letters, judge=judge)
    found = verifier.check("The hut was built in 1931 by Anna Lind.", [0])[0]
    assert (found.verified, found.score) == (False, 0.2)
    assert "built in 1931" in judge.asked[0][1][0]
    verifier.check("The hut was built in 1932.", [0])
    assert len(judge.asked) == 1  # what differs in a figure is not put to it


def test_sentences_are_embedded_once_and_together() -> None:
    calls: list[int] = []

    def counting(texts: Sequence[str]) -> FloatArray:
        calls.append(len(texts))
        return by_letters(texts)

    remembered = RememberedVectors(counting)
    verifier = Verifier([page(HUT), page(PRICES)], remembered)
    claims = ["Anna Lind kept bees.", "A day ticket costs 40 pence."]
    verifier.check_all(claims, [0, 1])
    verifier.check_all(claims, [0, 1])
    assert len(calls) == 1


@given(st.integers(2, 999), st.integers(2, 999))
def test_a_figure_that_is_not_there_is_never_supported(given_: int, claimed: int) -> None:
    found = check(f"The mast is {claimed} metres high.", f"The mast is {given_} metres high.")
    assert found.verified == (given_ == claimed)
