"""Recordings: lengths, samples, damage."""

from __future__ import annotations

import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mmrag.errors import CorruptFile, EmptyFile, LimitExceeded
from mmrag.loaders.audio import AudioReader, pcm, stream_pcm
from mmrag.loaders.limits import Limits
from mmrag.schema import provenance_of, text_of

CODECS = [
    ("a.wav", "pcm_s16le", "audio/wav"),
    ("a.flac", "flac", "audio/flac"),
    ("a.mp3", "libmp3lame", "audio/mpeg"),
    ("a.ogg", "libopus", "audio/ogg"),
    ("v.ogg", "vorbis", "audio/ogg"),
    ("a.m4a", "aac", "audio/mp4"),
    ("a.aac", "aac", "audio/mp4"),
]


@pytest.mark.parametrize(("name", "codec", "mimetype"), CODECS)
def test_length_and_sound(
    make_tone: Callable[..., Path], name: str, codec: str, mimetype: str
) -> None:
    path = make_tone(name, codec, rate=48_000)
    (node,) = AudioReader().read(path, source="s")
    place = provenance_of(node)
    assert (text_of(node), node.metadata["mimetype"]) == ("", mimetype)
    assert place.start_ms == 0
    assert place.end_ms == pytest.approx(2000, abs=60)
    assert node.audio_resource is not None and node.audio_resource.path == path

    sound = np.concatenate(list(stream_pcm(path)))
    assert sound.dtype == np.float32 and sound.ndim == 1
    assert len(sound) == pytest.approx(32_000, abs=1000)
    middle = sound[8000:24_000]
    peak = np.abs(np.fft.rfft(middle)).argmax()  # one bin a hertz
    assert peak == 440
    assert middle.max() == pytest.approx(0.5, abs=0.06)


def test_blocks_have_one_size(make_tone: Callable[..., Path]) -> None:
    path = make_tone("a.wav", "pcm_s16le", seconds=1.25, layout="mono")
    blocks = list(stream_pcm(path, rate=8000, block_s=0.5))
    assert [len(block) for block in blocks[:2]] == [4000, 4000]
    assert len(blocks[2]) == pytest.approx(2000, abs=32)
    whole = np.concatenate(list(stream_pcm(path, rate=8000, block_s=60)))
    assert np.array_equal(np.concatenate(blocks), whole)


@pytest.mark.parametrize(("name", "codec", "mimetype"), CODECS[:6])
def test_truncated(make_tone: Callable[..., Path], name: str, codec: str, mimetype: str) -> None:
    path = make_tone(name, codec, rate=48_000, seconds=6)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(CorruptFile, match=r"truncated|damaged"):
        AudioReader().read(path, source="s")


def test_a_lost_tail_of_a_few_percent_is_tolerated(make_tone: Callable[..., Path]) -> None:
    path = make_tone("a.wav", "pcm_s16le")
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * 0.95)])
    (node,) = AudioReader().read(path, source="s")
    assert provenance_of(node).end_ms == pytest.approx(1900, abs=10)


def without_header(path: Path) -> bytes:
    """The frames of an MP3 file after the one that states its length."""
    data = path.read_bytes()
    start = data.index(b"Xing") if b"Xing" in data else data.index(b"Info")
    return data[data.index(data[data.index(b"\xff\xfb") :][:2], start) :]


def test_an_mp3_that_does_not_state_its_length(make_tone: Callable[..., Path]) -> None:
    """FFmpeg takes the bit rate of the first frames for all and guesses 11 s for these 4."""
    low = make_tone("low.mp3", "libmp3lame", bit_rate=32_000)
    high = make_tone("high.mp3", "libmp3lame", bit_rate=320_000)
    path = low.with_name("joined.mp3")
    path.write_bytes(without_header(low) + without_header(high))
    (node,) = AudioReader().read(path, source="s")
    assert provenance_of(node).end_ms == pytest.approx(4000, abs=250)


