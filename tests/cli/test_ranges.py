"""Pages, times, dates and places as a user types them."""

from __future__ import annotations

import pytest
import typer

from mmrag.cli.ranges import circle, date_range, page_range, time_range


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


@pytest.mark.parametrize(
    ("given", "dates"),
    [
        ("2024", ("2024", "2024")),
        ("2024-05..2024-08", ("2024-05", "2024-08")),
        (" 2024-05-17 .. 2024 ", ("2024-05-17", "2024")),
        ("2024..", ("2024", "9999")),
        ("..1962-05", ("0001", "1962-05")),
        (None, None),
    ],
)
def test_dates(given: str | None, dates: tuple[str, str] | None) -> None:
    assert date_range(given) == dates


@pytest.mark.parametrize("given", ["", "..", "May", "2024-13", "2024..2023", "2024-05-2024-08"])
def test_bad_dates_are_named(given: str) -> None:
    with pytest.raises(typer.BadParameter, match=r"--taken.*found"):
        date_range(given)


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ("59.33,18.06,25km", (59.33, 18.06, 25.0)),
        ("-59.33, +18.06, 500 m", (-59.33, 18.06, 0.5)),
        ("59,18,1.5", (59.0, 18.0, 1.5)),
        (None, None),
    ],
)
def test_places(given: str | None, place: tuple[float, float, float] | None) -> None:
    assert circle(given) == place


@pytest.mark.parametrize(
    "given", ["", "59,18", "59,18,", "91,18,1km", "59,181,1km", "59,18,0km", "59,18,1mi", "a,b,c"]
)
def test_bad_places_are_named(given: str) -> None:
    with pytest.raises(typer.BadParameter, match=r"--near.*found"):
        circle(given)
