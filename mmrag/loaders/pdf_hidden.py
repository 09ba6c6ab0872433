"""Text of a PDF page that nobody sees on it: invisible, tiny, white on white, beside the page.

The layer of words that OCR puts under the picture of a scanned page is invisible on purpose. It
stays where a picture covers it; whether the picture says the same is not checked.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from functools import cached_property

import pypdfium2
import pypdfium2.raw as pdfium_c

from mmrag.loaders.pdf_lines import Box, Upright, bounds

_SMALLEST = 1.0  # points
_WHITE = 250  # of 255, in each colour
_DRAWN = (pdfium_c.FPDF_PAGEOBJ_PATH, pdfium_c.FPDF_PAGEOBJ_SHADING, pdfium_c.FPDF_PAGEOBJ_IMAGE)


class Sight:
    """Tells which characters of a page can be seen. What is drawn over them is not looked at."""

    def __init__(
        self, page: pypdfium2.PdfPage, textpage: pypdfium2.PdfTextPage, upright: Upright
    ) -> None:
        self._page, self._textpage, self._upright = page, textpage, upright
        self._looks: dict[int | None, tuple[bool, bool]] = {}

    def shows(self, index: int, box: Box) -> bool:
        """Whether the character `index` of the text page, which stands in `box`, can be seen."""
        width, height = self._upright.size
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        if not (0 <= x <= width and 0 <= y <= height):
            return False
        if box[3] - box[1] < _SMALLEST:
            return False
        unpainted, white = self._look(index)
        if unpainted:
            return any(_within(x, y, picture) for picture, kind in self._grounds if kind == "image")
        return not white or any(_within(x, y, ground) for ground, _ in self._grounds)

    def _look(self, index: int) -> tuple[bool, bool]:
        """Whether the text object of a character paints nothing, and whether it paints white."""
        item = pdfium_c.FPDFText_GetTextObject(self._textpage, index)
        address = ctypes.cast(item, ctypes.c_void_p).value
        if address not in self._looks:
            mode = pdfium_c.FPDFTextObj_GetTextRenderMode(item) if item else None
            unpainted = mode == pdfium_c.FPDF_TEXTRENDERMODE_INVISIBLE
            painted = mode == pdfium_c.FPDF_TEXTRENDERMODE_FILL
            red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
            told = painted and pdfium_c.FPDFPageObj_GetFillColor(item, red, green, blue, alpha)
            white = bool(told) and min(red.value, green.value, blue.value) >= _WHITE
            self._looks[address] = (unpainted or (bool(told) and alpha.value == 0), white)
        return self._looks[address]

    @cached_property
    def _grounds(self) -> list[tuple[Box, str]]:
        """What white text may stand on; "image" for pictures."""
        return list(self._drawn())

    def _drawn(self) -> Iterator[tuple[Box, str]]:
        for item in self._page.get_objects(filter=list(_DRAWN), max_depth=5):
            kind = "image" if item.type == pdfium_c.FPDF_PAGEOBJ_IMAGE else "colour"
            if item.type == pdfium_c.FPDF_PAGEOBJ_PATH and not _is_coloured(item):
                continue
            yield self._upright.box(*bounds(item)), kind


def _is_coloured(path: pypdfium2.PdfObject) -> bool:
    """Whether a path is filled with anything but white."""
    mode, stroke = ctypes.c_int(), ctypes.c_int()
    if not pdfium_c.FPDFPath_GetDrawMode(path, mode, stroke) or mode.value == 0:
        return False
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    if not pdfium_c.FPDFPageObj_GetFillColor(path, red, green, blue, alpha):
        return True  # a pattern
    return min(red.value, green.value, blue.value) < _WHITE and alpha.value > 0


def _within(x: float, y: float, box: Box) -> bool:
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]
