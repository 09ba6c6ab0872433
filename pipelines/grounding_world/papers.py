"""Writes the world's documents, each in the format of its suffix, and says where passages lie.

Texts of .html, .docx and .pdf are blocks with an empty line between them: "# heading", "| a | b"
rows of one table, "@break" for a new page (PDF only), anything else a paragraph.
"""

import html
from collections.abc import Callable
from datetime import datetime
from pathlib import Path, PurePosixPath

from docx import Document
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.pagesizes import A5
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import Flowable, PageBreak, Paragraph, SimpleDocTemplate
from samples_world.places import Place, one_line
from samples_world.recordings import Recording, record

from grounding_world.places import DOCUMENTS, is_spoken

WRITTEN = datetime(1966, 2, 8)
VOICES = {
    ".ogg": ("en-gb", ("-c:a", "libvorbis", "-q:a", "2")),
    ".mp3": ("en-gb+f4", ("-c:a", "libmp3lame", "-b:a", "40k")),
    ".wav": ("en-us+m3", ("-c:a", "pcm_s16le", "-ar", "16000")),
}
Rows = list[list[str]]


def build(folder: Path, *, recordings: bool) -> list[Place]:
    """Write all documents below `folder`; without recordings where nothing can speak them."""
    places = []
    for source, text in DOCUMENTS.items():
        if is_spoken(source) and not recordings:
            continue
        (folder / source).parent.mkdir(parents=True, exist_ok=True)
        places += WRITERS[PurePosixPath(source).suffix](folder, source, text)
    return places


def _plain(folder: Path, source: str, text: str) -> list[Place]:
    """Text as it stands; each paragraph is a place."""
    (folder / source).write_text(text, encoding="utf-8")
    return [Place(source, block) for block in text.split("\n\n") if block.strip()]


def _list(folder: Path, source: str, text: str) -> list[Place]:
    (folder / source).write_text(text, encoding="utf-8")
    return [Place(source, line) for line in text.splitlines()[1:]]


def _page(folder: Path, source: str, text: str) -> list[Place]:
    """A web page with a menu and a footer around what is said."""
    places, body = [], []
    for heading, rows, words in _blocks(source, text):
        if heading:
            body.append(f"<h2>{html.escape(heading)}</h2>")
        elif rows:
            cells = [
                f"<tr>{''.join(f'<td>{html.escape(c)}</td>' for c in row)}</tr>" for row in rows
            ]
            head = cells[0].replace("td>", "th>")
            body.append(f"<table><thead>{head}</thead><tbody>{''.join(cells[1:])}</tbody></table>")
            places += [Place(source, " ".join(row)) for row in rows[1:]]
        else:
            body.append(f"<p>{html.escape(words)}</p>")
            places.append(Place(source, words))
    (folder / source).write_text(
        "<!DOCTYPE html><html lang='en'><head><meta charset='utf-8'>"
        f"<title>{PurePosixPath(source).stem.replace('-', ' ')}</title></head><body>"
        "<nav><ul><li><a href='/'>Home</a></li><li><a href='/find'>How to find us</a></li></ul>"
        f"</nav><main>{''.join(body)}</main><footer><p>Printed on request</p></footer>"
        "</body></html>\n",
        encoding="utf-8",
    )
    return places


def _document(folder: Path, source: str, text: str) -> list[Place]:
    document = Document()
    document.core_properties.created = document.core_properties.modified = WRITTEN
    places = []
    for heading, rows, words in _blocks(source, text):
        if heading:
            document.add_heading(heading, level=1)
        elif rows:
            grid = document.add_table(len(rows), len(rows[0]), style="Table Grid")
            for line, row in zip(grid.rows, rows, strict=True):
                for cell, value in zip(line.cells, row, strict=True):
                    cell.text = value
            places += [Place(source, " ".join(row)) for row in rows[1:]]
        else:
            document.add_paragraph(words)
            places.append(Place(source, words))
    document.save(str(folder / source))
    return places


def _report(folder: Path, source: str, text: str) -> list[Place]:
    """A PDF; each paragraph is a place on its page."""
    styles = getSampleStyleSheet()
    story: list[Flowable] = []
    places = []
    for number, page in enumerate(text.split("@break"), start=1):
        if number > 1:
            story.append(PageBreak())
        for heading, _, words in _blocks(source, page):
            style = styles["Heading2"] if heading else styles["BodyText"]
            story.append(Paragraph(html.escape(heading or words), style))
            if words:
                places.append(Place(source, words, number))
    SimpleDocTemplate(str(folder / source), pagesize=A5, invariant=1).build(story)
    return places


def _poster(folder: Path, source: str, text: str) -> list[Place]:
    """Lettering in the middle of a sheet; each line is a place on page 1."""
    lines = text.splitlines()
    picture = Image.new("RGB", (1000, 160 + 110 * len(lines)), (246, 240, 224))
    pen = ImageDraw.Draw(picture)
    pen.rectangle([20, 20, 980, picture.height - 20], outline=(40, 60, 90), width=6)
    for number, line in enumerate(lines):
        font = ImageFont.load_default(size=46 if number < 2 else 40)
        pen.text((500, 110 + 110 * number), line, font=font, fill=(24, 36, 60), anchor="mm")
    picture.save(folder / source)
    return [Place(source, line, 1) for line in lines]


def _recording(folder: Path, source: str, text: str) -> list[Place]:
    voice, encoding = VOICES[PurePosixPath(source).suffix]
    return record(Recording(source, voice, 145, encoding, tuple(text.splitlines())), folder)


def _blocks(source: str, text: str) -> list[tuple[str, Rows, str]]:
    """Each block as (heading, table, words), two of which are empty."""
    blocks: list[tuple[str, Rows, str]] = []
    for block in text.strip().split("\n\n"):
        if block.startswith("# "):
            blocks.append((one_line(block[2:]), [], ""))
        elif block.startswith("| "):
            rows = [[cell.strip() for cell in line[1:-1].split("|")] for line in block.splitlines()]
            if len({len(row) for row in rows}) > 1:
                raise ValueError(f"{source}: the rows of a table differ in length: {rows[0]}")
            blocks.append(("", rows, ""))
        else:
            blocks.append(("", [], one_line(block)))
    return blocks


WRITERS: dict[str, Callable[[Path, str, str], list[Place]]] = {
    ".md": _plain,
    ".txt": _plain,
    ".csv": _list,
    ".html": _page,
    ".docx": _document,
    ".pdf": _report,
    ".png": _poster,
    ".ogg": _recording,
    ".mp3": _recording,
    ".wav": _recording,
}
