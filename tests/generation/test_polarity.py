"""Polarity: a claim that turns its source round."""

from __future__ import annotations

import pytest

from mmrag.generation.polarity import contradiction


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("Fog was reported.", "Fog was not reported by anyone."),
        ("Kyle turned back.", "Kyle did not turn back, but steered for the bank."),
        ("Kyle didn't steer for the bank.", "Kyle did not turn back, but steered for the bank."),
        ("The offer included sails.", "Mast and pump are included, but without sails."),
        ("The floor can no longer be seen.", "The floor can still be seen."),
        ("Picnics are not welcome.", "Picnics are welcome, but do not feed the hens."),
        ("Smeden ville ha betalt.", "Smeden ville inte ha betalt."),
        ("Dörrarna har aldrig öppnats.", "Dörrarna har öppnats."),
        ("It has a roof.", "It has no roof."),
        ("The chain was lifted in 1921.", "The chain ought to have been lifted in 1921."),
        ("The hut lies above the tarn.", "The hut lies below the tarn."),
        ("He won a gold medal.", "He won a silver medal."),
        ("The fee rose from 12 to 10 crowns.", "The fee rose from 10 to 12 crowns."),
        (
            "It leaves from the stairs instead of the pier.",
            "It leaves from the pier instead of the stairs.",
        ),
    ],
)
def test_the_opposite_is_seen(claim: str, source: str) -> None:
    assert contradiction(claim, source)


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("Fog was not reported.", "Fog was not reported by anyone."),
        ("Kyle steered for the bank.", "Kyle did not turn back, but steered for the bank."),
        ("The offer did not include sails.", "Mast and pump are included, but without sails."),
        ("There is room for bicycles.", "There is room for bicycles and no room for cars."),
        ("The inquiry recommends a bell.", "A bell should be hung on the bank."),
        ("The fee rose from 10 to 12 crowns.", "The fee rose from 10 to 12 crowns."),
        ("No. 112 was carried down.", "Barometer No. 112 was carried down."),
        ("It was not only warm.", "It was not only warm but dry."),
        ("Days and nights are cold.", "The nights are cold, and the days."),
    ],
)
def test_what_agrees_is_let_be(claim: str, source: str) -> None:
    assert contradiction(claim, source) == ""
