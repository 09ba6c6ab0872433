"""Words: what matches what, in English and Swedish."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmrag import words
from mmrag.words import STOPWORDS, content_words, fold, forms, tokens


def meet(one: str, other: str) -> bool:
    return not forms(one).isdisjoint(forms(other))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1,204 m", ["1204", "m"]),
        ("17,4 degrees", ["17.4", "degrees"]),
        ("17.4", ["17.4"]),
        ("1,234,567", ["1234567"]),
        ("1,204.5", ["1204.5"]),
        ("0,123 mm", ["0.123", "mm"]),  # nobody groups thousands after a lone zero
        ("12,34", ["12.34"]),
        ("in 1931, 1932.", ["in", "1931", "1932"]),
        ("COVID-19", ["covid", "19"]),
        ("14:30", ["14", "30"]),
    ],
)
def test_numbers_come_in_one_form(text: str, wanted: list[str]) -> None:
    assert tokens(text) == wanted


@given(st.integers(1, 10**12), st.integers(0, 999))
def test_grouped_and_plain_numbers_are_the_same(whole: int, part: int) -> None:
    if whole >= 1000:
        assert tokens(f"{whole:,}") == tokens(f"{whole}") == [str(whole)]
    assert tokens(f"{whole:,}.{part}") == tokens(f"{whole}.{part}") == [f"{whole}.{part}"]


def test_one_spelling_of_compatible_characters() -> None:
    assert tokens("ﬁnal ２０２４ ＡＢＣ") == ["final", "2024", "abc"]
    assert tokens("cafe\u0301") == tokens("café") == ["café"]
    assert tokens("STRASSE") == tokens("straße")


def test_a_word_without_its_diacritics_still_finds_it() -> None:
    assert fold("Östersund, Åre, Kadavré") == "Ostersund, Are, Kadavre"
    assert meet("ostersund", "östersund")
    assert meet("vaderstation", "väderstationer")
    # but words that both carry diacritics stay themselves
    assert "råka" not in forms("räka")


@pytest.mark.parametrize(
    "together",
    [
        "measuring measured measures",
        "barometer barometers",
        "station stationer stationen stationerna",
        "barometer barometern",
        "observation observations observationer",
        "flicka flickor flickorna",
    ],
)
def test_inflections_meet(together: str) -> None:
    first, *others = together.split()
    assert [word for word in others if not meet(first, word)] == []


def test_different_words_stay_apart() -> None:
    assert not meet("monthly", "annual")
    assert not meet("1931", "1932")
    assert forms("1931") == {"1931"}


@pytest.mark.parametrize("apostrophe", ["'", "’"])
def test_possessives_lose_their_s_and_other_apostrophes_their_mark(apostrophe: str) -> None:
    text = f"Linnea{apostrophe}s hut and O{apostrophe}Brien{apostrophe}s dogs{apostrophe} tails"
    assert tokens(text)[:2] == ["linnea", "hut"]
    assert tokens(f"O{apostrophe}Brien don{apostrophe}t") == ["obrien", "dont"]
    assert tokens(f"dogs{apostrophe} tails") == ["dogs", "tails"]


def test_content_words_are_those_that_carry_a_topic() -> None:
    asked = "When was the barometer at Hut B bought, and what did it cost?"
    assert content_words(asked) == ["barometer", "hut", "bought", "cost"]
    assert content_words("Vad är det för temperatur vid stationen?") == ["temperatur", "stationen"]
    assert content_words("7 men of 12") == ["7", "12"]  # "men" is Swedish for "but"
    assert {word for word in STOPWORDS if tokens(word) != [word]} == set()


@given(st.text())
def test_tokens_are_stable_whatever_comes_in(text: str) -> None:
    once = tokens(text)
    assert tokens(text) == once
    assert all(token and forms(token) for token in once)
    assert set(content_words(text)) <= set(once)


def test_every_thread_has_stemmers_of_its_own_that_stem_alike() -> None:
    def stem(word: str) -> tuple[tuple[str, ...], object]:
        return words._stems(word), words._local.stemmers

    here, mine = stem("stationerna")
    with ThreadPoolExecutor(1) as pool:
        there, theirs = pool.submit(stem, "stationerna").result()
    assert here == there == ("stationerna", "station")
    assert mine is not theirs
    assert stem("barometers")[1] is mine  # and keeps them, for they are slow to make
