"""Previews and thumbnails for many at once: few threads, and the last ones kept."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from typing import Literal

from anyio import CapacityLimiter, to_thread

from mmrag import __version__
from mmrag.limits import Limits
from mmrag_connectors.hosting.calls import FoundSource
from mmrag_connectors.media.files import file_of
from mmrag_connectors.media.previews import Picture, preview, thumbnail

Kind = Literal["preview", "thumbnail"]
THREADS = 2
"""At once; PDF pages are rendered one after the other in any case."""
KEPT_BYTES = 32 << 20

_MAKERS = {"preview": preview, "thumbnail": thumbnail}


def tag_of(kind: Kind, found: FoundSource, size: int) -> str:
    """What tells a picture from all others, and from one of another version of the file."""
    place = (found.page, found.bbox, found.start_ms, found.end_ms, found.frame_ms)
    whole = repr((__version__, kind, size, found.id, found.sha256, place))
    return hashlib.sha256(whole.encode()).hexdigest()[:32]


class Gallery:
    """Makes pictures in threads of its own and keeps the last ones, up to `kept_bytes`.

    For coroutines of one event loop.

    Args:
        limits: of what is decoded.
    """

    def __init__(self, limits: Limits, *, kept_bytes: int = KEPT_BYTES) -> None:
        self._limits, self._kept_bytes = limits, kept_bytes
        self._threads = CapacityLimiter(THREADS)
        self._kept: OrderedDict[str, Picture] = OrderedDict()
        self._bytes = 0

    async def picture(self, kind: Kind, found: FoundSource, size: int) -> Picture:
        """The preview or thumbnail of a source; raises as these do."""
        file_of(found)  # one that is kept is not shown when its file is gone, either
        tag = tag_of(kind, found, size)
        if tag in self._kept:
            self._kept.move_to_end(tag)
            return self._kept[tag]

        def make() -> Picture:
            return _MAKERS[kind](found, size, limits=self._limits)

        made = await to_thread.run_sync(make, limiter=self._threads)
        self._keep(tag, made)
        return made

    def _keep(self, tag: str, made: Picture) -> None:
        replaced = self._kept.pop(tag, None)  # two may have made it at once
        self._kept[tag] = made
        self._bytes += len(made.content) - (len(replaced.content) if replaced else 0)
        while self._bytes > self._kept_bytes:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= len(oldest.content)
