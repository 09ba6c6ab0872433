"""Scenes of a film, and the picture that stands for each."""

from __future__ import annotations

from dataclasses import dataclass, replace

import av

from mmrag.errors import CorruptFile
from mmrag.loaders.cuts import (
    CUT,
    IsCut,
    Jumps,
    Thumbnail,
    Thumbnails,
    content_detector,
    difference,
    same,
    survey,
    within,
)
from mmrag.loaders.cutting import Cutting
from mmrag.loaders.film import Film
from mmrag.loaders.limits import check_count

SHORTEST_S = 0.5
"""What is shown for less is a flash."""
SETTLED_S = 1.0
"""A fade is over by then, so what is shown then stands for the scene."""
CHANGED_S = 2.0
"""From then on a picture that shows something else begins a scene, though no cut leads to it."""


@dataclass(frozen=True)
class Scene:
    """A stretch of a film, in seconds, and when the picture that stands for it is shown."""

    start: float
    end: float
    shown: float


def scenes_of(film: Film, cutting: Cutting, *, end: float) -> list[Scene]:
    """The scenes of a film in order, without gaps from 0 to its end.

    Neighbours that are one picture, as a slide is for minutes, are one scene.

    Args:
        end: of the film, in seconds.

    Raises:
        CorruptFile: no picture can be decoded.
        LimitExceeded: more than `limits.video_scenes`, or pictures beyond the limits.
    """
    film.seek(0)
    if cutting.method == "content":
        cutter, pictures = _Cutter(film, cutting.gap_s, content_detector()), film.pictures()
    else:
        seen = survey(film, end)
        wanted = within(film, seen.unclear)
        film.seek(0)
        # most of what no other picture stands on: a cut is told a picture or two later
        film.stream.codec_context.skip_frame = "NONREF"
        cutter, pictures = _Cutter(film, cutting.gap_s, Jumps(seen.cuts)), film.pictures(wanted)
    for at, picture in pictures:
        cutter.see(at, picture)
    return cutter.scenes(end)


class _Cutter:
    """Takes pictures in order and holds the scenes so far."""

    def __init__(self, film: Film, gap_s: float, is_cut: IsCut) -> None:
        self._film = film
        self._gap_s = gap_s
        self._is_cut = is_cut
        self._small = Thumbnails()
        self._done: list[Scene] = []
        self._before: Thumbnail | None = None  # of the last one that is done
        self._start = self._shown = 0.0
        self._key: Thumbnail | None = None

    def see(self, at: float, picture: av.VideoFrame) -> None:
        thumbnail = self._small(picture)
        cut = self._is_cut(at, picture, thumbnail)
        if (key := self._key) is not None:
            since = at - self._start
            if cut and since < SHORTEST_S:
                self._key = None  # what comes after the flash stands for the scene
            elif cut or self._is_another(key, thumbnail, since):
                self._finish(at)
        if self._key is None or at <= self._start + SETTLED_S:
            self._key, self._shown = thumbnail, at

    def _is_another(self, key: Thumbnail, thumbnail: Thumbnail, since: float) -> bool:
        """Whether what is shown by now is no longer what stands for the scene."""
        if since >= CHANGED_S and difference(key, thumbnail) >= CUT:
            return True
        return since >= self._gap_s and not same(key, thumbnail)

    def scenes(self, end: float) -> list[Scene]:
        self._finish(max(end, self._shown))
        return self._done

    def _finish(self, end: float) -> None:
        """End the scene in hand; one that shows what the one before did goes on with it."""
        if self._key is None:
            raise CorruptFile(self._film.path, "holds no picture that can be decoded")
        if self._before is not None and same(self._before, self._key):
            self._done[-1] = replace(self._done[-1], end=end)
        else:
            self._done.append(Scene(self._start, end, self._shown))
            self._before = self._key
            limit = self._film.limits.video_scenes
            check_count(self._film.path, "video_scenes", len(self._done), limit)
        self._start, self._key = end, None