def test_bad_input(make_tone: Callable[..., Path], tmp_path: Path) -> None:
    path = tmp_path / "a.ogg"
    path.write_bytes(b"")
    with pytest.raises(EmptyFile):
        AudioReader().read(path, source="s")
    path.write_bytes(b"OggS" + bytes(range(200)))
    with pytest.raises(CorruptFile):
        AudioReader().read(path, source="s")
    path.write_text("#EXTM3U\nhttp://127.0.0.1:9/a.ts\n")
    with pytest.raises(CorruptFile):
        AudioReader().read(path, source="s")
    tone = make_tone("b.wav", "pcm_s16le")
    with pytest.raises(LimitExceeded, match=r"limit audio_hours=0.0001"):
        AudioReader(limits=Limits(audio_hours=0.0001)).read(tone, source="s")
    tone = make_tone("b.aac", "aac")
    with pytest.raises(LimitExceeded, match=r"limit audio_hours=0.0001"):
        AudioReader(limits=Limits(audio_hours=0.0001)).read(tone, source="s")


@pytest.mark.parametrize("start_ms", [0, 400, 1_000, 2_350, 4_100])
def test_a_stretch_is_that_part_of_the_whole(tmp_path: Path, start_ms: int) -> None:
    rate = 16_000
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 6 * rate).astype(np.float32)
    path = tmp_path / "noise.wav"
    with wave.open(str(path), "wb") as handle:
        handle.setnchannels(1)
        handle.setsampwidth(2)
        handle.setframerate(rate)
        handle.writeframes((noise * 32767).astype("<i2").tobytes())
    part = pcm(path, rate=rate, start_ms=start_ms, end_ms=start_ms + 1_500)
    start = start_ms * rate // 1000
    assert part.shape == (rate * 3 // 2,)
    assert np.abs(part - noise[start : start + rate * 3 // 2]).max() < 1e-4
    assert len(pcm(path, rate=rate, start_ms=5_500, end_ms=9_000)) == rate // 2
    assert len(pcm(path, rate=rate, start_ms=60_000)) == 0


@pytest.mark.parametrize("channels", [8, 9, 24])
def test_many_channels_are_one(tmp_path: Path, channels: int) -> None:
    path = tmp_path / "a.wav"
    levels = np.linspace(-0.5, 0.5, channels)
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, 2, 8000, 0, "NONE", ""))
        file.writeframes(np.tile((levels + 0.25) * 32768, 4000).astype("<i2").tobytes())
    (block,) = stream_pcm(path, rate=8000)
    assert len(block) == 4000
    assert block == pytest.approx(0.25, abs=1e-3)


def test_a_wav_file_of_nothing_but_chunks_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(16_000))
    with path.open("ab") as file:
        file.truncate(64 << 20)  # zeros: millions of chunks without a name
    with pytest.raises(CorruptFile, match="WAV file of more than 10000 chunks"):
        AudioReader().read(path, source="s")


@pytest.mark.parametrize("name", ["film.mp4", "film.mkv", "film.ts"])
def test_the_sound_of_a_film_lies_at_the_time_of_the_film(
    make_film: Callable[..., Path], name: str
) -> None:
    """The picture begins first, and between two tones no sound is stored at all."""
    path = make_film(name, (2, 4), (7, 9))
    rate = 8000
    whole = np.concatenate(list(stream_pcm(path, rate=rate)))[: 9 * rate]
    loud = np.abs(whole).reshape(-1, rate // 20).max(axis=1) > 0.1
    edges = np.flatnonzero(np.diff(loud.astype(int))) + 1
    assert [*(edges / 20), len(whole) / rate] == pytest.approx([2, 4, 7, 9], abs=0.1)
    for start_ms in (1_400, 2_500, 3_700, 6_500):
        part = pcm(path, rate=rate, start_ms=start_ms, end_ms=start_ms + 1_000)
        there = whole[start_ms * rate // 1000 :][:rate]
        assert len(part) == rate
        assert np.mean(np.abs(part) > 0.1) == pytest.approx(np.mean(np.abs(there) > 0.1), abs=0.06)


def test_a_damaged_clock_in_a_film_makes_no_hours_of_silence(
    make_film: Callable[..., Path],
) -> None:
    path = make_film("film.mkv", (2, 4), (7, 9))
    limits = Limits(audio_hours=5 / 3600)
    seconds = sum(len(block) for block in stream_pcm(path, rate=8000, limits=limits)) / 8000
    assert seconds == pytest.approx(2 + 2 + 2, abs=0.1)
