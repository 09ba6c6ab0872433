"""Inputs of the reading model: every token has its place and its tag."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from mmrag.embeddings.weights import locate
from mmrag.generation.reader_inputs import (
    CLS,
    LONGEST,
    LONGEST_QUESTION,
    MET,
    NOWHERE,
    OTHER,
    PLAIN,
    QUESTION,
    SEP,
    SHARED,
    UNMET,
    encode,
)
from mmrag.generation.reader_minilm import tokenizer_of
from mmrag.profiles import MINILM

TOKENIZER: Tokenizer = tokenizer_of(Path(locate(MINILM, purpose="test").path))


def laid_out(question: str, *items: str) -> list[tuple[str, int, int]]:
    row = encode(TOKENIZER, question, items)
    words = [TOKENIZER.id_to_token(number) for number in row.ids]
    return list(zip(words, row.where, row.tags, strict=True))


def test_words_are_tagged_by_whether_the_other_side_says_them() -> None:
    assert laid_out("Who paid 12 goats?", "Goat book", "She pays: 12.") == [
        ("[CLS]", NOWHERE, PLAIN),
        ("who", QUESTION, PLAIN),
        ("paid", QUESTION, UNMET),
        ("12", QUESTION, MET),
        ("goats", QUESTION, MET),
        ("?", QUESTION, MET),
        ("[SEP]", NOWHERE, PLAIN),
        ("goat", 0, SHARED),
        ("book", 0, OTHER),
        ("she", 1, OTHER),
        ("pays", 1, OTHER),
        (":", 1, OTHER),
        ("12", 1, SHARED),
        (".", 1, SHARED),
        ("[SEP]", NOWHERE, PLAIN),
    ]


def test_starts_are_characters_of_the_item() -> None:
    row = encode(TOKENIZER, "Where?", ["", "In  Övik, on ice."])
    at = {TOKENIZER.id_to_token(n): s for n, s in zip(row.ids, row.starts, strict=True)}
    assert [at[word] for word in ("in", "##vik", ",", "ice")] == [0, 5, 8, 13]


def test_a_long_question_is_cut_and_a_long_passage_too() -> None:
    row = encode(TOKENIZER, "goat " * 20_000, ["title", *["snow " * 90] * 5])
    assert row.where.count(QUESTION) == LONGEST_QUESTION
    assert len(row.ids) == LONGEST
    assert max(row.where) == 3


@pytest.mark.parametrize("items", [[], [""], ["", ""]])
def test_nothing_to_read_is_laid_out_too(items: list[str]) -> None:
    assert encode(TOKENIZER, "", items).ids == [CLS, SEP, SEP]


@given(st.text(max_size=300), st.lists(st.text(max_size=300), max_size=4))
def test_columns_are_of_one_length(question: str, items: list[str]) -> None:
    row = encode(TOKENIZER, question, items)
    assert len(row.ids) == len(row.where) == len(row.tags) == len(row.starts) <= LONGEST
    assert set(row.where) <= {QUESTION, NOWHERE, *range(len(items))}
