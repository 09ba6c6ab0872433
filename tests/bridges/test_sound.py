"""Wordless stretches of recordings: where they are, and how they are cut."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from llama_index.core.schema import Node

from mmrag.bridges.sound import GAP_MS, LONGEST_MS, SOUND, SoundBridge, gaps, sound_node, windows
from mmrag.bridges.surrogate import NameBridge
from mmrag.modalities import Modality
from mmrag.schema import PART, VIA, Provenance, build_node, provenance_of, text_of
from mmrag.spaces import shows

TIMES = st.integers(0, 200_000)


def recording(end_ms: int, text: str = "") -> Node:
    where = Provenance("sounds/dawn.ogg", start_ms=0, end_ms=end_ms)
    return build_node(
        text, where, modality=Modality.AUDIO, mimetype="audio/ogg", path="/s/dawn.ogg"
    )


@pytest.mark.parametrize(
    ("heard", "expected"),
    [
        ([], [(0, 20_000)]),
        ([(0, 20_000)], []),
        ([(5_000, 8_000)], [(0, 5_000), (8_000, 20_000)]),
        ([(9_000, 18_000), (2_000, 6_100)], []),
        ([(1_000, 9_000), (2_000, 3_000)], [(9_000, 20_000)]),
    ],
)
def test_gaps_are_where_nothing_is_said(
    heard: list[tuple[int, int]], expected: list[tuple[int, int]]
) -> None:
    assert gaps(heard, 0, 20_000) == expected


@given(st.lists(st.tuples(TIMES, TIMES).map(lambda t: (min(t), max(t)))), TIMES)
def test_gaps_are_long_apart_and_free_of_words(heard: list[tuple[int, int]], end: int) -> None:
    found = gaps(heard, 0, end)
    for start, stop in found:
        assert stop - start >= GAP_MS
        assert not any(a < stop and b > start and a < b for a, b in heard)
    assert found == sorted(found)


@given(TIMES, st.integers(1, 4_000_000))
def test_windows_cover_a_stretch_without_holes(start: int, length: int) -> None:
    cut = windows(start, start + length)
    assert (cut[0][0], cut[-1][1]) == (start, start + length)
    assert all(left[1] == right[0] for left, right in pairwise(cut))
    assert max(b - a for a, b in cut) <= LONGEST_MS


def test_a_long_recording_without_words_is_heard_window_by_window() -> None:
    whole, *cut = NameBridge()(SoundBridge()([recording(34_000)]))
    assert [(provenance_of(n).start_ms, provenance_of(n).end_ms) for n in cut] == [
        (0, 11_333),
        (11_333, 22_667),
        (22_667, 34_000),
    ]
    assert {n.metadata[VIA] for n in cut} == {SOUND}
    assert all(isinstance(n, Node) and shows(n) is Modality.AUDIO for n in cut)
    # its name stands once, and the windows carry its sound
    assert text_of(whole) == "dawn"
    assert [text_of(n) for n in cut] == ["", "", ""]
    assert isinstance(whole, Node)
    assert shows(whole) is None


def test_short_recordings_and_spoken_ones_stay_whole() -> None:
    short, spoken = recording(LONGEST_MS), recording(60_000, text="We kept goats.")
    assert SoundBridge()([short, spoken]) == [short, spoken]
    assert shows(short) is shows(spoken) is Modality.AUDIO
    assert PART not in short.metadata


def test_a_long_wordless_stretch_between_words_is_cut_too() -> None:
    gap = sound_node(recording(90_000), 20_000, 41_000)
    cut = SoundBridge()([gap])
    places = [provenance_of(node) for node in cut]
    assert [(p.start_ms, p.end_ms) for p in places] == [(20_000, 30_500), (30_500, 41_000)]
