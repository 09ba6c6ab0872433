"""Lines and pictures of one PDF page with their places, through PDFium."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pypdfium2
import pypdfium2.raw as pdfium_c

from mmrag.schema import BBox, clipped

Box = tuple[float, float, float, float]
"""(left, top, right, bottom) in points of the upright page, origin top left."""

_COLUMN_GAP = 1.5  # in line heights: a wider gap on one baseline parts two columns or cells
_MOST_PICTURES = 1_000  # on one page; so many are the pieces of one
_BOLD = ("bold", "black", "heavy", "demi")


@dataclass(frozen=True)
class Line:
    """One stretch of text on one baseline, not reaching over a column gap.

    Attributes:
        box: place in points; its height follows the font size.
        beside: stands to the right of the line before it, on the same baseline.
    """

    text: str
    box: Box
    bold: bool = False
    beside: bool = False

    @property
    def size(self) -> float:
        return self.box[3] - self.box[1]


@dataclass(frozen=True)
class Upright:
    """Maps PDF user space, which ignores /Rotate and /CropBox, to the page as it is shown."""

    left: float
    bottom: float
    right: float
    top: float
    rotation: int

    @classmethod
    def of(cls, page: pypdfium2.PdfPage) -> Upright:
        left, bottom, right, top = page.get_bbox()
        return cls(left, bottom, right, top, page.get_rotation())

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the page as shown, in points."""
        width, height = self.right - self.left, self.top - self.bottom
        return (height, width) if self.rotation % 180 else (width, height)

    def box(self, left: float, bottom: float, right: float, top: float) -> Box:
        """A box given in user space."""
        x0, x1 = left - self.left, right - self.left
        y0, y1 = self.top - top, self.top - bottom
        width, height = self.right - self.left, self.top - self.bottom
        if self.rotation == 90:
            return height - y1, x0, height - y0, x1
        if self.rotation == 180:
            return width - x1, height - y1, width - x0, height - y0
        if self.rotation == 270:
            return y0, width - x1, y1, width - x0
        return x0, y0, x1, y1

    def fractions(self, box: Box) -> BBox:
        width, height = self.size
        return clipped(box[0] / width, box[1] / height, box[2] / width, box[3] / height)


@dataclass
class _Draft:
    """A line while its characters come in."""

    text: list[str] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    first: int = 0
    last: int = 0
    beside: bool = False


def page_lines(
    textpage: pypdfium2.PdfTextPage,
    upright: Upright,
    taken: Sequence[Box] = (),
    shown: Callable[[int, Box], bool] = lambda index, box: True,
) -> list[Line | int]:
    """The lines of a page in the order in which the file draws them.

    Args:
        taken: boxes whose text is read otherwise (tables). Their characters are left out; the
            number of the box stands where its first character would be.
        shown: whether a character, by its index and box, can be seen; others are left out.
    """
    found: list[Line | int] = []
    met: set[int] = set()
    draft = _Draft()

    def flush(beside: bool = False) -> None:
        nonlocal draft
        line = _finished(textpage, draft)
        if line is not None:
            found.append(line)
        draft = _Draft(beside=beside and line is not None)

    char_box = _char_boxes(textpage, upright)
    for index in range(textpage.count_chars()):
        code = pdfium_c.FPDFText_GetUnicode(textpage, index)
        if code in (10, 13):
            flush()
            continue
        if code in (0, 0xFFFE, 0xFFFF):
            continue
        # PDFium writes 2 for a hyphen that parts a word at the end of a line.
        character = "-" if code in (2, 0xAD) else chr(code)
        box = char_box(index)
        if box is None:
            draft.text.append(character)
            continue
        if not shown(index, box):
            continue
        inside = next((n for n, area in enumerate(taken) if _centre_in(box, area)), None)
        if inside is not None:
            flush()
            if inside not in met and not character.isspace():
                met.add(inside)
                found.append(inside)
            continue
        if draft.boxes:
            step = _step(draft.boxes[-1], box)
            if step and not _slanted(textpage, index, upright):
                flush(beside=step == "beside")
        if not draft.boxes:
            draft.first = index
        draft.text.append(character)
        draft.boxes.append(box)
        if not character.isspace():
            draft.last = index
    flush()
    return found


