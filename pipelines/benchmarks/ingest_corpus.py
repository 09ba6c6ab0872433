"""The files of the benchmark `ingest`: documents of seven kinds, and small pictures.

All are made from the seed, so that every run reads the same words. Of 20 documents six are text or
Markdown, two HTML, five PDF with a picture on every page, and the others Word, PowerPoint, Excel.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

SEED = 20_261_129
PARAGRAPHS, SENTENCES = 5, 5
"""Of a document, and of a paragraph: some 350 words."""
SIDE = 64
"""Pixels of a small picture."""

WHO = "committee|ferry company|miller|neighbour|choir|harbour master|library|surveyor".split("|")
DID = "repaired|closed|painted|measured|sold|opened|borrowed|inspected|photographed".split("|")
WHAT = "gate|weather log|stone wall|school garden|bridge|clock|boat|barometer|lamp".split("|")
WHEN = "spring|summer|autumn|winter".split("|")

Paragraphs = Sequence[str]
Writer = Callable[[Path, Paragraphs, np.random.Generator], None]


def documents(folder: Path, count: int) -> Path:
    """Write so many documents into a folder, which is made; returns it."""
    writers: tuple[tuple[Writer, str], ...] = (
        *((_text, "txt"), (_markdown, "md")) * 3,
        *((_html, "html"),) * 2,
        *((_pdf, "pdf"),) * 5,
        *((_word, "docx"),) * 3,
        *((_slides, "pptx"),) * 2,
        *((_sheet, "xlsx"),) * 2,
    )
    folder.mkdir()
    for number in range(count):
        rng = np.random.default_rng((SEED, number))
        write, suffix = writers[number % len(writers)]
        write(folder / f"report-{number:05}.{suffix}", paragraphs_of(rng), rng)
    return folder


def pictures(folder: Path, count: int) -> Path:
    """Write so many small pictures into subfolders of a hundred; returns the folder."""
    for number in range(count):
        place = folder / f"{number // 100:03}"
        place.mkdir(parents=True, exist_ok=True)
        picture(place / f"picture-{number:05}.png", number)
    return folder


def picture(path: Path, number: int) -> None:
    """One small picture, like no other."""
    path.write_bytes(_png(np.random.default_rng((SEED + 1, number)), SIDE))


def paragraphs_of(rng: np.random.Generator, count: int = PARAGRAPHS) -> Paragraphs:
    """So many paragraphs of reports."""

    def sentence() -> str:
        who, did, what, when = (words[rng.integers(len(words))] for words in (WHO, DID, WHAT, WHEN))
        year, cost = rng.integers(1900, 2000), rng.integers(10, 9000)
        return f"In the {when} of {year} the {who} {did} the {what}, which cost {cost} crowns."

    return [" ".join(sentence() for _ in range(SENTENCES)) for _ in range(count)]


def _png(rng: np.random.Generator, side: int) -> bytes:
    small = rng.integers(0, 256, (6, 6, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(small).resize((side, side), Image.Resampling.BICUBIC).save(out, "png")
    return out.getvalue()


def _text(path: Path, paragraphs: Paragraphs, rng: np.random.Generator) -> None:
    path.write_text("\n\n".join(paragraphs), encoding="utf-8")


def _markdown(path: Path, paragraphs: Paragraphs, rng: np.random.Generator) -> None:
    parts = (f"## Part {number}\n\n{text}\n" for number, text in enumerate(paragraphs))
    path.write_text("# Report\n\n" + "\n".join(parts), encoding="utf-8")


def _html(path: Path, paragraphs: Paragraphs, rng: np.random.Generator) -> None:
    parts = "".join(f"<h2>Part {n}</h2><p>{text}</p>" for n, text in enumerate(paragraphs))
    path.write_text(f"<html><body><h1>Report</h1>{parts}</body></html>", encoding="utf-8")


def _pdf(path: Path, paragraphs: Paragraphs, rng: np.random.Generator) -> None:
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import Flowable, Image, PageBreak, Paragraph, SimpleDocTemplate

    style = getSampleStyleSheet()["BodyText"]
    story: list[Flowable] = []
    for page, text in enumerate(paragraphs):
        story += [PageBreak()] if page == len(paragraphs) // 2 else []
        if page in (0, len(paragraphs) // 2):
            story.append(Image(io.BytesIO(_png(rng, 400)), 200, 200))
        story.append(Paragraph(text, style))
    SimpleDocTemplate(str(path), invariant=True).build(story)


def _word(path: Path, paragraphs: Paragraphs, rng: np.random.Generator) -> None:
    import docx

    document = docx.Document()
    for number, text in enumerate(paragraphs):
        document.add_heading(f"Part {number}", level=1)
        document.add_paragraph(text)
    document.save(str(path))


def _slides(path: Path, paragraphs: Paragraphs, rng: np.random.Generator) -> None:
    import pptx

    deck = pptx.Presentation()
    for number, text in enumerate(paragraphs):
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = f"Part {number}"
        slide.placeholders[1].text = text
    deck.save(str(path))


def _sheet(path: Path, paragraphs: Paragraphs, rng: np.random.Generator) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    page = book.create_sheet("report", 0)
    page.append(["part", "sentence", "number"])
    for number, text in enumerate(paragraphs):
        for sentence in text.split(". "):
            page.append([number, sentence, int(rng.integers(1000))])
    book.save(path)
