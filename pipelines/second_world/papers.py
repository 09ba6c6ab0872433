"""Writes the second archive's files, and says where each passage lies."""

import html
from datetime import date, datetime
from math import cos, radians, sin
from pathlib import Path

import numpy as np
from docx import Document
from openpyxl import Workbook
from PIL import Image, ImageDraw
from pptx import Presentation
from pptx.util import Cm, Pt
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import cm
from reportlab.platypus import Flowable, PageBreak, SimpleDocTemplate, Spacer
from samples_world.drawing import font
from samples_world.places import Box, Place
from samples_world.recordings import Recording, record
from samples_world.storm_report import (
    BODY,
    HEADING,
    SMALL,
    TITLE,
    RecordedParagraph,
    RecordedTable,
    RecordingCanvas,
)

from second_world import club, garden, yard

GRID = [("GRID", (0, 0), (-1, -1), 0.5, "#6b737c"), ("FONT", (0, 0), (-1, -1), "Helvetica", 9)]
WRITTEN = datetime(1971, 5, 17)
PLAIN = {
    "garden/history.md": garden.HISTORY,
    "garden/shed-diary-1933.txt": garden.DIARY,
    "yard/tarrant-letters.md": yard.LETTERS,
    "club/skarn-tour-1952.md": club.TOUR,
    "club/gotland-1955.md": club.SWEDISH,
}


def build(folder: Path) -> list[Place]:
    """Write all files below `folder`, which has its subfolders already."""
    places = []
    for source, text in PLAIN.items():
        (folder / source).write_text(text, encoding="utf-8")
        places.append(Place(source, text))
    places += _list(folder, "yard/boats-built.csv", yard.BOATS)
    places += _guide(folder, "garden/visitor-guide.html")
    places += _questions(folder, "club/common-questions.html")
    places += _workbook(folder, "garden/seeds-and-repairs.xlsx")
    places += _report(folder, "garden/warming-report-1962.pdf", garden)
    places += _report(folder, "yard/avocet-inquiry-1953.pdf", yard)
    places += _document(
        folder, "yard/apprentice-rules.docx", yard.RULES_TITLE, yard.RULES, yard.RULES_TABLE
    )
    places += _document(
        folder, "club/minutes-1952.docx", club.MINUTES_TITLE, club.MINUTES, club.MINUTES_TABLE
    )
    places += _talk(folder, "club/sixty-years-talk.pptx")
    places += _poster(folder, "yard/launching-1951.png", yard.POSTER, (38, 74, 104))
    places += _poster(folder, "club/midnight-ride-1956.png", club.RACE, (58, 42, 88))
    places += _scan(folder, "yard/offer-1903-scan.png")
    places += _picture(folder, "pictures/three-sailing-boats-at-sunset.jpg", _boats)
    places += _picture(folder, "pictures/red-tulips-in-rows.jpg", _tulips)
    for spoken in club.RECORDINGS:
        places += record(Recording(*spoken), folder)
    return places


def _list(folder: Path, source: str, text: str) -> list[Place]:
    (folder / source).write_text(text, encoding="utf-8")
    return [Place(source, line) for line in text.splitlines()]


def _guide(folder: Path, source: str) -> list[Place]:
    """A web page with a menu, sections, a table and a footer."""
    rows = [line.split("|") for line in garden.GUIDE_ROWS.splitlines()]
    head = "".join(f"<th>{name}</th>" for name in garden.GUIDE_HEAD)
    body = "".join(
        f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>" for row in rows
    )
    text = "".join(f"<h2>{title}</h2><p>{words}</p>" for title, words in garden.GUIDE_SECTIONS)
    page = (
        "<!DOCTYPE html><html><head><title>Visit Hollin Garden</title></head><body>"
        "<nav><ul><li><a href='/'>Home</a></li><li><a href='/shop'>Shop</a></li></ul></nav>"
        f"<main><h1>Visit Hollin Garden</h1>{text}<h2>The houses</h2>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></main>"
        "<footer><p>Hollin Garden, Fenn Street, Carrow Quay</p></footer></body></html>"
    )
    (folder / source).write_text(page, encoding="utf-8")
    sections = [Place(source, words) for _, words in garden.GUIDE_SECTIONS]
    return sections + [Place(source, " ".join(row)) for row in rows]


def _questions(folder: Path, source: str) -> list[Place]:
    """A web page of questions and answers."""
    text = "".join(f"<h2>{asked}</h2><p>{said}</p>" for asked, said in club.FAQ)
    page = (
        "<!DOCTYPE html><html><head><title>Quay Wheelers: common questions</title></head>"
        f"<body><main><h1>Quay Wheelers: common questions</h1>{text}</main></body></html>"
    )
    (folder / source).write_text(page, encoding="utf-8")
    return [Place(source, f"{asked} {said}") for asked, said in club.FAQ]


