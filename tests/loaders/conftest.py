"""Builders of tiny real media; nothing is vendored."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
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
