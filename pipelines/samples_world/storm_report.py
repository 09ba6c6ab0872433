"""reports/storm-report-1956.pdf: six pages of running text with one ruled table and one figure."""

from pathlib import Path
from typing import ClassVar

from reportlab.lib import colors
from reportlab.lib.enums import TA_JUSTIFY
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import cm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, KeepTogether, Paragraph, SimpleDocTemplate, Spacer
from reportlab.platypus import Table as RuledTable

from samples_world import storm_text as words
from samples_world.places import Box, Place

SOURCE = "reports/storm-report-1956.pdf"
WIDTH, HEIGHT = A4
LEFT, TOP, BOTTOM = 2.8 * cm, 2.5 * cm, 2.5 * cm
PADDING = 6  # what reportlab leaves inside a frame, in points

BODY = ParagraphStyle(
    "body",
    fontName="Times-Roman",
    fontSize=11.6,
    leading=15.8,
    spaceAfter=7.5,
    alignment=TA_JUSTIFY,
    allowWidows=0,
    allowOrphans=0,
)
HEADING = ParagraphStyle(
    "heading", fontName="Helvetica-Bold", fontSize=12.5, leading=16, spaceBefore=9, spaceAfter=5,
    keepWithNext=1,
)  # fmt: skip
TITLE = ParagraphStyle("title", fontName="Helvetica-Bold", fontSize=20, leading=25, spaceAfter=2)
SMALL = ParagraphStyle("small", fontName="Helvetica", fontSize=9.2, leading=12.4, spaceAfter=4)


class RecordingCanvas(Canvas):
    """A canvas that notes the places drawn on it; `build` makes a subclass with a list."""

    places: ClassVar[list[Place]]

    def record(self, text: str, left: float, top: float, right: float, bottom: float) -> None:
        """Note a passage; edges in points with the origin at the bottom left, as PDF has it."""
        box: Box = (left / WIDTH, 1 - top / HEIGHT, right / WIDTH, 1 - bottom / HEIGHT)
        self.places.append(Place(SOURCE, text, self.getPageNumber(), box))


class RecordedParagraph(Paragraph):
    """A paragraph that records where it was drawn; of a split one each part does."""

    def draw(self) -> None:
        """Draw, then record."""
        super().draw()
        x, y = self.canv.absolutePosition(0, 0)
        # getPlainText is empty for the parts of a split paragraph; the broken lines are not.
        shown = " ".join(word for line in self.blPara.lines for word in line[1])
        self.canv.record(shown, x, y + self.height, x + self.width, y)


class RecordedTable(RuledTable):
    """A table that records each of its rows."""

    def draw(self) -> None:
        """Draw, then record."""
        super().draw()
        x, y = self.canv.absolutePosition(0, 0)
        edges = self._rowpositions
        for number, row in enumerate(self._cellvalues):
            top, bottom = y + edges[number], y + edges[number + 1]
            self.canv.record(" ".join(row), x, top, x + self._width, bottom)