def _workbook(folder: Path, source: str) -> list[Place]:
    """Two sheets, a page each."""
    book = Workbook()
    seeds, repairs = book.active, book.create_sheet("Repairs to the houses")
    seeds.title = "Seed ledger"
    places = []
    sheets = (
        (seeds, garden.SEEDS_HEAD, garden.SEEDS),
        (repairs, garden.REPAIRS_HEAD, garden.REPAIRS),
    )
    for page, (sheet, head, text) in enumerate(sheets, start=1):
        sheet.append(list(head))
        for line in text.splitlines():
            sheet.append([_cell(cell) for cell in line.split("|")])
            places.append(Place(source, line.replace("|", " "), page))
    book.save(folder / source)
    return places


def _cell(text: str) -> object:
    for kind in (int, float, date.fromisoformat):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _report(folder: Path, source: str, words: object) -> list[Place]:
    """A PDF of several pages; each paragraph and table row is a place with page and box."""
    name = "REPORT" if words is garden else "SINKING"
    part = {key: getattr(words, f"{name}_{key}") for key in ("TITLE", "SUBTITLE", "AUTHOR")}
    places: list[Place] = []
    story: list[Flowable] = [
        RecordedParagraph(part["TITLE"], TITLE),
        RecordedParagraph(part["SUBTITLE"], HEADING),
        RecordedParagraph(part["AUTHOR"], SMALL),
        Spacer(1, 8),
    ]
    for block in getattr(words, name).strip().split("\n\n"):
        if block == "@table":
            rows = [line.split("|") for line in getattr(words, f"{name}_TABLE").splitlines()]
            head = list(getattr(words, f"{name}_TABLE_HEAD"))
            widths = [56, 190, 100, 80] if len(head) == 4 else [100, 80, 90, 90, 80]
            heights = [18.0] * (len(rows) + 1)
            table = RecordedTable([head, *rows], colWidths=widths, rowHeights=heights)
            table.setStyle(GRID)
            caption = RecordedParagraph(getattr(words, f"{name}_TABLE_TITLE"), SMALL)
            story += [caption, table, Spacer(1, 12)]
        elif block == "@break":
            story.append(PageBreak())
        elif block.startswith("# "):
            story.append(RecordedParagraph(block[2:], HEADING))
        else:
            story.append(RecordedParagraph(" ".join(block.split()), BODY))
    document = SimpleDocTemplate(
        str(folder / source), pagesize=A4, leftMargin=2.6 * cm, title=part["TITLE"], invariant=1
    )
    maker = type("ReportCanvas", (RecordingCanvas,), {"places": places})
    document.build(story, canvasmaker=maker)
    return [Place(source, p.text, p.page, p.bbox) for p in places]


def _document(folder: Path, source: str, title: str, text: str, table: str) -> list[Place]:
    document = Document()
    document.core_properties.created = document.core_properties.modified = WRITTEN
    document.add_heading(title, level=0)
    places = []
    for block in text.strip().split("\n\n"):
        words = " ".join(block.split())
        if words.startswith("# "):
            document.add_heading(words[2:], level=1)
        elif words == "@table":
            rows = [line.split("|") for line in table.splitlines()]
            grid = document.add_table(len(rows), len(rows[0]), style="Table Grid")
            for line, row in zip(grid.rows, rows, strict=True):
                for cell, value in zip(line.cells, row, strict=True):
                    cell.text = value
            places += [Place(source, " ".join(row)) for row in rows]
        else:
            document.add_paragraph(words)
            places.append(Place(source, words))
    document.save(str(folder / source))
    return places


def _talk(folder: Path, source: str) -> list[Place]:
    """Slides with points, notes and a table."""
    show = Presentation()
    show.core_properties.created = show.core_properties.modified = WRITTEN
    places = []
    for page, (title, points, notes, table) in enumerate(club.TALK, start=1):
        slide = show.slides.add_slide(show.slide_layouts[5])
        slide.shapes.title.text_frame.text = title
        frame = slide.shapes.add_textbox(Cm(2), Cm(4.5), Cm(20), Cm(5)).text_frame
        for number, point in enumerate(points):
            paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
            paragraph.text, paragraph.font.size = point, Pt(24)
        if table:
            grid = slide.shapes.add_table(len(table), 4, Cm(2), Cm(5), Cm(20), Cm(6)).table
            for line, row in zip(grid.rows, table, strict=True):
                for cell, value in zip(line.cells, row, strict=True):
                    cell.text = value
        slide.notes_slide.notes_text_frame.text = notes
        shown = " ".join([title, *points, *(cell for row in table for cell in row)])
        places += [Place(source, shown, page), Place(source, notes, page)]
    show.save(str(folder / source))
    return places


