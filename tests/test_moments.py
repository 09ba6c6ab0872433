"""Moments: how files write them, and which seconds they stand for."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmrag.moments import moment, moment_of_timestamp, stretch


@pytest.mark.parametrize(
    ("written", "iso"),
    [
        ("2024", "2024"),
        ("2024-05", "2024-05"),
        ("20240517", "2024-05-17"),
        ("2024:05:17 14:03:22", "2024-05-17T14:03:22"),
        ("2024:05:17 14:03:22+02:00", "2024-05-17T14:03:22+02:00"),
        ("D:20240517140322+02'00'", "2024-05-17T14:03:22+02:00"),
        ("D:20240517140322-05'30", "2024-05-17T14:03:22-05:30"),
        ("D:20240517140322Z00'00'", "2024-05-17T14:03:22+00:00"),
        ("2024-05-17T14:03Z", "2024-05-17T14:03:00+00:00"),
        (" 2024-05-17T14:03:22.123456+0200 ", "2024-05-17T14:03:22+02:00"),
        ("2024-05-17 14:03:22 +02", "2024-05-17T14:03:22+02:00"),
        ("2024-05-17T14:03:22+99:00", "2024-05-17T14:03:22"),
    ],
)
def test_one_spelling_of_all(written: str, iso: str) -> None:
    assert moment(written) == iso
    assert moment(iso) == iso


@pytest.mark.parametrize(
    "written",
    [
        *("", "soon", "24", "12024", "٢٠٢٤", "0000:00:00 00:00:00", "2024-13", "2024-02-30"),
        *("2024-05-17T25:00", "2024-05-17T14", "2024-05-17 14:03:22 or so", "2" * 10_000),
    ],
)
def test_what_is_no_moment(written: str) -> None:
    assert moment(written) is None
    assert stretch(written) is None


@given(st.text())
def test_any_text_is_a_moment_or_none(text: str) -> None:
    iso = moment(text)
    assert iso is None or moment(iso) == iso


def test_what_is_half_known_stands_for_all_of_it() -> None:
    assert stretch("2024") == (20240101000000, 20241231235959)
    assert stretch("2024-05") == (20240501000000, 20240531235959)
    assert stretch("2024-05-17") == (20240517000000, 20240517235959)
    assert stretch("2024-05-17T14:03:22+02:00") == (20240517140322, 20240517140322)


@given(st.datetimes(datetime(1000, 1, 1)), st.datetimes(datetime(1000, 1, 1)))
def test_seconds_are_in_the_order_of_time(one: datetime, other: datetime) -> None:
    first, second = sorted(at.replace(microsecond=0) for at in (one, other))
    a, b = stretch(first.isoformat()), stretch(second.isoformat())
    assert a is not None and b is not None
    assert (a[0] <= b[0]) and (a[0] == b[0]) == (first == second)


def test_seconds_since_1970() -> None:
    assert moment_of_timestamp(1715947402) == "2024-05-17T12:03:22+00:00"
    at = datetime(1931, 6, 1, tzinfo=timezone.utc)
    since = (at - datetime(1970, 1, 1, tzinfo=timezone.utc)) / timedelta(seconds=1)
    assert moment_of_timestamp(since) == at.isoformat()
    for absurd in (1e20, float("nan"), float("inf"), -1e13):
        assert moment_of_timestamp(absurd) is None
