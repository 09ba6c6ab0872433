"""Dates: one date in many spellings, and different ones told apart."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmrag.generation.dates import Day, dates


def said(text: str) -> list[tuple[int | None, int, int | None]]:
    return [(day.year, day.month, day.day) for day in dates(text)]


@pytest.mark.parametrize(
    "text",
    [
        "14 November 1952",
        "on the 14th of November, 1952",
        "November 14, 1952",
        "Nov. 14th 1952",
        "14 Nov 1952",
        "den 14 november 1952",
        "fourteenth of November 1952",
        "1952-11-14",
        "14.11.1952",
        "14/11/1952",
        "11/14/1952",  # no fourteenth month
    ],
)
def test_one_date_has_many_spellings(text: str) -> None:
    assert said(text) == [(1952, 11, 14)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("in November 1952", [(1952, 11, None)]),
        ("on 2 March", [(None, 3, 2)]),
        ("until December", [(None, 12, None)]),
        ("den elfte juni", [(None, 6, 11)]),
        ("From May 3.25 p.m.", [(None, 5, None)]),  # a month and a time of day
        ("it may rain 12 times", []),
        ("they march on", []),
        ("40 May trees in May 1950", [(None, 5, None), (1950, 5, None)]),
        ("2 July 1934 and 4 Sept 1931", [(1934, 7, 2), (1931, 9, 4)]),
    ],
)
def test_parts_of_dates(text: str, found: list[tuple[int | None, int, int | None]]) -> None:
    assert said(text) == found


def test_what_is_not_said_does_not_differ() -> None:
    whole = Day(1952, 11, 14)
    assert Day(None, 11, 14).agrees(whole)
    assert Day(1952, 11, None).agrees(whole)
    assert not Day(None, 11, 15).agrees(whole)
    assert not Day(1953, 11, None).agrees(whole)
    assert not Day(None, 12, None).agrees(whole)


@given(st.dates(datetime.date(1500, 1, 1), datetime.date(2099, 12, 31)))
def test_every_date_comes_back(date: datetime.date) -> None:
    expected = [(date.year, date.month, date.day)]
    assert said(date.isoformat()) == expected
    assert said(f"on {date.day} {date:%B} {date.year}.") == expected
    assert said(f"{date:%B} {date.day}, {date.year}") == expected
