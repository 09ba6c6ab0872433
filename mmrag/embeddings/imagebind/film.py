"""Film as ImageBind sees it: clips of two seconds, two pictures of each, three parts of those."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil
from pathlib import Path

import av
import numpy as np

from mmrag.embeddings.imagebind.preprocess import normalised
from mmrag.errors import CorruptFile
from mmrag.extras import require
from mmrag.loaders.limits import DEFAULT, Limits, check_count, check_file
from mmrag.store.spec import FloatArray

CLIPS, CLIP_S = 5, 2.0
PARTS = 3
"""Left, middle and right of a wide film; top, middle and bottom of a tall one."""
TOLERANCE_S = 0.0005
"""Some containers count in whole milliseconds."""


def film_input(path: str | Path, side: int, limits: Limits = DEFAULT) -> FloatArray:
    """(clips, 3, 2, side, side) of a film: CLIPS times PARTS, or fewer where they would be equal.

    Clips begin evenly spread from the start to two seconds before the end, and show their first and
    their last picture. Those of a film of two seconds or less would all be equal, and so would the
    parts of a square one; the mean of the vectors is the same without the repeats.

    Raises:
        CorruptFile: not a film, or nothing in it can be decoded.
        LimitExceeded: pictures of more than `limits.pixels`.
    """
    path = Path(path)
    check_file(path, limits, bounded=False)
    clips: list[FloatArray] = []
    try:
        with av.open(str(path.resolve()), metadata_errors="ignore") as container:
            if not container.streams.video:
                raise CorruptFile(path, "holds no moving pictures")
            stream = container.streams.video[0]
            check_count(path, "pixels", stream.width * stream.height, limits.pixels)
            for start in clip_starts(_seconds(container, stream)):
                ends = _first_and_last(container, stream, start)
                if ends is None:
                    raise CorruptFile(path, "holds no picture that can be decoded")
                clips += _parts(np.stack([_scaled(shown, side) for shown in ends], axis=1), side)
    except av.FFmpegError as exc:
        raise CorruptFile(path, f"is damaged or not a film: {exc.strerror}") from exc
    return np.stack(clips)


def clip_starts(seconds: float) -> list[float]:
    """Where clips begin, in seconds; one clip where all would begin at the start."""
    last = max(0.0, seconds - CLIP_S)
    return [last * place / (CLIPS - 1) for place in range(CLIPS)] if last else [0.0]


def _seconds(container: av.container.InputContainer, stream: av.VideoStream) -> float:
    """Length of the moving pictures, or of the whole file where only that is stated; else 0."""
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return container.duration / av.time_base if container.duration else 0.0


def _first_and_last(
    container: av.container.InputContainer, stream: av.VideoStream, start: float
) -> tuple[av.VideoFrame, av.VideoFrame] | None:
    """The first and last picture of the clip that begins at `start`.

    Where there is none in its time, the nearest one before it, else after it, stands for both.
    """
    origin = float((stream.start_time or 0) * (stream.time_base or 0))
    container.seek(round((origin + start) * av.time_base))
    before = first = last = None
    for shown in _frames(container, stream):
        at = (shown.time or 0.0) - origin
        if at < start - TOLERANCE_S:
            before = shown
        elif at < start + CLIP_S - TOLERANCE_S:
            first, last = first or shown, shown
        else:
            before = before or shown
            break
    if first is not None and last is not None:
        return first, last
    return (before, before) if before is not None else None


def _frames(
    container: av.container.InputContainer, stream: av.VideoStream
) -> Iterator[av.VideoFrame]:
    """Decoded pictures; damaged packets in between are left out."""
    for packet in container.demux(stream):
        try:
            yield from packet.decode()
        except av.FFmpegError:
            continue


def _scaled(shown: av.VideoFrame, side: int) -> FloatArray:
    """(3, h, w) of a picture the right way up, its shorter side scaled (bilinear), normalised."""
    torch = require("torch", extra="all", purpose="embed films")
    # the file says by how many degrees, counter-clockwise, a player turns its pictures
    upright = np.rot90(shown.to_ndarray(format="rgb24"), shown.rotation // 90)
    height, width = upright.shape[:2]
    shorter = min(height, width)
    size = (int(side * height / shorter), int(side * width / shorter))
    values = torch.from_numpy(np.ascontiguousarray(upright)).permute(2, 0, 1)[None].float()
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
