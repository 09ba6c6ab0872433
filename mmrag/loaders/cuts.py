"""Cuts of a film: where one picture is followed by another one, and what must be decoded to know.

Most films are read by their key frames, which decode by themselves: of 720p H.264 that took a
twelfth to a fortieth of the time of decoding all. Only the stretches between key frames in which
a cut may hide are decoded. Encoders that look for cuts put a key frame on each and are believed;
they are told by the uneven distances of their key frames.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import av
import numpy as np
from numpy.typing import NDArray

from mmrag.extras import require
from mmrag.loaders.film import Film, Packet

Thumbnail: TypeAlias = NDArray[np.int16]
IsCut: TypeAlias = Callable[[float, av.VideoFrame, Thumbnail], bool]
"""Asked about every picture in order, with its time: whether it has nothing of the one before."""

WIDTH, HEIGHT = 64, 36
"""Pixels of the thumbnails that are compared."""
CUT = 30.0
"""Mean difference of two thumbnails, of 255, from which they show different things."""
JUMP, JUMPS = 2.0, 5.0
"""A difference from one picture to the next is a cut too if it is this large, and this many times
the usual one. Slides with two lines of text differ by 3."""
NEXT_S = 0.25
"""How far apart neighbouring pictures may be for that."""
SAME_STEP, SAME_SHARE = 20, 0.005
"""Thumbnails are of the same picture if no more than this share of their pixels differ by more than
a step: noise does not, and a new line of text does."""
UNSEEN_S, MARKED_UNSEEN_S = 2.0, 12.0
"""Longest stretch between like key frames that is not looked into; the second one in films whose
encoder marks cuts (its key frames are up to 10 s apart by default)."""
EARLY = 0.9
"""Of the longest distance of key frames: one that comes earlier was put there for a cut."""


class Thumbnails:
    """Small pictures to compare; the scaler is kept from one to the next."""

    def __init__(self) -> None:
        self._scaler = av.video.reformatter.VideoReformatter()

    def __call__(self, picture: av.VideoFrame) -> Thumbnail:
        """(HEIGHT, WIDTH, 3), 0..255."""
        small = self._scaler.reformat(picture, WIDTH, HEIGHT, "rgb24", interpolation="AREA")
        thumbnail: Thumbnail = small.to_ndarray().astype(np.int16)
        return thumbnail


def difference(one: Thumbnail, other: Thumbnail) -> float:
    """Mean difference of two thumbnails, 0..255."""
    return float(np.abs(one - other).mean())


def same(one: Thumbnail, other: Thumbnail) -> bool:
    """Whether two thumbnails are of one picture, but for noise."""
    changed = np.abs(one - other).max(axis=2) > SAME_STEP
    return float(changed.mean()) <= SAME_SHARE


class Jumps:
    """Cuts by the differences of thumbnails, each among those before it.

    Args:
        known: when pictures are shown that begin something else.
    """

    def __init__(self, known: frozenset[float]) -> None:
        self._known = known
        self._last: tuple[float, Thumbnail] | None = None
        self._usual: float | None = None

    def __call__(self, at: float, picture: av.VideoFrame, thumbnail: Thumbnail) -> bool:
        last, self._last = self._last, (at, thumbnail)
        if last is None:
            return False
        found, usual = difference(last[1], thumbnail), self._usual
        if at in self._known or found >= CUT or at - last[0] > NEXT_S:
            self._usual = None
            return at in self._known or found >= CUT
        if usual is None:
            self._usual = found
            return False
        if found >= max(JUMP, JUMPS * usual):
            self._usual = None
            return True
        self._usual = usual + 0.1 * (found - usual)
        return False


def content_detector() -> IsCut:
    """PySceneDetect's ContentDetector with its own threshold.

    Raises:
        MissingExtra: it is not installed.
    """
    library = require("scenedetect", extra="video", purpose="cut films by content")
    detector = library.ContentDetector(min_scene_len=1)  # flashes are looked after elsewhere
    scaler = av.video.reformatter.VideoReformatter()

    def is_cut(at: float, picture: av.VideoFrame, _: Thumbnail) -> bool:
        small = scaler.reformat(picture, 4 * WIDTH, 4 * HEIGHT, "bgr24", interpolation="AREA")
        time = library.FrameTimecode(at, fps=1000.0)
        return bool(detector.process_frame(time, small.to_ndarray()))

    return is_cut


@dataclass(frozen=True)
class Survey:
    """What the key frames of a film tell.

    Attributes:
        cuts: when those are shown that the encoder put on a cut.
        unclear: stretches from key frame to key frame that may hide a cut.
    """

    cuts: frozenset[float]
    unclear: list[tuple[float, float]]


def survey(film: Film, end: float) -> Survey:
    """Decode the key frames of a film, which lasts until `end`."""
    small = Thumbnails()
    times: list[float] = []
    alike: list[bool] = []
    last: Thumbnail | None = None
    for at, picture in film.pictures(lambda packet: packet.is_keyframe):
        thumbnail = small(picture)
        if last is not None:
            alike.append(difference(last, thumbnail) < JUMP)
        times.append(at)
        last = thumbnail
    lengths = [after - before for before, after in pairwise(times)]
    usual = EARLY * max(lengths, default=0.0)
    cuts = {
        at
        for at, length, like in zip(times[1:], lengths, alike, strict=True)
        if length < usual and not like
    }
    longest = MARKED_UNSEEN_S if any(length < usual for length in lengths) else UNSEEN_S
    unclear = [
        (before, after)
        # nothing is known of what comes behind the last one
        for (before, after), like in zip(pairwise([*times, end]), [*alike, True], strict=False)
        if after - before > longest or not (like or after in cuts)
    ]
    return Survey(frozenset(cuts), unclear)


def within(film: Film, stretches: list[tuple[float, float]]) -> Callable[[Packet], bool]:
    """Whether a packet is a key frame or lies in one of the stretches."""
    starts = np.array([start for start, _ in stretches])
    ends = np.array([end for _, end in stretches])

    def wanted(packet: Packet) -> bool:
        if packet.is_keyframe:
            return True
        at = film.time_of(packet)
        if at is None:
            return False
        place = int(np.searchsorted(starts, at, side="right")) - 1
        return place >= 0 and bool(at < ends[place])

    return wanted
