"""Counts and sizes, as they are read and shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmrag.errors import InputError
from mmrag.planning.amounts import bytes_of, bytes_shown, count_of, count_shown


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("50M", 50_000_000),
        ("2.5k", 2500),
        ("1e6", 1_000_000),
        ("1_000", 1000),
        (" 3 b ", 3_000_000_000),
        ("1.5e3k", 1_500_000),
        ("7", 7),
    ],
)
def test_counts(text: str, value: int) -> None:
    assert count_of(text, what="--items") == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("64GB", 64 * 10**9),
        ("64g", 64 * 10**9),
        ("64GiB", 64 * 2**30),
        ("1.5 TB", 1_500_000_000_000),
        ("512mib", 512 * 2**20),
    ],
)
def test_sizes(text: str, value: int) -> None:
    assert bytes_of(text, what="--node-ram") == value


@pytest.mark.parametrize(
    "text", ["", "-5M", "M", "5X", "0", "1,000", "1e16", "1e999", "inf", "5MB"]
)
def test_what_is_no_count(text: str) -> None:
    with pytest.raises(InputError, match=r"--items wants a number from 1 to 1e15.*found"):
        count_of(text, what="--items")


@pytest.mark.parametrize("text", ["", "64", "GB", "0GB", "5XB", "iB", "64 gigs", "64i", "1e4PB"])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(InputError, match=r"--node-ram wants a size such as 64GB.*found"):
        bytes_of(text, what="--node-ram")


@given(st.integers(1, 10**13))
def test_shown_counts_are_read_back(value: int) -> None:
    assert count_of(count_shown(value), what="") == pytest.approx(value, rel=0.006)


@given(st.integers(1000, 10**18))
def test_shown_sizes_are_read_back(value: int) -> None:
    shown = bytes_shown(value)
    assert len(shown) <= 8
    assert bytes_of(shown, what="") == pytest.approx(value, rel=0.006)
