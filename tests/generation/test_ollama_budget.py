"""Counting prompts: bounds that hold for a real tokenizer, contexts, and the looks of a cut."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ollama_server.engine import Engine

from mmrag.errors import PromptTruncated
from mmrag.generation.ollama.budget import (
    PICTURE,
    STEP,
    Budget,
    budget,
    tokens_at_least,
    tokens_at_most,
)
from mmrag.samples import ARCHIVE

TEXTS = {
    "english": (ARCHIVE / "reports/station-history.md").read_text("utf-8"),
    "swedish": (ARCHIVE / "letters/vinterforradet-1951.md").read_text("utf-8"),
    "table": (ARCHIVE / "tables/cableway-loads-1953-1954.csv").read_text("utf-8"),
    "russian": "Метеостанция была построена в 1934 году на высоте 1204 метра.",
    "chinese": "气象站建于1934年，海拔1204米。",
    "numbers": "12.345 678,90 1934-05-06 0x1F\n" * 20,
    "code": "def f(x: int) -> dict[str, Any]:\n    return {'a': x ** 2}\n" * 10,
}


@pytest.mark.parametrize("name", TEXTS)
def test_bounds_hold_for_a_real_tokenizer(llama_engine: Engine, name: str) -> None:
    text = TEXTS[name]
    assert tokens_at_least(text) <= len(llama_engine.tokens(text)) <= tokens_at_most(text)


def test_prose_is_not_far_off(llama_engine: Engine) -> None:
    true = len(llama_engine.tokens(TEXTS["english"]))
    assert tokens_at_least(TEXTS["english"]) > 0.5 * true
    assert tokens_at_most(TEXTS["english"]) < 1.6 * true


@given(st.text(max_size=200))
def test_bounds_are_in_order_and_below_the_bytes(text: str) -> None:
    assert (
        0 <= tokens_at_least(text) <= tokens_at_most(text) <= len(text.encode("utf-8", "replace"))
    )


def turn(words: int, role: str = "user", **more: Any) -> dict[str, Any]:
    return {"role": role, "content": "word " * words, **more}


@given(
    st.lists(st.integers(0, 3000), min_size=1, max_size=4),
    st.integers(0, 3000),
    st.integers(512, 20_000),
    st.integers(0, 20_000),
)
def test_context_holds_prompt_and_answer_where_the_window_does(
    lengths: list[int], num_predict: int, window: int, least: int
) -> None:
    found = budget([turn(n) for n in lengths], num_predict=num_predict, window=window, least=least)
    assert found.num_ctx <= window
    if found.num_ctx < window:
        assert found.num_ctx >= max(found.at_most + num_predict, least)
        assert found.num_ctx % STEP == 0 or found.num_ctx == least


def test_pictures_and_tools_count() -> None:
    bare = budget([turn(3)], num_predict=0, window=99_999)
    seen = budget([turn(3, images=[b"\x89PNG"] * 2)], num_predict=0, window=99_999)
    assert seen.at_most - bare.at_most == 2 * PICTURE[1]
    assert seen.at_least - bare.at_least == 2 * PICTURE[0]
    told = budget([turn(3)], num_predict=0, window=99_999, extra='{"name": "add"}')
    assert told.at_most > bare.at_most


def test_system_and_last_message_are_what_a_server_keeps() -> None:
    chat = [turn(10, "system"), turn(100), turn(100, "assistant"), turn(20)]
    found = budget(chat, num_predict=0, window=9999)
    assert (found.kept_at_least, found.at_least) == (30, 230)


def checked(counted: int | None, **fields: int) -> bool:
    """Whether a count is taken for that of a prompt that was cut."""
    usual = {
        "at_least": 900,
        "at_most": 1500,
        "kept_at_least": 300,
        "num_predict": 100,
        "num_ctx": 1000,
    }
    try:
        Budget(**{**usual, **fields}).check_after(counted, "m")
    except PromptTruncated:
        return True
    return False


@pytest.mark.parametrize(
    ("counted", "cut"),
    [
        (None, False),
        (0, False),
        (1, False),  # all but the last token from the cache
        (299, False),
        (300, True),  # the older messages were dropped
        (899, True),
        (900, False),  # a prompt that fits
        (998, False),
        (999, True),  # full to the brim
        (1000, True),
    ],
)
def test_only_what_cutting_explains_is_told_as_such(counted: int | None, cut: bool) -> None:
    assert checked(counted) is cut


def test_a_prompt_that_surely_fits_is_never_taken_for_cut() -> None:
    assert not any(checked(counted, num_ctx=1501) for counted in (1, 300, 899, 1500))
    assert not checked(500, kept_at_least=900)  # one message only: nothing to drop


def test_what_cannot_fit_is_refused_before_it_is_sent() -> None:
    with pytest.raises(PromptTruncated, match=r"has 1000 tokens or more and m gets 1000"):
        budget([turn(1000)], num_predict=1, window=1000).check_before("m")
    budget([turn(999)], num_predict=1, window=1000).check_before("m")
