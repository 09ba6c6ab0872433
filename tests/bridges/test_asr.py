"""What Whisper tiny.en hears: speech once and at its time, and nothing where nobody speaks."""

from __future__ import annotations

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
from mmrag.bridges.voice import RATE, Speech, Window
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


def written(path: Path, parts: list[FloatArray]) -> Path:
    """The sound as an Opus file."""
    sound = (np.concatenate(parts) * 32767).astype(np.int16)[None]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libopus", rate=RATE, layout="mono")
        frame = av.AudioFrame.from_ndarray(sound, format="s16", layout="mono")
        frame.sample_rate = RATE
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


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
    "white noise": (0.1 * np.random.default_rng(0).standard_normal(60 * RATE)).astype(np.float32),
    "pink noise": pink(60),
    "chord": note(261.6, 60) + note(329.6, 60) + note(392.0, 60),
    "melody": melody(60),
}


@pytest.mark.parametrize("noise", NOISES)
def test_sound_without_speech_has_no_words(bridge: AsrBridge, noise: str) -> None:
    assert list(bridge.words(blocks(NOISES[noise]))) == []


@pytest.mark.parametrize("noise", ["silence", "white noise", "melody"])
def test_what_is_taken_for_speech_has_no_words_either(bridge: AsrBridge, noise: str) -> None:
    sound = NOISES[noise][: 3 * RATE]
    assert bridge._loaded().hear(Window((Speech(0, len(sound), 0, sound),)), "en") == ([], "en")


def test_a_click_taken_for_speech_is_not_heard_at_all(bridge: AsrBridge, read: list[Clip]) -> None:
    sound = read[1].sound
    click, word = (Window((Speech(0, round(s * RATE), 0, sound),)) for s in (0.24, 0.26))
    assert bridge._loaded().hear(click, "en")[0] == []
    assert bridge._loaded().hear(word, "en")[0] != []


def test_speech_without_pauses_is_heard_once(bridge: AsrBridge, read: list[Clip]) -> None:
    order = [0, 3, 2, 1, 4, 3, 0, 2]
    sound = np.concatenate([read[i].sound for i in order])
    assert [w.parted_ms is not None for w in voice.windows(blocks(sound))] == [False, True]
    beats: list[None] = []
    with heard_by(lambda: beats.append(None)):
        words = list(bridge.words(blocks(sound)))
    said = [word for i in order for word in read[i].words]
    assert plain(" ".join(word.text for word in words)) == said
    assert all(left.start_ms <= right.start_ms for left, right in pairwise(words))
    assert len(beats) == 2


def test_words_and_times_between_silence_and_music(
    bridge: AsrBridge, read: list[Clip], tmp_path: Path
) -> None:
    first, second, third = read[0], read[2], read[4]
    parts = [silence(2), first.sound, silence(200), second.sound, melody(20), pink(20)]
    parts += [silence(2), third.sound, silence(15)]
    ends_ms = np.cumsum([len(part) for part in parts]) / RATE * 1000
    (whole,) = AudioReader().read(written(tmp_path / "a.ogg", parts), source="a.ogg")
    nodes = bridge([whole])
    (spoken,) = (node for node in nodes if text_of(node))
    assert plain(text_of(spoken)) == [*first.words, *second.words, *third.words]
    spans = spans_of(spoken)
    for part, clip in ((1, first), (3, second), (7, third)):
        here = [span for span in spans if ends_ms[part - 1] - 300 <= span.start_ms < ends_ms[part]]
        assert plain(" ".join(text_of(spoken)[s.start : s.end] for s in here)) == clip.words
        assert here[0].start_ms == pytest.approx(ends_ms[part - 1], abs=300)
        assert here[-1].end_ms == pytest.approx(ends_ms[part], abs=300)
    # what is heard between the sentences stays to be found by its sound
    between = [provenance_of(node) for node in nodes if node.metadata.get(VIA) == SOUND]
    assert [(place.start_ms, place.end_ms) for place in between] == [
        (pytest.approx(ends_ms[1], abs=300), pytest.approx(ends_ms[2], abs=300)),
        (pytest.approx(ends_ms[3], abs=300), pytest.approx(ends_ms[6], abs=300)),
        (pytest.approx(ends_ms[7], abs=300), pytest.approx(ends_ms[8], abs=300)),
    ]
