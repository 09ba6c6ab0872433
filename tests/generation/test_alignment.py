"""What must stand exactly, and in which sentence."""

from __future__ import annotations

import pytest
from llama_index.core.schema import Node

from mmrag.generation.alignment import Setting, fit, mistake
from mmrag.generation.passage import Passage
from mmrag.generation.said import said
from mmrag.modalities import Modality
from mmrag.schema import Provenance, build_node


def page(text: str, *heading: str) -> Node:
    place = Provenance("notes.md", heading=heading)
    return build_node(text, place, modality=Modality.TEXT, mimetype="text/markdown")


def mistakes(claim: str, text: str, *heading: str) -> list[str]:
    """What is wrong with a claim at each stretch of a passage."""
    stretches = Passage(page(text, *heading)).stretches
    return [mistake(said(claim), stretch.setting, said("")) for stretch in stretches]


PEOPLE = "Leonard Voss came from Rotterdam in 1931. Ruth Hall has been in charge since 1958."
KEPT = "Pike retired in 1899 and kept bees. Martha Quill, who followed him, was on strike in 1907."


@pytest.mark.parametrize(
    ("claim", "text", "heading"),
    [
        ("Ruth Hall came from Rotterdam in 1931.", PEOPLE, ""),
        ("Leonard Voss has been in charge since 1958.", PEOPLE, ""),
        ("Pike was on strike in 1907.", KEPT, ""),
        ("Martha Quill retired in 1899.", KEPT, ""),
        ("Marlowe was deaf for a week.", "Lindqvist was deaf for a week.", "The Marlowe years"),
        ("It was opened on 14 May 1952.", "It was opened on 14 May. It was new in 1953.", ""),
        ("It was opened on 14 May 1952.", "It was opened in May 1952.", ""),
        ("Nobody goes beyond stake H alone.", "Nobody goes beyond stake D alone.", ""),
    ],
)
def test_facts_of_two_sentences_are_not_joined(claim: str, text: str, heading: str) -> None:
    found = mistakes(claim, text, *([heading] if heading else []))
    assert all(found), found


def test_two_sentences_are_read_as_one_only_where_the_second_goes_on() -> None:
    text = "She compared the summit and the gap. The summit had the cleanest wind."
    *_, both = mistakes("The gap had the cleanest wind.", text)
    assert "of something else" in both
    *_, both = mistakes("The summit had the cleanest wind.", text)
    assert both == ""


@pytest.mark.parametrize(
    ("claim", "text", "heading"),
    [
        ("Leonard Voss came from Rotterdam in 1931.", PEOPLE, ""),
        ("Pike kept bees.", KEPT, ""),
        ("Martha Quill was on strike in 1907.", KEPT, ""),
        ("Anna Lind kept goats.", "Anna Lind came in 1931. She kept goats.", ""),
        ("The Palm House was put up in 1881.", "It was put up in March 1881.", "The Palm House"),
        ("It was opened on 14 May 1952.", "It was opened on 14 May.", "Log of 1952"),
        ("Nobody goes beyond stake D alone.", "Nobody goes beyond stake D alone.", ""),
        ("Clouds over the ridge is on 14 July.", "Clouds over the ridge\n14 July, 7 pm", ""),
        ("EM sowed 40 peas on 2 March.", "2 Mar  EM.  Sowed 40 peas before dinner.", ""),
    ],
)
def test_what_one_sentence_says_of_the_other_is(claim: str, text: str, heading: str) -> None:
    found = mistakes(claim, text, *([heading] if heading else []))
    assert "" in found, found


def test_the_fit_counts_words_where_they_stand() -> None:
    setting = Setting(said("It stands on the ridge."), said("The hut. notes"), said("Old wood."))
    found = fit(said("The hut stands on a ridge."), setting)
    assert (found.own, found.head, found.tail) == ((2 + 0.5) / 3, 1.0, 1.0)
    other = fit(said("Timber was carried to the ridge in snow."), setting)
    assert (other.own, other.head, other.tail) == (1 / 4, 0.0, 0.0)


def test_a_sum_of_money_says_that_something_costs() -> None:
    setting = Setting(said("The roof came to £64."), said(""))
    assert fit(said("The roof cost £64."), setting).own == 1.0


def test_numbers_of_sections_tables_and_rows_are_no_facts() -> None:
    above = Passage(page("x", "4. Cost", "Table 2. Oil", "rows 12-14", "Winter of 1962")).above
    assert [sorted(number.readings) for number in above.numbers] == [["1962"]]
