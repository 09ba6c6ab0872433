"""Sentence ends in English and Swedish."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmrag.loaders.sentences import sentences


def cut(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    "parts",
    [
        ["Dr. Lind met Mr. J. K. Berg.", "They talked."],
        ["It cost 3.50 kr.", "No. 5 was sold in 1901.", "The rest stayed."],
        ["He said no.", "Then he left."],
        ["Vi har t.ex. barometrar, bl.a. Från 1897 och s.k. Aneroider.", "De är hela."],
        ["Öppet kl. 9 till kl. 17.", "Välkommen!"],
        ["Mät två gånger, d.v.s. Noga.", "Ångan syns."],
        ["See e.g. The first one, i.e. Number two.", "Next."],
        ["“It works!” he said.", "“Does it?”", "She left."],
        ["He waited… and waited.", "Nothing…", "Then rain."],
        ["The end (see p. 4).", "A new start."],
        ["It was shown.[12]", "Others agree."],
        ["1. First wind the clock.", "Second, wait."],
        ["これは試験です。", "次の文です。"],
        ["Really?!", "Yes."],
        ["Pris: 5 kr/st.", "Köp nu"],
    ],
)
def test_sentences_end_where_a_reader_ends_them(parts: list[str]) -> None:
    assert cut(" ".join(parts)) == parts


def test_a_line_break_always_ends_a_sentence() -> None:
    assert cut("one\ntwo\n\n  three. ") == ["one", "two", "three."]


@pytest.mark.parametrize(
    "text",
    [
        "." * 200_000,
        " " * 200_000 + "x",
        "a" * 200_000 + " b. X",
        "." + " " * 200_000,
        ").(" * 70_000,
    ],
    ids=["stops", "spaces", "letters", "stop and spaces", "brackets"],
)
def test_hostile_text_takes_no_time(text: str) -> None:
    started = time.perf_counter()
    sentences(text)
    assert time.perf_counter() - started < 2  # minutes, where a pattern backtracks


def test_nothing_in_nothing() -> None:
    assert sentences("") == []
    assert sentences(" \n ") == []


@given(st.text(alphabet='aB1.!? \n"”’)([…Dr。kl', max_size=200) | st.text(max_size=200))
def test_every_character_lies_in_exactly_one_sentence(text: str) -> None:
    ranges = sentences(text)
    assert "".join("".join(cut(text)).split()) == "".join(text.split())
    assert all(a[1] <= b[0] for a, b in pairwise(ranges))
    assert all(text[a:b] == text[a:b].strip() != "" for a, b in ranges)
