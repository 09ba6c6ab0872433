"""What stands for a recording in a list: its cover, or the waveform of a stretch of it."""

from __future__ import annotations

import io
from pathlib import Path

import av
import numpy as np
from PIL import Image, ImageDraw

from mmrag.errors import LoadError
from mmrag.limits import Limits
from mmrag.loaders.audio import pcm
from mmrag.loaders.pixels import frame

RATE = 8_000
LONGEST_MS = 30_000
"""Of the sound that is drawn."""
PAPER, INK = (241, 243, 246), (58, 92, 148)
_COVER_BYTES = 32 << 20
_BAR = 6  # pixels from one bar to the next, for a picture 256 wide


def cover(path: Path, size: int, limits: Limits) -> Image.Image | None:
    """The picture that a recording carries, at most `size` pixels; None without a usable one."""
    try:
        with av.open(str(path.resolve()), metadata_errors="ignore") as container:
            attached = av.stream.Disposition.attached_pic
            covers = [s for s in container.streams.video if s.disposition & attached]
            packet = next(container.demux(covers[0])) if covers else None
            data = bytes(packet) if packet is not None and packet.size <= _COVER_BYTES else b""
        if not data:
            return None
        image = frame(Image.open(io.BytesIO(data)), path, limits=limits)
    except (av.FFmpegError, LoadError, OSError, SyntaxError, ValueError, StopIteration):
        return None  # the waveform stands for it then
    image.thumbnail((size, size))
    return image


def waveform(
    path: Path, size: int, start_ms: int, end_ms: int | None, limits: Limits
) -> Image.Image:
    """The loudness of a stretch, LONGEST_MS of it at most, as bars; `size` pixels wide.

    Raises:
        LoadError: the recording cannot be decoded.
    """
    end = min(start_ms + LONGEST_MS if end_ms is None else end_ms, start_ms + LONGEST_MS)
    samples = pcm(path, rate=RATE, start_ms=start_ms, end_ms=end, limits=limits)
    scale = size / 256
    image = Image.new("RGB", (size, round(size * 9 / 16)), PAPER)
    draw = ImageDraw.Draw(image)
    step, middle = _BAR * scale, image.height / 2
    bars = max(1, int(size / step) - 1)
    for number, level in enumerate(_levels(np.abs(samples), bars)):
        left, half = (number + 0.75) * step, max(1.0, 0.42 * image.height * level)
        draw.rounded_rectangle(
            (left, middle - half, left + step / 2, middle + half), radius=step / 4, fill=INK
        )
    return image


def _levels(loudness: np.ndarray, bars: int) -> list[float]:
    """How loud each of so many parts is, the loudest 1; all 0 where nothing is heard."""
    means = [float(part.mean()) if len(part) else 0.0 for part in np.array_split(loudness, bars)]
    loudest = max(means)
    return [mean / loudest if loudest > 1e-4 else 0.0 for mean in means]