def _poster(
    folder: Path, source: str, lines: tuple[tuple[str, int, int], ...], ink: tuple[int, int, int]
) -> list[Place]:
    """Lettering over two hills and a sun."""
    wide, high = 960, 1340
    picture = Image.new("RGB", (wide, high), (243, 235, 214))
    pen = ImageDraw.Draw(picture)
    pen.ellipse([370, 480, 590, 700], fill=(232, 168, 86))
    pen.polygon([(0, 840), (300, 620), (620, 800), (960, 640), (960, 850), (0, 850)], fill=ink)
    places = []
    for text, y, size in lines:
        face = font("URWGothic-Demi.otf", size)
        pen.text((wide / 2, y), text, font=face, fill=ink, anchor="mm")
        left, top, right, bottom = pen.textbbox((wide / 2, y), text, font=face, anchor="mm")
        places.append(
            Place(source, text, 1, (left / wide, top / high, right / wide, bottom / high))
        )
    picture.save(folder / source)
    return places


def _scan(folder: Path, source: str) -> list[Place]:
    """A typed letter, turned a little, on grainy paper."""
    wide, high, pitch, leading, turn = 1120, 1400, 13.1, 31, 0.5
    page = Image.new("L", (wide, high), 232)
    pen = ImageDraw.Draw(page)
    face = font("NimbusMonoPS-Bold.otf", pitch / 0.6)
    places = []
    lines = [*yard.SCAN.splitlines(), " " * 40 + yard.SCAN_SIGNATURE]
    for number, line in enumerate(lines):
        y = 140 + number * leading
        pen.text((140, y), line, font=face, fill=46, anchor="ls")
        if line.strip():
            start = 140 + (len(line) - len(line.lstrip())) * pitch
            box = _turned((start, y - 19, 140 + len(line) * pitch, y + 6), (wide, high), turn)
            places.append(Place(source, line.strip(), 1, box))
    turned = np.asarray(page.rotate(-turn, Image.Resampling.BICUBIC, fillcolor=232)).astype(float)
    grain = np.random.default_rng(1903).normal(0, 4, turned.shape)
    Image.fromarray(np.clip(turned + grain, 0, 255).astype(np.uint8)).save(folder / source)
    return places


def _turned(box: tuple[float, float, float, float], size: tuple[int, int], angle: float) -> Box:
    """The box round `box` after the page was turned clockwise, as fractions of the page."""
    turn, (wide, high) = radians(angle), size
    corners = [(x - wide / 2, y - high / 2) for x in box[::2] for y in box[1::2]]
    across = [x * cos(turn) - y * sin(turn) + wide / 2 for x, y in corners]
    down = [x * sin(turn) + y * cos(turn) + high / 2 for x, y in corners]
    return min(across) / wide, min(down) / high, max(across) / wide, max(down) / high


def _picture(folder: Path, source: str, draw: object) -> list[Place]:
    picture = Image.new("RGB", (640, 420), (246, 190, 130))
    draw(ImageDraw.Draw(picture))  # type: ignore[operator]
    picture.save(folder / source, quality=85)
    return [Place(source, Path(source).stem.replace("-", " "), 1)]


def _boats(pen: ImageDraw.ImageDraw) -> None:
    pen.ellipse([280, 170, 380, 270], fill=(250, 230, 150))
    pen.rectangle([0, 240, 640, 420], fill=(70, 90, 140))
    for x, y in ((120, 300), (320, 340), (500, 290)):
        pen.polygon([(x, y - 110), (x, y), (x + 70, y)], fill=(240, 236, 226))
        pen.polygon([(x - 40, y + 6), (x + 80, y + 6), (x + 60, y + 26), (x - 20, y + 26)], fill=40)


def _tulips(pen: ImageDraw.ImageDraw) -> None:
    pen.rectangle([0, 150, 640, 420], fill=(80, 140, 70))
    for row in range(5):
        for x in range(20 + row * 8, 640, 44):
            y = 180 + row * 48
            pen.line([(x, y), (x, y + 34)], fill=(40, 100, 40), width=3)
            pen.pieslice([x - 12, y - 18, x + 12, y + 10], 0, 180, fill=(200, 30, 40))
            crown = ((-12, -4), (-8, -20), (0, -6), (8, -20), (12, -4))
            pen.polygon([(x + dx, y + dy) for dx, dy in crown], fill=(200, 30, 40))
