"""Generated films: shots of textures or of given pictures, in any codec, with or without sound."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image
from standins.media import texture

from mmrag.store.spec import FloatArray

RATE = 10
SOUND_RATE = 16_000
Shot = tuple[Image.Image, float]
"""A picture and for how many seconds it is shown."""


def shots(*seconds: float, size: tuple[int, int] = (96, 64)) -> list[Shot]:
    """As many different textures, of one colour each."""
    colours = ["red", "green", "blue", "yellow", "magenta", "cyan"]
    return [
        (Image.blend(texture(*size, seed=n), Image.new("RGB", size, colours[n % 6]), 0.6), length)
        for n, length in enumerate(seconds)
    ]


def write_film(
    path: Path,
    shown: Sequence[Shot],
    *,
    codec: str = "libx264",
    sound: FloatArray | None = None,
    sound_codec: str = "aac",
    still: bool = False,
    marked: bool = False,
    start: float = 0.0,
    times: Sequence[float] = (),
    **options: str,
) -> Path:
    """A film of RATE pictures a second; each moves a little, unless `still`.

    Args:
        sound: mono samples at SOUND_RATE.
        marked: a key frame begins each shot.
        start: seconds before the first picture.
        times: of the pictures, in place of RATE; `shown` then holds one shot a picture.
        options: of the codec.
    """
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=RATE)
        stream.width, stream.height = shown[0][0].size
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        # an AVI has a picture for each tick
        stream.codec_context.time_base = Fraction(1, RATE if path.suffix == ".avi" else 1000)
        stream.options = {"preset": "ultrafast", **options} if codec == "libx264" else options
        heard = None
        if sound is not None:
            heard = container.add_stream(sound_codec, rate=SOUND_RATE, layout="mono")
        number = 0
        for picture, seconds in shown:
            for step in range(1 if times else round(seconds * RATE)):
                moved = np.roll(np.asarray(picture), 0 if still else step % 3, axis=1)
                frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(moved), format="rgb24")
                at = times[number] if times else start + number / RATE
                frame.pts, frame.time_base = round(at * 1000), Fraction(1, 1000)
                if marked and step == 0:
                    frame.pict_type = av.video.frame.PictureType.I
                container.mux(stream.encode(frame))
                number += 1
        container.mux(stream.encode(None))
        if sound is not None and heard is not None:
            samples = av.AudioFrame.from_ndarray(sound[None], format="fltp", layout="mono")
            samples.sample_rate = SOUND_RATE
            container.mux(heard.encode(samples))
            container.mux(heard.encode(None))
    return path


def turn(film: Path) -> Path:
    """Make an MP4's display matrix a quarter turn clockwise (ISO 14496-12, 8.3.2)."""
    data = bytearray(film.read_bytes())
    one, none = (0x10000).to_bytes(4, "big"), bytes(4)
    minus = (0xFFFF0000).to_bytes(4, "big")
    end = (0x40000000).to_bytes(4, "big")
    matrix = one + 3 * none + one + 3 * none + end
    place = data.index(matrix, data.index(b"tkhd"))
    data[place : place + 36] = none + one + none + minus + 4 * none + end
    film.write_bytes(data)
    return film