def pictures(page: pypdfium2.PdfPage, upright: Upright, *, share: float) -> list[Box]:
    """Boxes of embedded pictures above `share` of the page; touching strips count as one."""
    boxes = [
        upright.box(*bounds(item))
        for item in page.get_objects(filter=[pdfium_c.FPDF_PAGEOBJ_IMAGE], max_depth=5)
    ]
    if len(boxes) > _MOST_PICTURES:
        boxes = [_hull(boxes)]
    merged: list[Box] = []
    for box in boxes:
        for other in [m for m in merged if _touching(m, box)]:
            merged.remove(other)
            box = _hull([other, box])
        merged.append(box)
    width, height = upright.size
    shown = [
        (max(0.0, x0), max(0.0, y0), min(width, x1), min(height, y1)) for x0, y0, x1, y1 in merged
    ]
    return [
        (x0, y0, x1, y1)
        for x0, y0, x1, y1 in shown
        if x1 > x0 and y1 > y0 and (x1 - x0) * (y1 - y0) > share * width * height
    ]


def _char_boxes(textpage: pypdfium2.PdfTextPage, upright: Upright) -> Callable[[int], Box | None]:
    rect = pdfium_c.FS_RECTF()

    def char_box(index: int) -> Box | None:
        """None for characters that PDFium made up, and those without an extent."""
        if not pdfium_c.FPDFText_GetLooseCharBox(textpage, index, rect):
            return None
        if rect.right <= rect.left or rect.top <= rect.bottom:
            return None
        return upright.box(rect.left, rect.bottom, rect.right, rect.top)

    return char_box


def _step(before: Box, box: Box) -> str:
    """How a character leaves the line: "" not at all, "beside" over a gap, "below" to a new one."""
    height = min(before[3] - before[1], box[3] - box[1])
    overlap = min(before[3], box[3]) - max(before[1], box[1])
    if overlap < 0.3 * height or box[2] < before[0] - 2 * height:
        return "below"
    return "beside" if box[0] - before[2] > _COLUMN_GAP * height else ""


def _slanted(textpage: pypdfium2.PdfTextPage, index: int, upright: Upright) -> bool:
    """Whether a character does not stand upright on the page as shown, such as a margin label."""
    angle = math.degrees(pdfium_c.FPDFText_GetCharAngle(textpage, index)) + upright.rotation
    return 10 < angle % 360 < 350


def _finished(textpage: pypdfium2.PdfTextPage, draft: _Draft) -> Line | None:
    text = " ".join("".join(draft.text).split())
    if not text or not draft.boxes:
        return None
    bold = all(_is_bold(textpage, index) for index in (draft.first, draft.last))
    heights = sorted(box[3] - box[1] for box in draft.boxes)
    left, top, right, bottom = _hull(draft.boxes)
    middle = heights[len(heights) // 2]
    if bottom - top < 1.6 * middle:  # a footnote mark must not make the line look larger
        typical = [box for box in draft.boxes if abs(box[3] - box[1] - middle) < 0.1 * middle]
        top, bottom = min(b[1] for b in typical), max(b[3] for b in typical)
    return Line(text, (left, top, right, bottom), bold, draft.beside)


def _is_bold(textpage: pypdfium2.PdfTextPage, index: int) -> bool:
    name = ctypes.create_string_buffer(128)
    flags = ctypes.c_int()
    pdfium_c.FPDFText_GetFontInfo(textpage, index, name, 128, flags)
    return any(mark in name.value.decode("latin-1").lower() for mark in _BOLD)


def bounds(item: pypdfium2.PdfObject) -> Box:
    """Left, bottom, right, top on the page; PDFium gives them within the enclosing form."""
    box: Box = item.get_bounds()
    form = item.container
    while form is not None:
        box = form.get_matrix().on_rect(*box)
        form = form.container
    return box


def _centre_in(box: Box, area: Box) -> bool:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return area[0] <= x <= area[2] and area[1] <= y <= area[3]


def _touching(one: Box, other: Box, slack: float = 1.0) -> bool:
    return (
        one[0] - slack <= other[2]
        and other[0] - slack <= one[2]
        and one[1] - slack <= other[3]
        and other[1] - slack <= one[3]
    )


def _hull(boxes: Sequence[Box]) -> Box:
    left, top, right, bottom = zip(*boxes, strict=True)
    return min(left), min(top), max(right), max(bottom)
