"""The pixels of a picture file, of a frame of it, of a PDF page, or of a film, as upright RGB."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from mmrag.errors import CorruptFile, LimitExceeded
from mmrag.loaders.damage import told
from mmrag.loaders.film import picture_at
from mmrag.loaders.limits import DEFAULT, Limits, check_count, check_file
from mmrag.loaders.pdfium import open_pdf
from mmrag.schema import BBox

# What Pillow's decoders raise on damaged data, beside OSError.
_DAMAGE = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
    struct.error,
    zlib.error,
)
_ROWS = 256
_BOMB = (Image.DecompressionBombError, Image.DecompressionBombWarning)  # the latter as an error


def picture(
    path: str | Path,
    page: int | None = None,
    bbox: BBox | None = None,
    *,
    at_ms: int | None = None,
    dpi: int = 150,
    shorter_side: int | None = None,
    limits: Limits = DEFAULT,
) -> Image.Image:
    """A picture, or the part `bbox` of it, in RGB and the right way up.

    Args:
        path: a picture file, a PDF, or with `at_ms` a film.
        page: 1-based page of a PDF or frame of a TIFF; the first one when None.
        bbox: region as fractions of the upright picture or page.
        at_ms: what a film shows then.
        dpi: resolution at which a PDF page is rendered, lowered for pages that would exceed
            `limits.pixels`.
        shorter_side: pixels that are enough for the caller. A JPEG is then decoded at the smallest
            of 1, 1/2, 1/4 and 1/8 of its size that still has them, which costs a fraction.

    Raises:
        LoadError: no such page, damaged, or beyond the limits.
    """
    path = Path(path)
    if at_ms is not None:
        return _cut_out(picture_at(path, at_ms, limits), bbox)
    check_file(path, limits, bounded=False)
    with path.open("rb") as handle:
        head = handle.read(1024)
    if b"%PDF-" in head:
        return _rendered(path, page or 1, bbox, dpi, limits)
    with opened(path, limits) as image:
        if shorter_side and bbox is None and image.format == "JPEG":
            _draft(image, shorter_side)
        whole = frame(image, path, page or 1, limits)
    return _cut_out(whole, bbox)


def _cut_out(whole: Image.Image, bbox: BBox | None) -> Image.Image:
    if bbox is None:
        return whole
    left, top, right, bottom = bbox
    width, height = whole.size
    x, y = min(int(left * width), width - 1), min(int(top * height), height - 1)
    return whole.crop((x, y, max(round(right * width), x + 1), max(round(bottom * height), y + 1)))


@contextmanager
def opened(path: Path, limits: Limits = DEFAULT) -> Iterator[Image.Image]:
    """An open picture file whose header is within the limits; its pixels are not yet decoded.

    Raises:
        CorruptFile: not a picture, or damaged.
        LimitExceeded: more pixels than `limits.pixels`.
    """
    check_file(path, limits, bounded=False)
    try:
        image = Image.open(path)
    except _BOMB as exc:
        raise LimitExceeded(path, f"limit pixels={limits.pixels}: {exc}") from exc
    except UnidentifiedImageError as exc:
        raise CorruptFile(path, "is not a picture in a known format, or damaged") from exc
    except _DAMAGE as exc:
        raise CorruptFile(path, f"is a damaged picture: {told(exc, path)}") from exc
    with image:
        yield image


def frames(image: Image.Image, path: Path, limits: Limits = DEFAULT) -> Iterator[Image.Image]:
    """Each page of a TIFF as upright RGB; of moving pictures and camera previews the first frame.

    Pillow's own count walks through all there are, which takes the longer the more there are.

    Raises:
        CorruptFile: damaged.
        LimitExceeded: too many pages, too large a page, or too many pixels in all.
    """
    number, pixels = 1, 0
    while True:
        check_count(path, "pages", number, limits.pages)
        shown = frame(image, path, number, limits)
        pixels += shown.width * shown.height
        check_count(path, "document_pixels", pixels, limits.document_pixels)
        yield shown
        try:
            if image.format != "TIFF":
                return
            image.seek(number)
        except EOFError:
            return
        except _DAMAGE as exc:
            raise CorruptFile(path, f"has a damaged page {number + 1}: {told(exc, path)}") from exc
        number += 1


def frame(image: Image.Image, path: Path, number: int = 1, limits: Limits = DEFAULT) -> Image.Image:
    """Decode frame `number`, counted from 1, of an open picture into upright RGB."""
    try:
        if number > 1:
            image.seek(number - 1)
        width, height = image.size
        if width * height > limits.pixels:
            raise LimitExceeded(path, f"has {width}x{height} pixels; limit pixels={limits.pixels}")
        image.load()
        if image.getexif().get(ExifTags.Base.Orientation, 1) != 1:  # else it would only copy
            return to_rgb(ImageOps.exif_transpose(image))
        return to_rgb(image)
    except _BOMB as exc:
        raise LimitExceeded(path, f"limit pixels={limits.pixels}: {exc}") from exc
    except EOFError as exc:
        raise CorruptFile(path, f"has no frame {number}, or it is cut off") from exc
    except LimitExceeded:
        raise
    except _DAMAGE as exc:
        raise CorruptFile(path, f"is a damaged or truncated picture: {told(exc, path)}") from exc


def to_rgb(image: Image.Image) -> Image.Image:
    """RGB, with transparency on white and 16 bits scaled down.

    Pillow's own `convert("RGB")` clips 16-bit greys at 255 and puts transparency on black.
    """
    if image.mode.startswith("I") or image.mode == "F":
        image = Image.fromarray(_eight_bits(np.asarray(image)))
    if image.mode in {"RGBA", "RGBa", "LA", "La", "PA"} or "transparency" in image.info:
        shown = image.convert("RGBA")
        white = Image.new("RGBA", shown.size, "white")
        return Image.alpha_composite(white, shown).convert("RGB")
    return image.convert("RGB")


def _draft(image: Image.Image, shorter_side: int) -> None:
    """Let libjpeg scale while it decodes. Pillow's draft keeps both sides at or above its size."""
    width, height = image.size
    scale = shorter_side / min(width, height)
    if scale < 1:
        image.draft("RGB", (ceil(width * scale), ceil(height * scale)))


