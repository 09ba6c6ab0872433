"""Film: which pictures are taken, the right way up, and how they are cut."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from mmrag.embeddings.imagebind.film import clip_starts, film_input
from mmrag.embeddings.imagebind.preprocess import MEAN, STD
from mmrag.embeddings.media import VideoPart
from mmrag.errors import CorruptFile, LimitExceeded
from mmrag.loaders.limits import Limits
from mmrag.store.spec import FloatArray

SIDE, RATE = 16, 10


def write_film(
    path: Path,
    count: int,
    size: tuple[int, int],
    shown: Callable[[int], NDArray[np.uint8]],
    codec: str = "ffv1",
) -> Path:
    """`count` frames, RATE a second; by default without loss."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=RATE)
        stream.width, stream.height = size
        stream.pix_fmt = "bgr0" if codec == "ffv1" else "yuv420p"
        stream.codec_context.gop_size = 7
        stream.options = {"qp": "0"} if codec == "libx264" else {}
        for number in range(count):
            frame = av.VideoFrame.from_ndarray(shown(number), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def grey(size: tuple[int, int], step: int = 1) -> Callable[[int], NDArray[np.uint8]]:
    """Frame n is as bright as n times `step`."""
    return lambda number: np.full((size[1], size[0], 3), number * step, dtype=np.uint8)


def brightness(clips: FloatArray) -> NDArray[np.int64]:
    """(clips, 2) grey values, which are the numbers of the frames."""
    red = clips[:, 0] * STD[0] + MEAN[0]
    assert np.ptp(red, axis=(-1, -2)).max() < 1e-5
    numbers: NDArray[np.int64] = np.rint(red.mean(axis=(-1, -2)) * 255).astype(np.int64)
    return numbers


def test_each_clip_shows_its_first_and_last_picture(tmp_path: Path) -> None:
    film = write_film(tmp_path / "film.mkv", 61, (24, 24), grey((24, 24)))
    clips = film_input(film, SIDE)
    assert clips.shape == (5, 3, 2, SIDE, SIDE)  # a square film has one part
    assert clips.dtype == np.float32
    # 6.1 s: clips begin at 0, 1.025, 2.05, 3.075 and 4.1 s and show what lies within 2 s of that
    assert brightness(clips).tolist() == [[0, 19], [11, 30], [21, 40], [31, 50], [41, 60]]


def test_compressed_film_is_sought_from_its_key_frames(tmp_path: Path) -> None:
    film = write_film(tmp_path / "film.mp4", 61, (64, 64), grey((64, 64), 4), codec="libx264")
    found = brightness(film_input(film, SIDE)) / 4
    # video levels go from 16 to 235 and are rounded twice
    assert np.abs(found - [[0, 19], [11, 30], [21, 40], [31, 50], [41, 60]]).max() <= 0.5


def test_clips_of_a_scene_lie_within_it(tmp_path: Path) -> None:
    film = write_film(tmp_path / "film.mkv", 61, (24, 24), grey((24, 24)))
    found = brightness(film_input(VideoPart(film, 2_000, 4_500), SIDE))
    assert found.tolist() == [[20, 39], [22, 41], [23, 42], [24, 43], [25, 44]]
    assert brightness(film_input(VideoPart(film, 3_000, 4_500), SIDE)).tolist() == [[30, 44]]
    assert brightness(film_input(VideoPart(film, 5_500), SIDE)).tolist() == [[55, 60]]


@pytest.mark.parametrize(("count", "last"), [(1, 0), (7, 6), (20, 19)])
def test_a_film_of_two_seconds_or_less_is_one_clip(count: int, last: int, tmp_path: Path) -> None:
    film = write_film(tmp_path / "film.mkv", count, (24, 24), grey((24, 24)))
    assert brightness(film_input(film, SIDE)).tolist() == [[0, last]]


def test_clips_are_spread_evenly() -> None:
    assert clip_starts(10.0) == [0.0, 2.0, 4.0, 6.0, 8.0]
    assert clip_starts(2.0) == clip_starts(0.0) == [0.0]


def bars(width: int, height: int) -> NDArray[np.uint8]:
    """Red, green, blue and white in four equal stretches of the longer side."""
    colours = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]], dtype=np.uint8)
    along = colours[np.arange(max(width, height)) * 4 // max(width, height)]
    if width > height:
        return np.ascontiguousarray(np.broadcast_to(along, (height, width, 3)))
    return np.ascontiguousarray(np.broadcast_to(along[:, None], (height, width, 3)))


@pytest.mark.parametrize("size", [(128, 32), (32, 128)])
def test_three_parts_lie_along_the_longer_side(size: tuple[int, int], tmp_path: Path) -> None:
    film = write_film(tmp_path / "film.mkv", 3, size, lambda _: bars(*size))
    parts = film_input(film, SIDE)
    assert parts.shape == (3, 3, 2, SIDE, SIDE)
    first, middle, last = np.rint(parts * STD[:, None, None, None] + MEAN[:, None, None, None])
    if size[0] < size[1]:
        middle = middle.transpose(0, 1, 3, 2)
    edge = SIDE // 2
    assert first.mean(axis=(1, 2, 3)).tolist() == [1, 0, 0]
    assert middle[..., :edge].mean(axis=(1, 2, 3)).tolist() == [0, 1, 0]
    assert middle[..., edge:].mean(axis=(1, 2, 3)).tolist() == [0, 0, 1]
    assert last.mean(axis=(1, 2, 3)).tolist() == [1, 1, 1]


def test_scaling_is_bilinear_between_the_centres_of_pixels(tmp_path: Path) -> None:
    ramp = np.repeat(np.arange(0, 128, 2, dtype=np.uint8)[None, :, None], 64, axis=0)
    film = write_film(tmp_path / "film.mkv", 2, (64, 64), lambda _: np.repeat(ramp, 3, axis=2))
    found = film_input(film, SIDE)[0, 0, 0, 0] * STD[0] + MEAN[0]
    wanted = [2 * (4 * (place + 0.5) - 0.5) / 255 for place in range(SIDE)]
    assert found == pytest.approx(wanted, abs=1e-5)


def turned(film: Path) -> None:
    """Make an MP4's display matrix a quarter turn clockwise (ISO 14496-12, 8.3.2)."""
    data = bytearray(film.read_bytes())
    one, none = (0x10000).to_bytes(4, "big"), bytes(4)
    minus = (0xFFFF0000).to_bytes(4, "big")
    end = (0x40000000).to_bytes(4, "big")
    matrix = one + 3 * none + one + 3 * none + end
    place = data.index(matrix, data.index(b"tkhd"))
    data[place : place + 36] = none + one + none + minus + 4 * none + end
    film.write_bytes(data)


def test_a_film_is_turned_the_right_way_up(tmp_path: Path) -> None:
    def corner(_: int) -> NDArray[np.uint8]:
        pixels = np.zeros((64, 64, 3), dtype=np.uint8)
        pixels[:32, :32] = 255  # top left
        return pixels

    film = write_film(tmp_path / "film.mp4", 3, (64, 64), corner, codec="mpeg4")
    turned(film)
    shown = film_input(film, SIDE)[0, 0, 0] * STD[0] + MEAN[0]
    assert shown[2:6, 10:14].min() > 0.9  # top right
    assert shown[2:6, 2:6].max() < 0.1
    assert shown[10:14, 2:6].max() < 0.1


def test_a_cut_film_shows_what_is_there(tmp_path: Path) -> None:
    film = write_film(tmp_path / "film.mkv", 61, (24, 24), grey((24, 24)))
    data = film.read_bytes()
    film.write_bytes(data[: len(data) // 2])
    found = brightness(film_input(film, SIDE))
    assert found[0].tolist() == [0, 19]
    assert 20 < found.max() < 45


def test_what_is_no_film_is_named(tmp_path: Path) -> None:
    noise = tmp_path / "noise.mp4"
    noise.write_bytes(b"no film" * 100)
    with pytest.raises(CorruptFile, match=r"noise\.mp4: is damaged or not a film"):
        film_input(noise, SIDE)
    film = write_film(tmp_path / "film.mkv", 2, (64, 64), grey((64, 64)))
    with pytest.raises(LimitExceeded, match="limit pixels=4095"):
        film_input(film, SIDE, Limits(pixels=4095))
