"""Cutting recordings into windows and words into passages; no model is needed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmrag.bridges.asr import (
    PASSAGE_WORDS,
    PASSAGE_WORDS_MAX,
    PAUSE_MS,
    SEARCH_S,
    Word,
    cut_at_pauses,
    windows,
)
from mmrag.store.spec import FloatArray

RATE = 100  # samples a second: enough to see where cuts fall
FRAME_S = 0.2


def noise(seconds: float, seed: int = 0) -> FloatArray:
    signs = np.random.default_rng(seed).choice([-0.5, 0.5], round(seconds * RATE))
    return signs.astype(np.float32)


@given(st.lists(st.integers(0, 700), max_size=12), st.integers(1, 900), st.integers(0, 9))
def test_windows_lose_no_sample_and_are_never_too_long(
    sizes: list[int], longest: int, seed: int
) -> None:
    whole = noise(sum(sizes) / RATE, seed)
    blocks = np.split(whole, np.cumsum(sizes)[:-1]) if sizes else []
    cut = list(windows(blocks, rate=RATE, longest_s=longest / RATE))
    assert np.array_equal(np.concatenate([w for _, w in cut] or [whole[:0]]), whole)
    assert all(0 < len(window) <= longest for _, window in cut)
    starts = np.cumsum([0, *(len(window) for _, window in cut)])[:-1]
    assert [start for start, _ in cut] == pytest.approx(starts / RATE)


def test_how_the_stream_is_blocked_changes_no_cut() -> None:
    whole = noise(200)
    whole[4000:4100] = whole[9000:9100] = 0
    one = list(windows([whole], rate=RATE, longest_s=60))
    many = list(windows(np.array_split(whole, 333), rate=RATE, longest_s=60))
    assert [start for start, _ in one] == [start for start, _ in many]


def test_a_window_is_cut_in_the_quiet_near_its_end() -> None:
    whole = noise(100)
    whole[round(20 * RATE) : round(21 * RATE)] = 0  # too early: before the last SEARCH_S
    whole[round(50 * RATE) : round(50.4 * RATE)] *= 0.1
    assert 20 < 60 - SEARCH_S < 50
    second = list(windows([whole], rate=RATE, longest_s=60))[1]
    assert 50 <= second[0] <= 50.4


def test_sound_without_a_quiet_moment_is_cut_all_the_same() -> None:
    starts = [start for start, _ in windows([np.ones(RATE * 100, np.float32)], rate=RATE)]
    assert starts == [0.0]
    cut = list(windows([np.ones(RATE * 100, np.float32)], rate=RATE, longest_s=40))
    assert sum(len(window) for _, window in cut) == RATE * 100
    assert [start for start, _ in cut][1] == pytest.approx(40 - SEARCH_S + FRAME_S / 2)


def test_no_sound_is_no_window() -> None:
    assert list(windows([])) == []
    assert list(windows([noise(0), noise(0)])) == []


def spoken(rows: list[tuple[int, bool]]) -> list[Word]:
    """Words of 200 ms; each row is the pause before it and whether it ends a sentence."""
    words, clock = [], 0
    for number, (pause, stop) in enumerate(rows):
        clock += pause
        words.append(Word(f"w{number}{'.' if stop else ''}", clock, clock + 200))
        clock += 200
    return words


rows = st.tuples(st.integers(0, 900), st.sampled_from([False] * 30 + [True]))


@given(st.lists(rows, max_size=400))
def test_passages_lose_and_double_no_word_and_keep_their_measure(
    given_rows: list[tuple[int, bool]],
) -> None:
    words = spoken(given_rows)
    groups = cut_at_pauses(words)
    assert [word for group in groups for word in group] == words
    assert all(1 <= len(group) <= PASSAGE_WORDS_MAX for group in groups)
    assert all(len(group) >= PASSAGE_WORDS // 2 for group in groups[:-1])
    assert len(groups) == (1 if words else 0) or len(words) > PASSAGE_WORDS


@pytest.mark.parametrize("length", range(PASSAGE_WORDS, 2 * PASSAGE_WORDS_MAX, 7))
def test_steady_speech_of_any_length_keeps_its_measure(length: int) -> None:
    # the longest pause comes last of all, so that every cut is as late as it can be
    words = spoken([(i % PASSAGE_WORDS_MAX, False) for i in range(length)])
    groups = cut_at_pauses(words)
    assert sum(len(group) for group in groups) == length
    assert max(len(group) for group in groups) <= PASSAGE_WORDS_MAX


@pytest.mark.parametrize("at", [PASSAGE_WORDS, PASSAGE_WORDS + 7])
def test_a_passage_ends_at_the_first_good_place(at: int) -> None:
    stop = spoken([(50, i == at - 1) for i in range(200)])
    assert len(cut_at_pauses(stop)[0]) == at
    pauses = {at: PAUSE_MS, at + 9: 3 * PAUSE_MS}
    pause = spoken([(pauses.get(i, 50), False) for i in range(200)])
    assert len(cut_at_pauses(pause)[0]) == at


def test_without_a_good_place_it_ends_at_the_longest_pause() -> None:
    words = spoken([(PAUSE_MS - 1 if i in (10, 45) else 50, False) for i in range(200)])
    # that at 10 would leave a scrap
    assert len(cut_at_pauses(words)[0]) == 45


def test_a_few_words_left_over_stay_with_what_they_followed() -> None:
    few = PASSAGE_WORDS // 4 - 1
    rows_ = [(50, i == PASSAGE_WORDS - 1) for i in range(PASSAGE_WORDS + few)]
    assert [len(group) for group in cut_at_pauses(spoken(rows_))] == [PASSAGE_WORDS + few]
    rows_ += [(50, False)]
    assert [len(g) for g in cut_at_pauses(spoken(rows_))] == [PASSAGE_WORDS, few + 1]
