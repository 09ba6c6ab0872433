"""Text of a PDF page that nobody sees on it: invisible, tiny, white on white, beside the page.

The layer of words that OCR puts under the picture of a scanned page is invisible on purpose. It
stays where a picture covers it; whether the picture says the same is not checked.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Iterator
from functools import cached_property

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium_c
from numpy.typing import NDArray

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
            return _lies_on(x, y, self._pictures)
        return not white or _lies_on(x, y, self._grounds)

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
    def _grounds(self) -> NDArray[np.float64]:
        """(n, 4) boxes of what white text may stand on."""
        return _boxes(box for box, _ in self._drawn())

    @cached_property
    def _pictures(self) -> NDArray[np.float64]:
        """(n, 4) boxes of the pictures among them."""
        return _boxes(box for box, kind in self._drawn() if kind == "image")

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


def _boxes(boxes: Iterable[Box]) -> NDArray[np.float64]:
    return np.array(list(boxes), dtype=np.float64).reshape(-1, 4)


def _lies_on(x: float, y: float, boxes: NDArray[np.float64]) -> bool:
    """Whether a point lies in any of the boxes, of which a page can have thousands."""
    left, top, right, bottom = boxes.T
    return bool(((left <= x) & (x <= right) & (top <= y) & (y <= bottom)).any())
