"""Items of the small world as files: a note with the caption, a picture and a recording each."""

from __future__ import annotations

import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mmrag.training.pictures import draw
from mmrag.training.sensed import RATE as MOTION_RATE
from mmrag.training.sensed import depth_map, motion, thermal_map
from mmrag.training.shapes import Item
from mmrag.training.tones import RATE, Samples, synthesise

_ENDS = (".depth.png", ".thermal.png", ".imu.csv")


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


@dataclass(frozen=True)
class Sensed:
    """Where what sensors would say of an item was written."""

    item: Item
    depth: Path
    thermal: Path
    imu: Path


def write_sensed(items: Sequence[Item], folder: Path, *, side: int = 128) -> list[Sensed]:
    """Write sensed/0001.depth.png, 0001.thermal.png and 0001.imu.csv and so on.

    The pictures hold millimetres and hundredths of a kelvin in 16 bits, `side` pixels a side.
    """
    (folder / "sensed").mkdir(parents=True, exist_ok=True)
    out = []
    for number, item in enumerate(items, 1):
        start = folder / "sensed" / f"{number:04d}"
        row = Sensed(item, *(Path(f"{start}{end}") for end in _ENDS))
        _save_grey(row.depth, depth_map(item, side) * 1000)
        _save_grey(row.thermal, (thermal_map(item, side) + 273.15) * 100)
        samples = motion(item)
        timed = np.column_stack([np.arange(len(samples)) / MOTION_RATE, samples])
        titles = "time,ax,ay,az,gx,gy,gz"
        np.savetxt(row.imu, timed, "%.4f", delimiter=",", header=titles, comments="")
        out.append(row)
    return out


def _save_grey(path: Path, values: NDArray[np.float32]) -> None:
    Image.fromarray(np.rint(values).astype(np.uint16)).save(path)


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