def _eight_bits(values: NDArray[Any]) -> NDArray[np.uint8]:
    """Greys as 8 bits: 16-bit integers over 257, floats from their own range."""
    if np.issubdtype(values.dtype, np.floating):
        finite = np.nan_to_num(values)
        low, high = float(finite.min()), float(finite.max())
        if low < 0 or high > 255 or high <= 1:
            finite = (finite - low) * (255 / max(high - low, 1e-12))
        scaled: NDArray[np.uint8] = np.rint(finite).astype(np.uint8)
        return scaled
    wide = values.dtype.itemsize == 2 or values.max(initial=0) > 255
    small = np.empty(values.shape, dtype=np.uint8)
    for row in range(0, len(values), _ROWS):  # in pieces, for the sums take eight times the room
        part = np.clip(values[row : row + _ROWS].astype(np.int64), 0, 65535)
        small[row : row + _ROWS] = (part + 128) // 257 if wide else part
    return small


def _rendered(path: Path, number: int, bbox: BBox | None, dpi: int, limits: Limits) -> Image.Image:
    left, top, right, bottom = bbox or (0.0, 0.0, 1.0, 1.0)
    with open_pdf(path, limits) as document:
        if not 1 <= number <= len(document):
            raise CorruptFile(path, f"has no page {number}; it has {len(document)}")
        page = document[number - 1]
        width, height = page.get_size()
        scale = dpi / 72
        area = width * (right - left) * height * (bottom - top) * scale**2
        if area > limits.pixels:
            scale *= (limits.pixels / area) ** 0.5
        margins = (left * width, (1 - bottom) * height, (1 - right) * width, top * height)
        bitmap = page.render(scale=scale, crop=margins)
        image: Image.Image = bitmap.to_pil().convert("RGB").copy()
        bitmap.close()
        return image
