"""Pages and times as a user types them."""

from __future__ import annotations

import pytest
import typer

from mmrag.cli.ranges import page_range, time_range


@pytest.mark.parametrize(
    ("given", "pages"), [("3-7", (3, 7)), ("3", (3, 3)), (" 3-3 ", (3, 3)), (None, None)]
)
def test_pages(given: str | None, pages: tuple[int, int] | None) -> None:
    assert page_range(given) == pages


@pytest.mark.parametrize("given", ["", "x", "3-", "-3", "3-7-9", "7-3", "0", "0-2", "1.5"])
def test_bad_pages_are_named(given: str) -> None:
    with pytest.raises(typer.BadParameter, match=r"--pages.*found"):
        page_range(given)


@pytest.mark.parametrize(
    ("given", "times"),
    [
        ("0:30-2:00", (30_000, 120_000)),
        ("90-120", (90_000, 120_000)),
        ("1:02:03-1:02:03.5", (3_723_000, 3_723_500)),
        ("0 - 0:01", (0, 1000)),
        (None, None),
    ],
)
def test_times(given: str | None, times: tuple[int, int] | None) -> None:
    assert time_range(given) == times


@pytest.mark.parametrize(
    "given",
    ["", "5", "2:00-0:30", "1-1", "0:75-3:00", "1:60:00-2:00:00", "a-b", "0:30-", "-2:00", "1-2-3"],
)
def test_bad_times_are_named(given: str) -> None:
    with pytest.raises(typer.BadParameter, match="--time"):
        time_range(given)
