"""Windows of speech in a stream: against Silero VAD over the whole, and on made-up judgements."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmrag import samples
from mmrag.bridges import voice
from mmrag.bridges.voice import (
    FRAME,
    OVERLAP_S,
    PAUSE_S,
    RATE,
    RUN_S,
    WINDOW_S,
    Speech,
    Window,
    judged,
    runs,
    windows,
)
from mmrag.loaders.audio import pcm
from mmrag.store.spec import FloatArray

SECOND = RATE / FRAME  # frames


def made(*stretches: tuple[float, float], block: int = 900) -> Iterator[tuple[FloatArray, list]]:
    """Noise with (seconds, how likely a voice is in it), in blocks of so many frames."""
    chances = [c for seconds, c in stretches for _ in range(round(seconds * SECOND))]
    sound = np.random.default_rng(0).uniform(-1, 1, len(chances) * FRAME).astype(np.float32)
    for i in range(0, len(chances), block):
        yield sound[i * FRAME : (i + block) * FRAME], chances[i : i + block]


def seconds(found: list[Speech]) -> list[tuple[float, float]]:
    return [(run.start / RATE, run.end / RATE) for run in found]


@pytest.fixture(scope="module")
def speech() -> FloatArray:
    path = samples.ARCHIVE / "sound/log-entry-1963.wav"
    return pcm(path, rate=RATE)


@pytest.mark.parametrize("block", [999, RATE, 10**9])
def test_a_stream_is_judged_as_the_whole_recording_is(speech: FloatArray, block: int) -> None:
    from faster_whisper.vad import get_vad_model

    blocks = [speech[i : i + block] for i in range(0, len(speech), block)]
    found = list(judged(blocks))
    chances = [chance for _, some in found for chance in some]
    whole = get_vad_model()(np.pad(speech, (0, -len(speech) % FRAME))).ravel()
    # faster-whisper blanks the last 64 samples of what it is given
    assert np.allclose(chances[:-1], whole[:-1], atol=1e-5)
    assert np.array_equal(np.concatenate([sound for sound, _ in found]), speech)


def test_windows_hold_all_speech_that_silero_finds(speech: FloatArray) -> None:
    from faster_whisper.vad import get_speech_timestamps

    silence = np.zeros(40 * RATE, np.float32)
    long = np.concatenate([speech, silence, speech, speech])
    found = list(windows([long]))
    held = np.zeros(len(long), bool)
    for window in found:
        assert len(window.samples) <= WINDOW_S * RATE
        for run in window.runs:
            sound = slice(run.first, run.first + len(run.samples))
            assert np.array_equal(run.samples, long[sound])
            assert not held[sound].any()
            held[sound] = True
    for place in get_speech_timestamps(long, speech_pad_ms=100, min_silence_duration_ms=300):
        assert held[place["start"] : place["end"]].all()
    assert held.sum() < len(long) - 38 * RATE


def test_speech_ends_at_a_pause_and_keeps_a_margin() -> None:
    found = list(runs(made((5, 0.1), (2, 0.9), (0.16, 0.1), (1, 0.9), (3, 0.1), (1, 0.9))))
    assert seconds(found) == [
        (pytest.approx(5, abs=0.1), pytest.approx(8.15, abs=0.1)),
        (pytest.approx(11.15, abs=0.1), pytest.approx(12.15, abs=0.1)),
    ]
    first, last = found
    assert first.first == first.start - 12 * FRAME
    assert len(first.samples) == first.end - first.start + 24 * FRAME
    assert last.first + len(last.samples) == last.end  # the recording ends there


def test_hysteresis_is_that_of_silero() -> None:
    # doubtful sound goes on with speech and begins none
    (run,) = runs(made((2, 0.4), (1, 0.9), (1, 0.4), (1, 0.1), (2, 0.4)))
    assert seconds([run]) == [(pytest.approx(2, abs=0.05), pytest.approx(4, abs=0.1))]
    # nor does it take up speech again that had fallen silent
    (run,) = runs(made((2, 0.9), (0.1, 0.1), (2, 0.4)))
    assert seconds([run]) == [(0, pytest.approx(2, abs=0.05))]


def test_a_short_pause_is_shared_by_the_margins() -> None:
    left, right = runs(made((2, 0.9), (0.5, 0.1), (2, 0.9)))
    assert left.first + len(left.samples) == right.first
    assert right.start - right.first == pytest.approx(0.25 * RATE, abs=FRAME)


def test_speech_without_a_pause_is_parted_where_a_voice_is_least_likely() -> None:
    found = list(runs(made((19, 0.9), (0.07, 0.6), (30, 0.9), block=100)))
    assert [run.parted for run in found] == [False, True, True]
    assert found[0].end / RATE == pytest.approx(19, abs=0.1)
    for left, right in pairwise(found):
        assert left.end == right.start
        overlap = left.first + len(left.samples) - right.first
        assert overlap == pytest.approx(2 * OVERLAP_S * RATE, abs=4 * FRAME)
        assert right.first == pytest.approx(right.start - OVERLAP_S * RATE, abs=FRAME)


PATTERN = st.lists(
    st.tuples(st.sampled_from([0.05, 0.3, 1.0, 30.0]), st.sampled_from([0.1, 0.4, 0.6, 0.9])),
    max_size=6,
)


@given(PATTERN, st.integers(1, 2000))
def test_every_voiced_frame_is_in_one_run(rows: list[tuple[float, float]], block: int) -> None:
    found = list(runs(made(*rows, block=block)))
    sound = np.concatenate([part for part, _ in made(*rows)] or [np.zeros(0, np.float32)])
    chances = [chance for _, some in made(*rows) for chance in some]
    times = np.zeros(len(chances), int)
    for run in found:
        assert run.end - run.start <= RUN_S * RATE
        assert np.array_equal(sound[run.first :][: len(run.samples)], run.samples)
        assert run.first <= run.start and run.first + len(run.samples) >= run.end
        times[run.start // FRAME : run.end // FRAME] += 1
    assert all(times[i] == 1 for i, chance in enumerate(chances) if chance >= voice.VOICE)
    assert times.max(initial=0) <= 1
    for left, right in pairwise(found):
        assert right.parted or right.start - left.end >= (PAUSE_S - 0.02) * RATE
        if not right.parted:
            assert left.first + len(left.samples) <= right.first


def speech_of(start_s: float, length_s: float, *, parted: bool = False) -> Speech:
    start, end = round(start_s * RATE), round((start_s + length_s) * RATE)
    return Speech(start, end, start, np.zeros(end - start, np.float32), parted)


def cut(monkeypatch: pytest.MonkeyPatch, *given_runs: Speech) -> list[list[float]]:
    monkeypatch.setattr(voice, "runs", lambda _: iter(given_runs))
    return [[run.start / RATE for run in window.runs] for window in windows([])]


def test_a_window_ends_at_the_longest_pause_of_its_second_half(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    five = [speech_of(s, 4.5) for s in (0, 7, 12, 17, 23, 28, 33)]
    # pauses of 2.5, .5, .5, 1.5, .5 and .5 s: the first is too early
    assert cut(monkeypatch, *five) == [[0, 7, 12, 17], [23, 28, 33]]


def test_speech_parted_from_what_went_before_begins_a_window(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    parted = [speech_of(0, 3), speech_of(4, 9), speech_of(11, 9, parted=True), speech_of(21, 2)]
    assert cut(monkeypatch, *parted) == [[0, 4], [11, 21]]


def test_a_word_lies_in_its_own_run() -> None:
    window = Window((speech_of(1, 2), speech_of(500, 3)))
    assert len(window.samples) == 5 * RATE
    assert (window.voice_s, window.parted_ms) == (5, None)
    assert window.spoken_ms(0.5, 0.7) == (1500, 1700)
    assert window.spoken_ms(2.5, 2.75) == (500_500, 500_750)
    # half a second early, as recognisers are with the first word after a pause
    assert window.spoken_ms(1.5, 3) == (500_000, 501_000)
    assert window.spoken_ms(4.9, 5.6) == (502_900, 503_000)


def test_a_word_lies_close_to_the_speech_unless_it_is_shared() -> None:
    alone, first, second = runs(made((2, 0.1), (1, 0.9), (2, 0.1), (30, 0.9)))
    for run in (alone, first):
        assert run.start - RATE // 10 == run.heard[0]
    assert alone.heard[1] == alone.end + RATE // 10
    assert first.heard[1] == first.first + len(first.samples) == first.end + 62 * FRAME
    assert second.heard == (second.first, second.end)
