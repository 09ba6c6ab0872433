"""What stands for recordings: covers, and waveforms of what is cited."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from standins.media import tones, write_wav

from mmrag.errors import LoadError
from mmrag.limits import DEFAULT, Limits
from mmrag.samples import ARCHIVE
from mmrag_connectors.media.sounds import INK, PAPER, cover, waveform

RADIO = ARCHIVE / "sound" / "radio-bulletin-1959.mp3"


def with_cover(path: Path, picture: bytes) -> Path:
    """The radio bulletin with an ID3v2.3 tag that carries a picture (ID3v2.3, section 4.15)."""
    body = b"\0image/png\0\x03\0" + picture
    frame = b"APIC" + struct.pack(">I", len(body)) + b"\0\0" + body
    size = len(frame)
    synchsafe = bytes((size >> shift) & 0x7F for shift in (21, 14, 7, 0))
    sound = RADIO.read_bytes()
    if sound[:3] == b"ID3":
        sound = sound[10 + int.from_bytes(sound[6:10]) :]
    path.write_bytes(b"ID3\x03\0\0" + synchsafe + frame + sound)
    return path


def png(size: tuple[int, int]) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", size, "green").save(data, "PNG")
    return data.getvalue()


def bars(image: Image.Image) -> np.ndarray:
    """How high the ink stands in each column, as a share of the height."""
    pixels = np.asarray(image, dtype=int)
    ink = np.abs(pixels - np.array(INK)).max(axis=2) < 40
    heights: np.ndarray = ink.sum(axis=0) / image.height
    return heights


def test_a_cover_is_shown_small(tmp_path: Path) -> None:
    image = cover(with_cover(tmp_path / "a.mp3", png((300, 150))), 100, DEFAULT)
    assert image is not None and image.size == (100, 50)
    assert image.getpixel((50, 25)) == (0, 128, 0)


def test_a_cover_that_is_none_or_too_large_is_left_out(tmp_path: Path) -> None:
    assert cover(RADIO, 100, DEFAULT) is None
    assert cover(with_cover(tmp_path / "b.mp3", b"\x89PNG nothing"), 100, DEFAULT) is None
    large = with_cover(tmp_path / "c.mp3", png((300, 150)))
    assert cover(large, 100, Limits(pixels=300 * 150 - 1)) is None
    assert cover(large, 100, Limits(pixels=300 * 150)) is not None


def test_a_waveform_is_high_where_it_is_loud(tmp_path: Path) -> None:
    loud = tones(2.0, rate=8_000)
    path = write_wav(tmp_path / "a.wav", np.concatenate([loud * 0, loud]), rate=8_000)
    image = waveform(path, 256, 0, None, DEFAULT)
    assert image.size == (256, 144) and image.getpixel((0, 0)) == PAPER
    heights = bars(image)
    assert heights[:120].max() < 0.1 and heights[140:240].max() > 0.7


def test_the_waveform_is_that_of_the_stretch(tmp_path: Path) -> None:
    loud = tones(2.0, rate=8_000)
    path = write_wav(tmp_path / "a.wav", np.concatenate([loud * 0, loud]), rate=8_000)
    assert bars(waveform(path, 256, 0, 1500, DEFAULT)).max() < 0.1
    assert bars(waveform(path, 256, 2500, 3500, DEFAULT))[10:100].max() > 0.5
    beyond = waveform(path, 64, 60_000, 61_000, DEFAULT)
    assert beyond.size == (64, 36)


def test_what_is_no_recording_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    path.write_bytes(b"no sound at all" * 20)
    assert cover(path, 100, DEFAULT) is None
    with pytest.raises(LoadError):
        waveform(path, 100, 0, None, DEFAULT)
