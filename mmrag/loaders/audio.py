"""Recordings: one audio node each, and their samples as a stream of bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import numpy as np
from llama_index.core.schema import Node
from numpy.typing import NDArray

from mmrag.errors import CorruptFile
from mmrag.loaders.base import FileReader
from mmrag.loaders.heartbeat import beat
from mmrag.loaders.limits import DEFAULT, Limits, check_count, check_file
from mmrag.loaders.wav import check_wav, wav_seconds
from mmrag.modalities import FILE_KINDS, Modality
from mmrag.schema import Provenance, build_node

Samples = NDArray[np.float32]

# FFmpeg's names of containers.
_KINDS = {
    "wav": "wav",
    "flac": "flac",
    "mp3": "mp3",
    "ogg": "ogg",
    "mov,mp4,m4a,3gp,3g2,mj2": "m4a",
    "aac": "aac",
    "matroska,webm": "mka",
}
_MIMETYPES = {kind: FILE_KINDS.get(kind, FILE_KINDS["m4a"]).mimetype for kind in _KINDS.values()}
_WHOLE = 0.9  # share of the stated length that must decode
PREROLL_S = 1.0
_CHECK_RATE = 8000  # samples a second, enough to measure a length
_GAP_S = 0.1  # clocks of films jitter by less


class AudioReader(FileReader):
    """Decodes the recording once, so that its length is measured and damage is found here.

    The node has an empty text: speech recognition makes text from it.
    """

    def read(self, path: Path, *, source: str) -> list[Node]:
        check_wav(path)
        with _opened(path, self.limits) as container:
            name = container.format.name
            guess = container.duration / av.time_base if container.duration else 0.0
        kind = _KINDS.get(name)
        if kind is None:
            raise CorruptFile(path, f"is a {name} file and not a recording in a known format")
        if kind == "ogg" and _ogg_is_cut(path):
            raise CorruptFile(path, "is a truncated Ogg recording: its last page is cut off")
        stated = _stated_seconds(path, kind, guess)
        check_count(path, "audio_hours", stated / 3600, self.limits.audio_hours)
        found = 0
        for block in stream_pcm(path, rate=_CHECK_RATE, limits=self.limits):
            found += len(block)
            check_count(path, "audio_hours", found / _CHECK_RATE / 3600, self.limits.audio_hours)
        seconds = found / _CHECK_RATE
        if seconds < _WHOLE * stated:
            raise CorruptFile(
                path,
                f"is a damaged or truncated recording: {seconds:.1f} s of {stated:.1f} s decode",
            )
        return [
            build_node(
                "",
                Provenance(source, start_ms=0, end_ms=round(seconds * 1000)),
                modality=Modality.AUDIO,
                mimetype=_MIMETYPES[kind],
                path=path,
            )
        ]


def stream_pcm(
    path: str | Path, *, rate: int = 16_000, block_s: float = 30.0, limits: Limits = DEFAULT
) -> Iterator[Samples]:
    """Mono samples in -1..1 at `rate`, in blocks of exactly `block_s` seconds and a rest.

    Damaged packets in between are left out. Of a film it is the audio track on the film's clock:
    where sound starts later than the picture, or is missing in between, there is silence.

    Raises:
        CorruptFile: not a recording, or nothing in it can be decoded.
    """
    path = Path(path)
    size = max(1, round(rate * block_s))
    held: list[Samples] = []
    count = total = 0
    for piece in _decoded(path, rate, limits):
        held.append(piece)
        count += len(piece)
        total += len(piece)
        if count >= size:
            joined = np.concatenate(held)
            whole = count - count % size
            for start in range(0, whole, size):
                beat()
                yield joined[start : start + size]
            held, count = [joined[whole:]], count - whole
    if total == 0:
        raise CorruptFile(path, "holds no sound that can be decoded")
    if count:
        yield np.concatenate(held)


def pcm(
    path: str | Path,
    *,
    rate: int,
    start_ms: int = 0,
    end_ms: int | None = None,
    limits: Limits = DEFAULT,
) -> Samples:
    """Mono samples in -1..1 at `rate` of one stretch of a recording or film, held whole.

    The decoder starts PREROLL_S early, for the state of a lossy codec needs some frames to settle.
    A stretch that begins behind the end is empty. Starts are exact to 50 ms (MP3 states its delay
    only at its beginning), and exact to the sample in formats without loss.

    Raises:
        CorruptFile: not a recording, or nothing in it can be decoded.
    """
    path = Path(path)
    if start_ms <= PREROLL_S * 1000:
        pieces, skip = _decoded(path, rate, limits), round(start_ms * rate / 1000)
    else:
        pieces, skip = _decoded_from(path, rate, start_ms / 1000, limits)
    wanted = None if end_ms is None else skip + round((end_ms - start_ms) * rate / 1000)
    held: list[Samples] = []
    count = 0
    for piece in pieces:
        held.append(piece)
        count += len(piece)
        if wanted is not None and count >= wanted:
            break
    if not count and start_ms == 0:
        raise CorruptFile(path, "holds no sound that can be decoded")
    joined = np.concatenate(held) if held else np.zeros(0, dtype=np.float32)
    return joined[skip:wanted]


@contextmanager
def _opened(path: Path, limits: Limits) -> Iterator[av.container.InputContainer]:
    check_file(path, limits, bounded=False)
    try:
        container = av.open(str(path.resolve()), metadata_errors="ignore")
    except av.FFmpegError as exc:
        raise CorruptFile(path, f"is damaged or not a recording: {exc.strerror}") from exc
    with container:
        if not container.streams.audio:
            raise CorruptFile(path, "holds no audio track")
        yield container


def _decoded_from(
    path: Path, rate: int, start_s: float, limits: Limits
) -> tuple[Iterator[Samples], int]:
    """Samples from somewhere before `start_s`, and how many of them lie before it."""
    with _opened(path, limits) as container:
        stream, origin = container.streams.audio[0], _origin_s(container)
        container.seek(round(((origin or 0.0) + start_s - PREROLL_S) * av.time_base))
        try:
            first = next(container.decode(stream)).time
        except (StopIteration, av.FFmpegError):
            first = None
    if first is not None and origin is not None:
        first -= origin
    if first is None or first > start_s:  # no clock in the file: count samples from its beginning
        return _decoded(path, rate, limits), round(start_s * rate)
    return _decoded(path, rate, limits, seek_s=start_s - PREROLL_S), round((start_s - first) * rate)


def _decoded(
    path: Path, rate: int, limits: Limits, *, seek_s: float | None = None
) -> Iterator[Samples]:
    with _opened(path, limits) as container:
        stream, origin = container.streams.audio[0], _origin_s(container)
        resampler = _resampler(rate)
        if seek_s is not None:
            container.seek(round(((origin or 0.0) + seek_s) * av.time_base))
        clock = None if origin is None else _Clock(origin, seek_s, limits.audio_hours * 3600)
        packets = container.demux(stream)
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                break
            except av.FFmpegError:  # the container breaks off here
                break
            try:
                frames = packet.decode()
            except av.FFmpegError:
                continue
            for frame in frames:
                if clock is not None:
                    yield from _silence(clock.lacking_s(frame), rate)
                try:
                    pieces = resampler.resample(frame)
                except ValueError:  # the format changes on the way, as in joined Ogg files
                    yield from map(_samples, resampler.resample(None))
                    resampler = _resampler(rate)
                    pieces = resampler.resample(frame)
                yield from map(_samples, pieces)
        yield from map(_samples, resampler.resample(None))


def _origin_s(container: av.container.InputContainer) -> float | None:
    """Where the clock of a film starts, in seconds; None for a recording, which has no other."""
    covers = av.stream.Disposition.attached_pic
    if any(not stream.disposition & covers for stream in container.streams.video):
        return (container.start_time or 0) / av.time_base
    return None


class _Clock:
    """Tells by the time stamps of a film how much sound is missing before a frame."""

    def __init__(self, origin_s: float, seek_s: float | None, longest_s: float) -> None:
        self._at = origin_s if seek_s is None else None  # behind a seek, with the first frame
        self._end = origin_s + longest_s  # a damaged clock may state any time

    def lacking_s(self, frame: av.AudioFrame) -> float:
        """Seconds between the frame before and this one."""
        if frame.time is None or frame.time > self._end:
            return 0.0
        lacking = 0.0 if self._at is None else frame.time - self._at
        end = frame.time + frame.samples / frame.sample_rate
        self._at = end if self._at is None else max(self._at, end)
        return lacking if lacking > _GAP_S else 0.0


def _silence(seconds: float, rate: int) -> Iterator[Samples]:
    left = round(seconds * rate)
    while left > 0:
        yield np.zeros(min(left, rate), dtype=np.float32)
        left -= rate


def _resampler(rate: int) -> av.AudioResampler:
    # packed: PyAV reads past the planes of a planar frame of 8 channels or more, and crashes
    return av.AudioResampler(format="flt", rate=rate)


def _samples(frame: av.AudioFrame) -> Samples:
    """The mean of the channels; FFmpeg's own mix of two is 1.4 times as loud and can pass 1."""
    channels = frame.to_ndarray().reshape(-1, frame.layout.nb_channels)
    mono: Samples = channels.mean(axis=1, dtype=np.float32)
    return mono


