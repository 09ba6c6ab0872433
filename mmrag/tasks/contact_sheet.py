"""Contact sheets: thumbnails of what was labelled, with label and probability, as PNG."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from mmrag.embeddings.media import pixels_of, samples_of
from mmrag.errors import InputError, MmragError, printable
from mmrag.modalities import Modality
from mmrag.schema import text_of
from mmrag.tasks.label_files import LabelledFile

COLUMNS, ROWS = 6, 7
PAGES = 20
"""Beyond them nobody looks; the table has every file."""

_SIDE, _GAP, _CAPTION = 176, 16, 62
_WIDTH = _SIDE + _GAP
_HEIGHT = _SIDE + _CAPTION + _GAP
_INK, _GREY, _PALE, _BLUE, _ORANGE = "#1c1c1c", "#707070", "#f1f3f5", "#1f5f8b", "#c8762b"
_RATE = 8_000  # of the sound that a waveform is drawn from


def draw_sheets(
    files: Sequence[LabelledFile], path: Path, truth: Mapping[Path, str] | None = None
) -> list[Path]:
    """Write as many sheets as it takes, up to PAGES: sheet.png, sheet-2.png and so on.

    A picture or scene is shown small, a recording as its waveform, a text by its first words.

    Args:
        files: with labels; others are left out.
        truth: by path, what is known; what is labelled otherwise is framed and told.

    Returns:
        The files written; none if nothing has a label.

    Raises:
        InputError: a file cannot be written.
    """
    shown = [file for file in files if file.prediction]
    size = COLUMNS * ROWS
    pages = [shown[at : at + size] for at in range(0, len(shown), size)][:PAGES]
    written = []
    for number, page in enumerate(pages, 1):
        out = path if number == 1 else path.with_stem(f"{path.stem}-{number}")
        try:
            _sheet(page, truth or {}).save(out, format="PNG")
        except OSError as exc:
            raise InputError(f"cannot write {out}: {exc.strerror or exc}") from exc
        written.append(out)
    return written


def _sheet(files: Sequence[LabelledFile], truth: Mapping[Path, str]) -> Image.Image:
    columns = min(COLUMNS, len(files))
    rows = -(-len(files) // columns)
    sheet = Image.new("RGB", (columns * _WIDTH + _GAP, rows * _HEIGHT + _GAP), "white")
    pen = ImageDraw.Draw(sheet)
    for number, file in enumerate(files):
        left = _GAP + number % columns * _WIDTH
        top = _GAP + number // columns * _HEIGHT
        sheet.paste(_thumbnail(file), (left, top))
        _caption(pen, file, truth.get(file.file.path), left, top)
    return sheet


def _caption(
    pen: ImageDraw.ImageDraw, file: LabelledFile, true: str | None, left: int, top: int
) -> None:
    best = file.prediction[0]
    wrong = true is not None and true != best.label
    colour = _ORANGE if wrong else _BLUE
    pen.rectangle(
        (left, top, left + _SIDE - 1, top + _SIDE - 1),
        outline=_ORANGE if wrong else "#d8d8d8",
        width=3 if wrong else 1,
    )
    chance = f"{best.probability:.0%}"
    large, small = ImageFont.load_default(15), ImageFont.load_default(11)
    line = top + _SIDE + 6
    width = pen.textlength(chance, large)
    pen.text((left, line), _cut(pen, best.label, _SIDE - width - 8, large), _INK, large)
    pen.text((left + _SIDE - width, line), chance, colour, large)
    bar = line + 22
    pen.rectangle((left, bar, left + _SIDE - 1, bar + 3), fill=_PALE)
    pen.rectangle((left, bar, left + round(best.probability * (_SIDE - 1)), bar + 3), fill=colour)
    told = f"is {true}" if wrong else file.file.path.name
    pen.text((left, bar + 9), _cut(pen, told, _SIDE, small), colour if wrong else _GREY, small)


def _cut(
    pen: ImageDraw.ImageDraw,
    text: str,
    width: float,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
) -> str:
    """Text that fits, its end left out."""
    text = printable(text)
    if pen.textlength(text, font) <= width:
        return text
    while text and pen.textlength(f"{text}…", font) > width:
        text = text[:-1]
    return f"{text}…"


def _thumbnail(file: LabelledFile) -> Image.Image:
    tile = Image.new("RGB", (_SIDE, _SIDE), _PALE)
    if file.first is None:
        return tile
    try:
        if file.modality in (Modality.IMAGE, Modality.VIDEO):
            picture = pixels_of(file.first, shorter_side=_SIDE)
            picture.thumbnail((_SIDE, _SIDE))
            tile.paste(picture, ((_SIDE - picture.width) // 2, (_SIDE - picture.height) // 2))
        elif file.modality is Modality.AUDIO:
            _wave(tile, samples_of(file.first, rate=_RATE))
        else:
            _words(tile, text_of(file.first))
    except MmragError:
        _words(tile, "(gone since it was labelled)")
    return tile


def _wave(tile: Image.Image, samples: np.ndarray[tuple[int], np.dtype[np.float32]]) -> None:
    """The loudest of each column's samples, up and down."""
    pen, middle = ImageDraw.Draw(tile), _SIDE / 2
    peaks = [float(np.abs(part).max(initial=0)) for part in np.array_split(samples, _SIDE // 2)]
    loudest = max(*peaks, 0.05)  # near silence stays flat
    for column, peak in enumerate(peaks):
        reach = peak / loudest * (middle - 12)
        pen.line((2 * column, middle - reach, 2 * column, middle + reach), fill=_BLUE, width=1)


def _words(tile: Image.Image, text: str) -> None:
    font = ImageFont.load_default(12)
    lines = textwrap.wrap(printable(" ".join(text.split())), 26, max_lines=9, placeholder=" …")
    ImageDraw.Draw(tile).multiline_text((10, 10), "\n".join(lines), _INK, font, spacing=5)
