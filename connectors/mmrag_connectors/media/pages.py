"""Pages of PDF files as pictures, rendered at the size that is wanted and no larger."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from mmrag.errors import CorruptFile
from mmrag.limits import Limits
from mmrag.loaders.pdfium import open_pdf


def page_image(path: Path, number: int, size: int, limits: Limits) -> Image.Image:
    """Page `number`, from 1, as RGB whose longer side is `size` pixels, at least 1 by 1.

    `mmrag.loaders.pixels.picture` renders by resolution, which for a poster is a hundred times the
    pixels of a preview.

    Raises:
        LoadError: no such page, damaged, or beyond the limits.
    """
    with open_pdf(path, limits) as document:
        if not 1 <= number <= len(document):
            raise CorruptFile(path, f"has no page {number}; it has {len(document)}")
        page = document[number - 1]
        bitmap = page.render(scale=size / max(*page.get_size(), 1.0))
        image: Image.Image = bitmap.to_pil().convert("RGB").copy()
        bitmap.close()
    image.thumbnail((size, size))  # PDFium rounds up
    return image
