"""A region of a picture marked so that it is seen on light and dark, and read through."""

from __future__ import annotations

from PIL import Image, ImageDraw

from mmrag.schema import BBox

FILL = (255, 196, 0, 44)
LINE, EDGE = (255, 170, 0, 255), (24, 24, 24, 255)
"""A bright line with a dark one on each side."""
_LINE_SHARE = 1 / 500  # of the longer side
_ROOM = 3  # lines' widths between what is cited and the mark


def marked(image: Image.Image, region: BBox | None) -> Image.Image:
    """The RGB picture with the region marked; the same one if there is none.

    Args:
        region: fractions of the picture, origin top left.
    """
    if region is None:
        return image
    line = max(2, round(max(image.size) * _LINE_SHARE))
    overlay = Image.new("RGBA", image.size)
    draw = ImageDraw.Draw(overlay)
    box = _box(image.size, region, room=_ROOM * line)
    draw.rectangle(box, fill=FILL)
    for inset, width, colour in ((0, line + 2, EDGE), (1, line, LINE)):
        draw.rectangle(_inset(box, inset), outline=colour, width=width)
    return Image.alpha_composite(image.convert("RGBA"), overlay).convert("RGB")


def _box(size: tuple[int, int], region: BBox, room: int) -> tuple[int, int, int, int]:
    """Pixels of a region with some room around it, within the picture."""
    (width, height), (left, top, right, bottom) = size, region
    return (
        max(0, round(left * width) - room),
        max(0, round(top * height) - room),
        min(width - 1, round(right * width) + room),
        min(height - 1, round(bottom * height) + room),
    )


def _inset(box: tuple[int, int, int, int], by: int) -> tuple[int, int, int, int]:
    left, top, right, bottom = box
    return left + by, top + by, max(left + by, right - by), max(top + by, bottom - by)
