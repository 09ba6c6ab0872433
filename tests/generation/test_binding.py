"""Whose figure a figure is."""

from __future__ import annotations

import pytest

from mmrag.generation.binding import mixed_up
from mmrag.generation.said import said

SEASON = "A day ticket costs 40 pence, and a season ticket 3 pounds."
SPEED = "The long group rides at fourteen miles an hour, the short group at nine."
ENGINE = "It had a diesel engine of sixty horsepower, which had replaced the steam engine in 1939."
LOST = "One ride was lost to snow, one to a funeral, and two to a misreading of the almanac."
HOSPITAL = "The great houses burnt 412 tons of coke, which was more than the town hospital used."
TOURS = "Tours in English start at eleven by the sundial, tours in French on the first Sunday."
VATS = "She sold the vats, kept the meadow, and went home."
FARE = "The steward charged half fare for bicycles and whole fare for the tandem."
ROW = "Month: December 1961; Oil, litres: 5,870; Palm House, °C: 7.0; Fern House, °C: 8.4"


@pytest.mark.parametrize(
    ("claim", "stretch"),
    [
        ("A day ticket costs 3 pounds.", SEASON),
        ("A season ticket costs 40 pence.", SEASON),
        ("The short group rides at fourteen miles an hour.", SPEED),
        ("The long group rides at nine miles an hour.", SPEED),
        ("The steam engine had sixty horsepower.", ENGINE),
        ("Two rides were lost to snow.", LOST),
        ("The town hospital burnt 412 tons of coke.", HOSPITAL),
        ("Tours in French start at eleven by the sundial.", TOURS),
        ("She sold the meadow and kept the vats.", VATS),
        ("The steward charged whole fare for bicycles.", FARE),
        ("In December 1961 the Fern House had 7 °C.", ROW),
        ("In December 1961 the Palm House had 8.4 °C.", ROW),
    ],
)
def test_a_figure_of_one_thing_is_not_anothers(claim: str, stretch: str) -> None:
    assert mixed_up(said(claim), said(stretch))


@pytest.mark.parametrize(
    ("claim", "stretch"),
    [
        ("A day ticket costs 40 pence.", SEASON),
        ("A season ticket costs 3 pounds.", SEASON),
        ("The long group rides at fourteen miles an hour.", SPEED),
        ("The short group rides at nine miles an hour.", SPEED),  # the verb stands before
        ("The diesel engine had sixty horsepower.", ENGINE),
        ("It replaced the steam engine in 1939.", ENGINE),
        ("Two rides were lost to a misreading of the almanac.", LOST),
        ("The great houses burnt 412 tons of coke.", HOSPITAL),
        ("Tours in English start at eleven by the sundial.", TOURS),
        ("She sold the vats and kept the meadow.", VATS),
        ("The steward charged half fare for bicycles.", FARE),
        ("In December 1961 the Fern House had 8.4 °C.", ROW),
        ("5,870 litres of oil were burnt in December 1961.", ROW),
    ],
)
def test_its_own_figure_is(claim: str, stretch: str) -> None:
    assert mixed_up(said(claim), said(stretch)) == ""


def test_the_sentence_before_may_lend_a_pronoun_its_noun_but_not_more() -> None:
    first, second = said("The hut was built in 1931."), said("It stands at 1,204 m above the tarn.")
    both = said(f"{first.text} {second.text}")
    true, false = said("The hut stands at 1204 m."), said("The hut was built at 1204 m.")
    assert mixed_up(true, both, (first, second)) == ""
    assert mixed_up(true, both)  # in one sentence, it would be another thing's
    assert mixed_up(false, both, (first, second))
