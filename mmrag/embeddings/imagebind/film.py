"""Film as ImageBind sees it: clips of two seconds, two pictures of each, three parts of those."""

from __future__ import annotations

from math import ceil

import av
import numpy as np

from mmrag.embeddings.imagebind.preprocess import normalised
from mmrag.embeddings.media import VideoInput, film_of
from mmrag.errors import CorruptFile
from mmrag.extras import require
from mmrag.loaders.film import HALF_MS, Film, open_film, upright
from mmrag.loaders.limits import DEFAULT, Limits
from mmrag.store.spec import FloatArray

CLIPS, CLIP_S = 5, 2.0
PARTS = 3
"""Left, middle and right of a wide film; top, middle and bottom of a tall one."""


def film_input(given: VideoInput, side: int, limits: Limits = DEFAULT) -> FloatArray:
    """(clips, 3, 2, side, side) of a stretch of a film.

    There are CLIPS times PARTS, or fewer where they would be equal. Clips begin evenly spread from
    its start to two seconds before its end, and show their first and their last picture. Those of
    two seconds or less would all be equal, and so would the parts of a square film; the mean of the
    vectors is the same without the repeats.

    Raises:
        CorruptFile: not a film, or nothing in it can be decoded.
        LimitExceeded: pictures of more than `limits.pixels`.
    """
    part, clips = film_of(given), list[FloatArray]()
    with open_film(part.path, limits) as film:
        begin = part.start_ms / 1000
        end = _seconds(film) if part.end_ms is None else part.end_ms / 1000
        for start in clip_starts(end - begin):
            ends = _first_and_last(film, begin + start, min(begin + start + CLIP_S, end))
            if ends is None:
                raise CorruptFile(film.path, "holds no picture that can be decoded")
            clips += _parts(np.stack([_scaled(shown, side) for shown in ends], axis=1), side)
    return np.stack(clips)


def clip_starts(seconds: float) -> list[float]:
    """Where clips begin, in seconds; one clip where all would begin at the start."""
    last = max(0.0, seconds - CLIP_S)
    return [last * place / (CLIPS - 1) for place in range(CLIPS)] if last else [0.0]


def _seconds(film: Film) -> float:
    """Length of the moving pictures, or of the whole file where only that is stated; else 0."""
    stream, stated = film.stream, film.container.duration
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return stated / av.time_base if stated else 0.0


def _first_and_last(
    film: Film, start: float, end: float
) -> tuple[av.VideoFrame, av.VideoFrame] | None:
    """The first and last picture of the clip from `start` to `end`.

    Where there is none in its time, the nearest one before it, else after it, stands for both.
    """
    film.seek(start)
    before = first = last = None
    for at, shown in film.pictures():
        if at < start - HALF_MS:
            before = shown
        elif at < end - HALF_MS:
            first, last = first or shown, shown
        else:
            before = before or shown
            break
    if first is not None and last is not None:
        return first, last
    return (before, before) if before is not None else None


def _scaled(shown: av.VideoFrame, side: int) -> FloatArray:
    """(3, h, w) of a picture the right way up, its shorter side scaled (bilinear), normalised."""
    torch = require("torch", extra="all", purpose="embed films")
    pixels = np.asarray(upright(shown))
    height, width = pixels.shape[:2]
    shorter = min(height, width)
    size = (int(side * height / shorter), int(side * width / shorter))
    values = torch.from_numpy(np.array(pixels)).permute(2, 0, 1)[None].float()
    scaled = torch.nn.functional.interpolate(values, size, mode="bilinear", align_corners=False)
    return normalised(scaled[0].permute(1, 2, 0).numpy() / np.float32(255))


def _parts(clip: FloatArray, side: int) -> list[FloatArray]:
    """PARTS squares of (3, 2, h, w) along its longer side; one if it is square."""
    height, width = clip.shape[2:]
    spare = max(height, width) - side
    starts = [0, ceil(spare / 2), spare] if spare else [0]
    if height > width:
        return [clip[:, :, start : start + side] for start in starts]
    return [clip[..., start : start + side] for start in starts]
