"""Films through PyAV: the clock, the pictures one after the other, and one of them by its time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import av
import numpy as np
from PIL import Image

from mmrag.errors import CorruptFile
from mmrag.loaders.damage import damage_reported
from mmrag.loaders.heartbeat import beat
from mmrag.loaders.limits import DEFAULT, Limits, check_count, check_file

FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi"
"""FFmpeg's names of containers that are opened; a playlist must not make it fetch anything."""
HALF_MS = 0.0005
"""Seconds. Nodes keep whole milliseconds, and so do some containers."""


Packet: TypeAlias = "av.Packet[Any]"
"""Of pictures, sound, or whatever else a film holds."""


@dataclass(frozen=True)
class Film:
    """An open film. Times are in seconds from its beginning, which is 0 whatever the file says."""

    path: Path
    container: av.container.InputContainer
    stream: av.VideoStream
    limits: Limits

    @property
    def origin(self) -> float:
        """What the file calls the beginning: the earliest start of pictures and sound."""
        return float(self.container.start_time or 0) / av.time_base

    def time_of(self, timed: Packet | av.VideoFrame) -> float | None:
        """When a packet or a picture is shown; None where the file does not say."""
        stamp = timed.dts if timed.pts is None else timed.pts
        if stamp is None or timed.time_base is None:
            return None
        return max(0.0, float(stamp * timed.time_base) - self.origin)

    def seek(self, seconds: float) -> None:
        """Go to the key frame before a time.

        Raises:
            av.FFmpegError: this file cannot be sought there.
        """
        self.container.seek(round((seconds + self.origin) * av.time_base))

    def packets(self, *streams: av.stream.Stream) -> Iterator[Packet]:
        """Packets of all streams, or of these, up to where the file breaks off.

        Raises:
            LimitExceeded: the film goes on for more than `limits.video_hours`.
        """
        told = -1.0
        packets = self.container.demux(*streams)
        while True:
            try:
                packet = next(packets)
            except (StopIteration, av.FFmpegError):
                return
            at = self.time_of(packet)
            if at is not None and at >= told + 1:
                check_count(self.path, "video_hours", at / 3600, self.limits.video_hours)
                told = at
                beat()
            yield packet

    def pictures(
        self, wanted: Callable[[Packet], bool] = lambda packet: True
    ) -> Iterator[tuple[float, av.VideoFrame]]:
        """Decoded pictures with their times, in order; damaged ones are left out.

        Args:
            wanted: which packets are decoded; pictures that stand on others need those too.

        Raises:
            LimitExceeded: a picture has more than `limits.pixels`.
        """
        last = -1.0
        for packet in self.packets(self.stream):
            # the empty one at the end asks the decoder for what it still holds
            if packet.size and not wanted(packet):
                continue
            try:
                shown = packet.decode()
            except av.FFmpegError:
                continue
            for picture in shown:
                at = self.time_of(picture)
                if picture.is_corrupt or at is None or at <= last:
                    continue
                check_count(self.path, "pixels", picture.width * picture.height, self.limits.pixels)
                last = at
                yield at, picture


@contextmanager
def open_film(path: str | Path, limits: Limits = DEFAULT) -> Iterator[Film]:
    """A film, its first moving pictures chosen; covers and previews are none.

    Raises:
        CorruptFile: not a film, or damaged.
        LimitExceeded: more than `limits.pixels`.
    """
    path = Path(path)
    check_file(path, limits, bounded=False)
    try:
        container = av.open(
            str(path.resolve()), options={"format_whitelist": FORMATS}, metadata_errors="ignore"
        )
    except av.FFmpegError as exc:
        raise CorruptFile(path, f"is damaged or not a film: {exc.strerror}") from exc
    with container:
        films = moving_pictures(container)
        if not films:
            raise CorruptFile(path, "holds no moving pictures in a known format")
        stream = films[0]
        check_count(path, "pixels", stream.width * stream.height, limits.pixels)
        stream.codec_context.thread_count = 1  # workers share the cores by files
        try:
            yield Film(path, container, stream, limits)
        except av.FFmpegError as exc:
            raise CorruptFile(path, f"is damaged or not a film: {exc.strerror}") from exc


def moving_pictures(container: av.container.InputContainer) -> list[av.VideoStream]:
    """The video streams of a container that a decoder is known for and that are no covers."""
    cover = av.stream.Disposition.attached_pic
    return [
        stream
        for stream in container.streams.video
        if stream.codec_context is not None and not stream.disposition & cover
    ]


def picture_at(path: str | Path, ms: int, limits: Limits = DEFAULT) -> Image.Image:
    """What a film shows at a time, in RGB and the right way up; past its end, its last picture.

    Raises:
        CorruptFile: not a film, or nothing of it can be decoded there.
        LimitExceeded: beyond the limits.
    """
    with open_film(path, limits) as film, damage_reported(film.path, "film", av.FFmpegError):
        at = ms / 1000 + HALF_MS
        found = _last_until(film, at, sought=True) or _last_until(film, at, sought=False)
        if found is None:
            raise CorruptFile(film.path, f"shows nothing that can be decoded at {ms / 1000:g} s")
        return upright(found)


def _last_until(film: Film, at: float, *, sought: bool) -> av.VideoFrame | None:
    """The last picture that begins by a time.

    Args:
        sought: start from the key frame before it; some files lead past it, or know no key frames.
    """
    if sought:
        try:
            film.seek(at)
        except av.FFmpegError:
            return None
    else:
        film.seek(0)
    found: av.VideoFrame | None = None
    for begins, picture in film.pictures():
        if begins > at:
            # the first picture stands for what is before it
            return found if found is not None or sought else picture
        found = picture
    return found


def upright(picture: av.VideoFrame) -> Image.Image:
    """A picture as a player shows it: RGB, turned as the file says."""
    pixels = picture.to_ndarray(format="rgb24")
    # by how many degrees, counter-clockwise, a player turns its pictures
    return Image.fromarray(np.ascontiguousarray(np.rot90(pixels, picture.rotation // 90)))
