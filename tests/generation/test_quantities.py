"""Numbers: one number in many spellings, units told apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmrag.generation.quantities import Quantity, quantities


def only(text: str) -> Quantity:
    (found,) = quantities(text)
    return found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("£6,200", "6200 pounds"),
        ("64 trees", "sixty-four trees"),
        ("38,000 sheets", "thirty-eight thousand sheets"),
        ("2080 panes", "two thousand and eighty panes"),
        ("131 miles", "a hundred and thirty-one miles"),
        ("18 400 kronor", "18,400 kronor"),
        ("17,4 grader", "17.4 °C"),
        ("7.0", "7"),
        ("11 mm", "eleven millimetres"),
        ("fourpence", "4 pence"),
        ("44 burkar", "fyrtiofyra burkar"),
        ("600 kakor", "sexhundra kakor"),
        ("the 3rd year", "the third year"),
        ("at 21:40", "at 21.40"),
        ("at 7.05 pm", "19:05"),
        ("minus 5", "-5"),
        ("5 degrees below zero", "-5 °C"),
    ],
)
def test_one_number_has_many_spellings(one: str, other: str) -> None:
    assert only(one).agrees(only(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("40 pence", "40 pounds"),
        ("nineteen metres", "nineteen feet"),
        ("14 miles", "14 kilometres"),
        ("thirty-one persons", "thirty-one years"),
        ("three", "the third"),
        ("twice", "two"),
        ("5 degrees", "-5 degrees"),
        ("06:40", "18:40"),
        ("1,204", "1.204"),
    ],
)
def test_what_differs_is_told_apart(one: str, other: str) -> None:
    assert not only(one).agrees(only(other))


def test_a_noun_need_not_repeat_the_unit_of_a_column() -> None:
    nights, column = only("9 frost nights"), Quantity(frozenset({"9"}), "night", 0, 1, column=True)
    assert nights.agrees(column)
    assert not nights.agrees(Quantity(frozenset({"9"}), "day", 0, 1))


def test_articles_and_pronouns_are_no_numbers() -> None:
    assert quantities("one of them bought en båt and ett hus") == []
    assert [sorted(q.readings) for q in quantities("one of two")] == [["2"]]


def test_the_bounds_of_a_number_hold_its_unit() -> None:
    text = "It cost £6,200 and weighed 40 kg."
    assert [text[q.start : q.end] for q in quantities(text)] == ["£6,200", "40 kg"]


@given(st.integers(2, 999_999))
def test_thousands_separators_do_not_matter(number: int) -> None:
    spellings = {str(number), f"{number:,}"}
    assert {frozenset(only(s).readings) for s in spellings} == {frozenset({str(number)})}
