"""What Whisper tiny.en hears: speech once and at its time, and nothing where nobody speaks."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from bridges.librivox import Clip, clips, plain

from mmrag.bridges import voice
from mmrag.bridges.asr import AsrBridge
from mmrag.bridges.sound import SOUND
from mmrag.bridges.voice import FRAME, RATE, Speech, Window
from mmrag.bridges.whisper import Whisper
from mmrag.loaders.audio import AudioReader
from mmrag.loaders.heartbeat import heard_by
from mmrag.schema import VIA, provenance_of, spans_of, text_of
from mmrag.store.spec import FloatArray
from pipelines.benchmarks.debian import Unreachable


@pytest.fixture(scope="module")
def bridge() -> AsrBridge:
    return AsrBridge(threads=1)


@pytest.fixture(scope="module")
def read() -> list[Clip]:
    try:
        return clips()
    except Unreachable as exc:
        pytest.skip(str(exc))


def silence(seconds: float) -> FloatArray:
    return np.zeros(round(seconds * RATE), np.float32)


def blocks(sound: FloatArray) -> Iterator[FloatArray]:
    for i in range(0, len(sound), 30 * RATE):
        yield sound[i : i + 30 * RATE]


def pink(seconds: float) -> FloatArray:
    count = round(seconds * RATE)
    spectrum = np.fft.rfft(np.random.default_rng(0).standard_normal(count))
    sound = np.fft.irfft(spectrum / np.sqrt(np.maximum(1, np.arange(len(spectrum)))), count)
    return (0.2 * sound / np.abs(sound).max()).astype(np.float32)


def note(hertz: float, seconds: float) -> FloatArray:
    """A note with overtones that dies away as one of a piano does."""
    t = np.arange(round(seconds * RATE)) / RATE
    sound = sum(np.sin(2 * np.pi * k * hertz * t) / k**2 for k in range(1, 6))
    return (0.2 * sound * np.exp(-2 * t) * np.minimum(1, 50 * t)).astype(np.float32)


def melody(seconds: float) -> FloatArray:
    scale = [261.6, 293.7, 329.6, 349.2, 392.0, 440.0, 493.9, 523.3]
    picked = np.random.default_rng(0).choice(scale, round(seconds / 0.4))
    return np.concatenate([note(hertz, 0.4) for hertz in picked])


NOISES = {
    "silence": silence(60),
    "white": (0.1 * np.random.default_rng(0).standard_normal(60 * RATE)).astype(np.float32),
    "pink": pink(60),
    "chord": note(261.6, 60) + note(329.6, 60) + note(392.0, 60),
    "melody": melody(60),
}


@pytest.mark.parametrize("noise", NOISES)
def test_sound_without_speech_has_no_words(bridge: AsrBridge, noise: str) -> None:
    assert list(bridge.words(blocks(NOISES[noise]))) == []


@pytest.mark.parametrize("noise", NOISES)
def test_what_is_taken_for_a_voice_has_no_words_either(bridge: AsrBridge, noise: str) -> None:
    sound = NOISES[noise][: 5 * RATE]
    window = Window((Speech(0, len(sound), 0, sound),))
    words, _ = bridge._loaded().hear(window, "en")
    print([w.text for w in words])
    assert words == []


def test_speech_without_pauses_is_heard_once(bridge: AsrBridge, read: list[Clip]) -> None:
    order = [0, 3, 2, 1, 4, 3, 0, 2]
    said = [word for i in order for word in read[i].words]
    sound = np.concatenate([read[i].sound for i in order])
    found = list(voice.windows(blocks(sound)))
    assert [window.parted_ms is not None for window in found] == [False, True]
    words = list(bridge.words(blocks(sound)))
    heard = plain(" ".join(word.text for word in words))
    print(heard, len(sound) / RATE)
    matcher = difflib.SequenceMatcher(None, said, heard, autojunk=False)
    wrong = [row for row in matcher.get_opcodes() if row[0] != "equal"]
    print([(r[0], said[r[1] : r[2]], heard[r[3] : r[4]]) for r in wrong])
    assert all(left.middle_ms <= right.middle_ms for left, right in pairwise(words))


def test_times_after_minutes_of_silence(bridge: AsrBridge, read: list[Clip]) -> None:
    parts = [
        silence(3),
        read[0].sound,
        silence(200),
        read[2].sound,
        melody(40),
        pink(20),
        read[3].sound,
        silence(30),
    ]
    ends = np.cumsum([len(part) for part in parts]) / RATE
    words = list(bridge.words(blocks(np.concatenate(parts))))
    print([(w.text, w.start_ms, w.end_ms) for w in words])
    print(ends)
