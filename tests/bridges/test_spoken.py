"""Two hearings of the same words, and words made passages; no model is needed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmrag.bridges.spoken import (
    PASSAGE_WORDS,
    PASSAGE_WORDS_MAX,
    PAUSE_MS,
    Word,
    changeover,
    cut_at_pauses,
)


def at(*heard: tuple[str, int]) -> list[Word]:
    """Words of 200 ms that begin at these times."""
    return [Word(text, start, start + 200) for text, start in heard]


def together(before: list[Word], after: list[Word], at_ms: float) -> list[str]:
    i, j = changeover(before, after, at_ms=at_ms)
    return [word.text for word in [*before[:i], *after[j:]]]


LEXICON = st.lists(st.sampled_from(["the", "cat", "sat", "on", "had"]), min_size=30, max_size=60)


@given(LEXICON, st.lists(st.integers(-90, 90), min_size=120, max_size=120), st.integers(0, 1000))
def test_what_both_windows_hear_stands_once(said: list[str], jitter: list[int], shift: int) -> None:
    # a word each 250 ms; the windows share four seconds, and the word at each edge is broken
    truth = [Word(text, 250 * i, 250 * i + 200) for i, text in enumerate(said)]
    parting = 250 * len(said) // 2 + shift - 500
    moved = [
        Word(w.text, w.start_ms + d, w.end_ms + d) for w, d in zip(truth, jitter, strict=False)
    ]
    again = [
        Word(w.text.title() + ",", w.start_ms - d, w.end_ms - d)
        for w, d in zip(truth, jitter[60:], strict=False)
    ]
    before = [w for w, true in zip(moved, truth, strict=True) if true.end_ms < parting + 2000]
    after = [w for w, true in zip(again, truth, strict=True) if true.start_ms > parting - 2000]
    if len(before) < len(truth):
        before.append(Word("sh", parting + 1950, parting + 2000))
    if len(after) < len(truth):
        after.insert(0, Word("ing", parting - 2000, parting - 1950))
    found = [text.strip(",").lower() for text in together(before, after, parting)]
    assert found == said


def test_a_word_said_twice_stays_twice() -> None:
    before = at(("what", 0), ("he", 300), ("had", 600), ("had", 900), ("was", 1200))
    after = at(("had", 640), ("had", 930), ("was", 1230), ("gone", 1500))
    for parting in range(500, 1400, 50):
        assert together(before, after, parting) == ["what", "he", "had", "had", "was", "gone"]


def test_where_the_two_agree_on_nothing_time_decides() -> None:
    before = at(("wreck", 0), ("a", 300), ("nice", 600), ("beach", 900))
    after = at(("recognise", 280), ("peach", 650), ("today", 950))
    assert together(before, after, 800) == ["wreck", "a", "nice", "today"]
    # a word that both place across the parting, each on its own side, is neither lost nor doubled
    assert together(at(("flour", 690)), at(("flower", 720)), 800) == ["flour"]
    assert together(at(("flour", 720)), at(("flower", 690)), 800) == ["flower"]
    assert together([], after, 800) == ["recognise", "peach", "today"]
    assert together(before, [], 800) == ["wreck", "a", "nice"]


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


@pytest.mark.parametrize("place", [PASSAGE_WORDS, PASSAGE_WORDS + 7])
def test_a_passage_ends_at_the_first_good_place(place: int) -> None:
    stop = spoken([(50, i == place - 1) for i in range(200)])
    assert len(cut_at_pauses(stop)[0]) == place
    pauses = {place: PAUSE_MS, place + 9: 3 * PAUSE_MS}
    pause = spoken([(pauses.get(i, 50), False) for i in range(200)])
    assert len(cut_at_pauses(pause)[0]) == place


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