class GustChart(Flowable):
    """The highest gust of each hour as columns, with the value above each."""

    def __init__(self) -> None:
        super().__init__()
        self.width, self.height = WIDTH - 2 * (LEFT + PADDING), 7.4 * cm

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        """The size taken, whatever is offered."""
        return self.width, self.height

    def draw(self) -> None:
        """Draw axis, grid, columns and labels, then record the whole."""
        canvas, foot, left = self.canv, 1.15 * cm, 1.0 * cm
        scale = (self.height - foot - 0.5 * cm) / 65
        canvas.setFont("Helvetica", 7.6)
        for level in range(0, 61, 20):
            y = foot + level * scale
            canvas.setStrokeColor(colors.HexColor("#c9ced4"))
            canvas.line(left, y, self.width, y)
            canvas.setFillColor(colors.black)
            canvas.drawRightString(left - 5, y - 2.6, str(level))
        step = (self.width - left) / len(words.FIGURE_HOURS)
        for number, (hour, gust) in enumerate(words.FIGURE_HOURS):
            x = left + number * step
            highest = gust == max(value for _, value in words.FIGURE_HOURS)
            canvas.setFillColor(colors.HexColor("#b3542e" if highest else "#5f7f9b"))
            canvas.rect(x + 0.09 * step, foot, 0.82 * step, gust * scale, stroke=0, fill=1)
            canvas.setFillColor(colors.white)
            canvas.drawCentredString(x + step / 2, foot + gust * scale - 9, f"{gust:.1f}")
            canvas.setFillColor(colors.black)
            canvas.drawCentredString(x + step / 2, foot - 10, hour)
        canvas.setStrokeColor(colors.black)
        canvas.line(left, foot, self.width, foot)
        canvas.drawString(left, foot - 22, "11 February")
        canvas.drawString(left + 6 * step, foot - 22, "12 February, hour of the station clock")
        x, y = canvas.absolutePosition(0, 0)
        shown = " ".join(f"hour {hour}: {gust:.1f}" for hour, gust in words.FIGURE_HOURS)
        canvas.record(shown, x, y + self.height, x + self.width, y)


def build(folder: Path) -> list[Place]:
    """Write the PDF; each paragraph, table row and the chart is a place."""
    places: list[Place] = []
    story: list[Flowable] = [
        RecordedParagraph(words.TITLE, TITLE),
        RecordedParagraph(words.SUBTITLE, HEADING),
        RecordedParagraph(words.AUTHOR, SMALL),
        Spacer(1, 8),
    ]
    for block in words.TEXT.strip().split("\n\n"):
        if block == "@table":
            title = RecordedParagraph(words.TABLE_TITLE, SMALL)
            story += [KeepTogether([title, _table()]), Spacer(1, 12)]
        elif block == "@figure":
            caption = RecordedParagraph(words.FIGURE_CAPTION, SMALL)
            story.append(KeepTogether([Spacer(1, 4), GustChart(), caption, Spacer(1, 6)]))
        elif block.startswith("# "):
            story.append(RecordedParagraph(block[2:], HEADING))
        else:
            story.append(RecordedParagraph(" ".join(block.split()), BODY))
    document = SimpleDocTemplate(
        str(folder / SOURCE),
        pagesize=A4,
        leftMargin=LEFT,
        rightMargin=LEFT,
        topMargin=TOP,
        bottomMargin=BOTTOM,
        title=words.TITLE,
        author="Margaret Oakley",
        invariant=1,
    )
    maker = type("ReportCanvas", (RecordingCanvas,), {"places": places})
    document.build(story, onFirstPage=_foot, onLaterPages=_foot, canvasmaker=maker)
    return places


def _table() -> RecordedTable:
    """The ruled table of observations; the numbers carry a true minus sign."""
    rows = [line.replace("|-", "|−").split("|") for line in words.TABLE_ROWS.splitlines()]
    table = RecordedTable(
        [list(words.TABLE_HEAD), *rows],
        colWidths=[80, 54, 50, 46, 60, 68, 62],
        rowHeights=[27] + [14.4] * len(rows),
    )
    table.setStyle(
        [
            ("GRID", (0, 0), (-1, -1), 0.5, colors.HexColor("#6b737c")),
            ("BACKGROUND", (0, 0), (-1, 0), colors.HexColor("#e4e9ee")),
            ("FONT", (0, 0), (-1, 0), "Helvetica-Bold", 8.4, 10),
            ("FONT", (0, 1), (-1, -1), "Helvetica", 9),
            ("ALIGN", (1, 0), (-1, -1), "CENTER"),
            ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ]
    )
    return table


def _foot(canvas: Canvas, document: SimpleDocTemplate) -> None:
    """The page's number and short title."""
    canvas.setFont("Helvetica", 8.4)
    canvas.setFillColor(colors.HexColor("#555555"))
    canvas.drawString(LEFT + PADDING, 1.5 * cm, "Vindhammar, storm report 1956")
    canvas.drawRightString(WIDTH - LEFT - PADDING, 1.5 * cm, str(document.page))
