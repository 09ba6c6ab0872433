"""Builders of tiny real media; nothing is vendored."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

Draw = Callable[[Canvas], None]


@pytest.fixture
def make_pdf(tmp_path: Path) -> Callable[..., Path]:
    """A PDF of 400 x 600 points; each function draws one page."""

    def make(*pages: Draw, name: str = "a.pdf", **options: object) -> Path:
        path = tmp_path / name
        canvas = Canvas(str(path), pagesize=(400, 600), **options)
        for draw in pages:
            draw(canvas)
            canvas.showPage()
        canvas.save()
        return path

    return make


@pytest.fixture
def make_tone(tmp_path: Path) -> Callable[..., Path]:
    """A 440 Hz tone of half the full scale, encoded by FFmpeg."""

    def make(
        name: str,
        codec: str,
        *,
        seconds: float = 2.0,
        rate: int = 44_100,
        layout: str = "stereo",
        bit_rate: int | None = None,
    ) -> Path:
        path = tmp_path / name
        wave = 0.5 * np.sin(2 * np.pi * 440 * np.arange(round(rate * seconds)) / rate)
        channels = 2 if layout == "stereo" else 1
        with av.open(str(path), "w") as container:
            stream = container.add_stream(codec, rate=rate, layout=layout)
            if bit_rate is not None:
                stream.bit_rate = bit_rate
            if codec == "vorbis":
                stream.codec_context.options = {"strict": "experimental"}
            data = np.tile(wave.astype(np.float32), (channels, 1))
            frame = av.AudioFrame.from_ndarray(data, format="fltp", layout=layout)
            frame.sample_rate = rate
            for packet in stream.encode(frame):
                container.mux(packet)
            for packet in stream.encode(None):
                container.mux(packet)
        return path

    return make


@pytest.fixture
def make_zip(tmp_path: Path) -> Callable[..., Path]:
    """A zip file from names and contents."""

    def make(name: str, members: dict[str, bytes | str]) -> Path:
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, content in members.items():
                archive.writestr(member, content)
        return path

    return make


@pytest.fixture
def photo() -> Image.Image:
    """A picture that compresses badly and differs at each corner."""
    values = np.random.default_rng(7).integers(0, 256, (60, 80, 3), dtype=np.uint8)
    values[:20, :20] = (255, 0, 0)
    return Image.fromarray(values)


@pytest.fixture
def make_film(tmp_path: Path) -> Callable[..., Path]:
    """Ten seconds of moving picture; a 440 Hz tone sounds in the stretches given in seconds."""

    def make(
        name: str, *tones: tuple[float, float], codec: str = "aac", rate: int = 48_000
    ) -> Path:
        path = tmp_path / name
        with av.open(str(path), "w") as container:
            picture = container.add_stream("mpeg4", rate=5)
            picture.width = picture.height = 64
            sound = container.add_stream(codec, rate=rate, layout="mono")
            for number in range(50):
                shades = np.full((64, 64, 3), number * 5, np.uint8)
                container.mux(picture.encode(av.VideoFrame.from_ndarray(shades, format="rgb24")))
            container.mux(picture.encode(None))
            for start, end in tones:
                for first in range(round(start * rate), round(end * rate), 1024):
                    wave = 0.5 * np.sin(2 * np.pi * 440 * np.arange(first, first + 1024) / rate)
                    frame = av.AudioFrame.from_ndarray(
                        wave.astype(np.float32)[None], format="fltp", layout="mono"
                    )
                    frame.sample_rate, frame.pts, frame.time_base = rate, first, Fraction(1, rate)
                    container.mux(sound.encode(frame))
            container.mux(sound.encode(None))
        return path

    return make
