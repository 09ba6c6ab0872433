"""Pictures of cited places: a PDF page, a picture or a moment of a film, the region marked."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from PIL import Image, ImageStat

from mmrag.errors import InputError, LimitExceeded
from mmrag.limits import DEFAULT, Limits
from mmrag.loaders.film import picture_at
from mmrag.loaders.heartbeat import heard_by
from mmrag.loaders.pixels import picture
from mmrag.modalities import SENSORS, Modality, of_mimetype
from mmrag_connectors.hosting.calls import FoundSource
from mmrag_connectors.media.files import file_of
from mmrag_connectors.media.marks import marked
from mmrag_connectors.media.pages import page_image
from mmrag_connectors.media.sensed import drawn
from mmrag_connectors.media.sounds import cover, waveform

PDF = "application/pdf"
QUALITY = 88
LONGEST_S = 20.0
"""To find a moment of a film, which may have to be decoded from its beginning."""
_TRIED_MS = (0, 2_000, 10_000)
_PLAIN = 8.0  # standard deviation of the greys of a picture that shows next to nothing


@dataclass(frozen=True)
class Picture:
    """An encoded picture."""

    content: bytes
    mimetype: str


def preview(found: FoundSource, size: int, *, limits: Limits = DEFAULT) -> Picture:
    """The cited place, its longer side at most `size` pixels, its region marked.

    Decoding takes from milliseconds to LONGEST_S; call it in a thread.

    Raises:
        InputError: there is no picture of it, or its file is gone or changed.
        LoadError: the file cannot be decoded, or is beyond the limits.
    """
    image = _made(_PREVIEWS, "preview", found, size, limits)
    return _jpeg(marked(image, found.bbox))


def thumbnail(found: FoundSource, size: int, *, limits: Limits = DEFAULT) -> Picture:
    """The page, picture or scene as a small picture; of a recording its cover, or its waveform.

    A whole PDF is shown by its first page, a whole film by its first picture that shows something.

    Raises:
        InputError: there is no picture of it, or its file is gone or changed.
        LoadError: the file cannot be decoded, or is beyond the limits.
    """
    return _jpeg(_made(_THUMBNAILS, "thumbnail", found, size, limits))


def _page(path: Path, found: FoundSource, size: int, limits: Limits) -> Image.Image:
    return page_image(path, found.page or 1, size, limits)


def _image(path: Path, found: FoundSource, size: int, limits: Limits) -> Image.Image:
    image = picture(path, found.page, shorter_side=size, limits=limits)
    image.thumbnail((size, size))
    return image


def _moment(path: Path, found: FoundSource, size: int, limits: Limits) -> Image.Image:
    shown = found.start_ms if found.frame_ms is None else found.frame_ms
    return _at(path, shown or 0, size, limits)


def _scene(path: Path, found: FoundSource, size: int, limits: Limits) -> Image.Image:
    if found.start_ms is not None:
        return _moment(path, found, size, limits)
    first = _at(path, _TRIED_MS[0], size, limits)
    images = chain([first], (_at(path, ms, size, limits) for ms in _TRIED_MS[1:]))
    return next(filter(_shows_something, images), first)


def _at(path: Path, ms: int, size: int, limits: Limits) -> Image.Image:
    image = picture_at(path, ms, limits)
    image.thumbnail((size, size))
    return image


def _sound(path: Path, found: FoundSource, size: int, limits: Limits) -> Image.Image:
    drawn = cover(path, size, limits)
    return drawn or waveform(path, size, found.start_ms or 0, found.end_ms, limits)


def _sensed(path: Path, found: FoundSource, size: int, limits: Limits) -> Image.Image:
    sensor = of_mimetype(found.mimetype)
    return drawn(path, sensor, size, found.start_ms, found.end_ms, limits=limits)


Maker = Callable[[Path, FoundSource, int, Limits], Image.Image]
_PREVIEWS: dict[str, Maker] = {
    PDF: _page,
    Modality.IMAGE.value: _image,
    Modality.VIDEO.value: _moment,
    **{sensor.value: _sensed for sensor in SENSORS},
}
_THUMBNAILS: dict[str, Maker] = {
    **_PREVIEWS,
    Modality.VIDEO.value: _scene,
    Modality.AUDIO.value: _sound,
}


def _made(
    makers: dict[str, Maker], what: str, found: FoundSource, size: int, limits: Limits
) -> Image.Image:
    kind = PDF if found.mimetype == PDF else of_mimetype(found.mimetype).value
    if kind not in makers:
        raise InputError(
            f"there is no {what} of {found.source}, which is {found.mimetype}; "
            f"there are of {', '.join(makers)} files"
        )
    path = file_of(found)
    with _in_time(path):
        return makers[kind](path, found, size, limits)


def _shows_something(image: Image.Image) -> bool:
    return ImageStat.Stat(image.convert("L")).stddev[0] > _PLAIN


@contextmanager
def _in_time(path: Path) -> Iterator[None]:
    """Give up on a film of which too much would have to be decoded."""
    until = time.monotonic() + LONGEST_S

    def check() -> None:
        if time.monotonic() > until:
            raise LimitExceeded(path, f"its moment was not found within {LONGEST_S:g} s")

    with heard_by(check):
        yield


def _jpeg(image: Image.Image) -> Picture:
    data = io.BytesIO()
    # colour at full resolution, or thin coloured lines and letters smear
    image.save(data, "JPEG", quality=QUALITY, subsampling=0)
    return Picture(data.getvalue(), "image/jpeg")