def _stated_seconds(path: Path, kind: str, guess: float) -> float:
    """The length that the file itself states, 0 where FFmpeg only guesses it from what is there."""
    if kind == "wav":
        return wav_seconds(path)
    if kind in {"flac", "m4a"} or (kind == "mp3" and _mp3_states_length(path)):
        return guess
    return 0.0


def _mp3_states_length(path: Path) -> bool:
    """Whether a Xing, Info or VBRI header states the length; without one FFmpeg guesses it."""
    with path.open("rb") as handle:
        head = handle.read(10)
        if head[:3] == b"ID3":
            bits = [byte & 0x7F for byte in head[6:10]]
            handle.seek(10 + (bits[0] << 21 | bits[1] << 14 | bits[2] << 7 | bits[3]))
            head = b""
        head += handle.read(4096)
    return any(mark in head for mark in (b"Xing", b"Info", b"VBRI"))


def _ogg_is_cut(path: Path) -> bool:
    """Whether the last Ogg page states more bytes than the file has (RFC 3533, section 6)."""
    size = path.stat().st_size
    with path.open("rb") as handle:
        handle.seek(max(0, size - (1 << 17)))  # a page is below 65,307 bytes
        tail = handle.read()
    at = tail.rfind(b"OggS")
    if at < 0 or at + 27 > len(tail):
        return True
    segments = tail[at + 26]
    lacing = tail[at + 27 : at + 27 + segments]
    return len(lacing) < segments or at + 27 + segments + sum(lacing) > len(tail)
