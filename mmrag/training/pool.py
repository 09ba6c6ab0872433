"""Items of the small world as files: a note with the caption, a picture and a recording each."""

from __future__ import annotations

import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import av
import numpy as np

from mmrag.training.pictures import draw
from mmrag.training.shapes import Item
from mmrag.training.tones import RATE, Samples, synthesise


@dataclass(frozen=True)
class Written:
    """Where an item was written. Names of files are numbers and say nothing of the concept."""

    item: Item
    note: Path
    picture: Path
    sound: Path


def write_items(
    items: Sequence[Item], folder: Path, *, side: int = 256, sound: Literal["flac", "wav"] = "flac"
) -> list[Written]:
    """Write notes/0001.txt, pictures/0001.png, sounds/0001.flac and so on, in the given order.

    Args:
        side: pixels a side of the pictures.
        sound: kind of the recordings, 16 kHz, 16 bits, mono; both lose nothing.
    """
    for name in ("notes", "pictures", "sounds"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    out = []
    for number, item in enumerate(items, 1):
        name = f"{number:04d}"
        written = Written(
            item,
            folder / "notes" / f"{name}.txt",
            folder / "pictures" / f"{name}.png",
            folder / "sounds" / f"{name}.{sound}",
        )
        written.note.write_text(item.caption() + "\n", encoding="utf-8")
        draw(item, side).save(written.picture)
        (_write_wav if sound == "wav" else _write_flac)(written.sound, synthesise(item))
        out.append(written)
    return out


def _sixteen_bits(samples: Samples) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    return np.rint(samples * 32767).astype("<i2")


def _write_wav(path: Path, samples: Samples) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(_sixteen_bits(samples).tobytes())


def _write_flac(path: Path, samples: Samples) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("flac", rate=RATE, layout="mono")
        frame = av.AudioFrame.from_ndarray(_sixteen_bits(samples)[None], "s16", "mono")
        frame.sample_rate = RATE
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)
