"""Quotes: what is shown of the evidence that was chosen."""

from __future__ import annotations

import pytest

from mmrag.generation.evidence import MAX_QUOTE, WEIGHTS, Evidence, Signals
from mmrag.generation.quotes import quotes
from mmrag.modalities import Modality
from mmrag.schema import Provenance, build_node, text_of

TEXT = "Snow fell. Olga came. She swept it. The vane froze. Wind rose."


def evidence(*parts: str, text: str = TEXT, source: str = "a.md") -> list[Evidence]:
    node = build_node(text, Provenance(source), modality=Modality.TEXT, mimetype="text/plain")
    none = Signals(*[0.0] * len(WEIGHTS))
    places = [(text.index(part), text.index(part) + len(part)) for part in parts]
    return [Evidence(node, start, end, none, share=0.25) for start, end in places]


def shown(*parts: str, text: str = TEXT) -> list[str]:
    return [quote.text for quote in quotes(evidence(*parts, text=text))]


def test_what_stands_alone_is_shown_as_it_was_chosen() -> None:
    assert shown("Wind rose.", "Snow fell.") == ["Wind rose.", "Snow fell."]
    assert quotes([]) == []


def test_a_pronoun_brings_the_sentence_that_says_who_is_meant() -> None:
    assert shown("She swept it.") == ["Olga came. She swept it."]
    assert shown("It froze.", text="It froze.") == ["It froze."], "nothing stands before it"
    assert shown("Items were sold.", text="Olga came. Items were sold.") == ["Items were sold."]


@pytest.mark.parametrize(("words", "brought"), [(MAX_QUOTE - 3, True), (MAX_QUOTE - 2, False)])
def test_not_if_the_two_are_too_long_together(words: int, brought: bool) -> None:
    before = " ".join(["Olga", *["came"] * (words - 1)]) + "."
    text = f"{before} She swept it."
    assert shown("She swept it.", text=text) == [text if brought else "She swept it."]


def test_neighbours_are_one_quote_in_the_order_of_the_text() -> None:
    (whole,) = quotes(evidence("The vane froze.", "Snow fell.", "She swept it."))
    assert whole.text == "Snow fell. Olga came. She swept it. The vane froze."
    assert text_of(whole.node)[whole.start : whole.end] == whole.text
    assert whole.share == pytest.approx(0.75)


def test_the_best_comes_first_whatever_was_joined() -> None:
    assert shown("Wind rose.", "Snow fell.", "The vane froze.") == [
        "The vane froze. Wind rose.",
        "Snow fell.",
    ]


def test_rows_stay_rows() -> None:
    rows = "Item: rope; Price: 12\nThis: that; It: his"
    assert shown("Item: rope; Price: 12", "This: that; It: his", text=rows) == rows.split("\n")


def test_equal_places_in_different_passages_stay_apart() -> None:
    one, other = evidence("Snow fell."), evidence("Snow fell.", source="b.md")
    other[0].node.id_ = "another"
    assert quotes([*one, *other]) == [*one, *other]
