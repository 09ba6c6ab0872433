"""PDF: text with places, headings, tables, pictures, scans, and damaged files."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from hostile.pdf_bombs import pdf
from llama_index.core.schema import Node
from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from waiting import join

from mmrag.errors import CorruptFile, LimitExceeded
from mmrag.loaders.limits import Limits
from mmrag.loaders.pdf import PdfReader
from mmrag.loaders.pixels import picture
from mmrag.schema import BBox, provenance_of, spans_of, text_of

WIDTH, HEIGHT = 400, 600


def read(path: Path) -> list[Node]:
    return PdfReader().read(path, source="s.pdf")


def body(canvas: Canvas, lines: list[str], *, x: float = 50, y: float = 500) -> None:
    canvas.setFont("Times-Roman", 11)
    for number, line in enumerate(lines):
        canvas.drawString(x, y - 14 * number, line)


def heading(canvas: Canvas, text: str, y: float, size: float = 18) -> None:
    canvas.setFont("Helvetica-Bold", size)
    canvas.drawString(50, y, text)


PROSE = [
    "The barometer in the hall came from a maker in Gothenburg. It",
    "shows the weather to this day, and it was mended only once. No",
    "one knows who paid for it.",
]


def test_paragraphs_under_headings_with_a_box_a_line(make_pdf: Callable[..., Path]) -> None:
    def page(canvas: Canvas) -> None:
        heading(canvas, "Instruments", 550, 20)
        heading(canvas, "Barometers", 525, 15)
        body(canvas, PROSE)

    (node,) = read(make_pdf(page))
    place = provenance_of(node)
    assert text_of(node) == " ".join(PROSE)
    assert place.heading == ("Instruments", "Barometers")
    assert (place.source, place.page) == ("s.pdf", 1)
    spans = spans_of(node)
    assert [text_of(node)[s.start : s.end] for s in spans] == PROSE
    for number, span in enumerate(spans):
        assert span.bbox is not None
        baseline = 1 - (500 - 14 * number) / HEIGHT
        assert span.bbox[0] == pytest.approx(50 / WIDTH, abs=0.005)
        assert span.bbox[1] == pytest.approx(baseline - 9 / HEIGHT, abs=0.006)
        assert span.bbox[3] == pytest.approx(baseline + 3 / HEIGHT, abs=0.006)
    assert place.bbox is not None and place.bbox[1] == spans[0].bbox[1]  # type: ignore[index]  # checked above


def test_words_parted_at_line_ends_are_mended(make_pdf: Callable[..., Path]) -> None:
    lines = [
        "A long line with hyphen-",
        "ation and the Anna-",
        "Lena ship, för-",
        "och eftermiddag.",
    ]
    (node,) = read(make_pdf(lambda canvas: body(canvas, lines)))
    text = text_of(node)
    assert text == "A long line with hyphenation and the Anna-Lena ship, för- och eftermiddag."
    assert [text[s.start : s.end] for s in spans_of(node)] == [
        "A long line with hyphen",
        "ation and the Anna-",
        "Lena ship, för-",
        "och eftermiddag.",
    ]


def test_a_short_parted_word_lies_on_two_lines(make_pdf: Callable[..., Path]) -> None:
    (node,) = read(make_pdf(lambda canvas: body(canvas, ["ex-", "tra"])))
    assert text_of(node) == "extra"
    assert [(s.start, s.end) for s in spans_of(node)] == [(0, 2), (2, 5)]


def test_a_title_as_large_as_the_chapter_headings_stands_above_them(
    make_pdf: Callable[..., Path],
) -> None:
    def page(canvas: Canvas) -> None:
        canvas.setFont("Helvetica-Bold", 18)
        canvas.drawCentredString(200, 560, "Handbook")
        heading(canvas, "Clocks", 520)
        body(canvas, PROSE)
        heading(canvas, "Lamps", 420)
        body(canvas, PROSE, y=400)

    nodes = read(make_pdf(page))
    paths = [provenance_of(n).heading for n in nodes]
    assert paths == [("Handbook", "Clocks"), ("Handbook", "Lamps")]


def test_paragraphs_stay_apart(make_pdf: Callable[..., Path]) -> None:
    def page(canvas: Canvas) -> None:
        body(canvas, PROSE, y=500)
        body(canvas, PROSE, y=450)
        body(canvas, ["• wind", "• rain"], y=390)

    text = "\n".join(text_of(node) for node in read(make_pdf(page)))
    assert text.split("\n") == [" ".join(PROSE), " ".join(PROSE), "• wind", "• rain"]


def test_bold_lines_and_bare_headings(make_pdf: Callable[..., Path]) -> None:
    def page(canvas: Canvas) -> None:
        body(canvas, PROSE)
        canvas.setFont("Times-Bold", 11)
        canvas.drawString(50, 440, "Care")
        body(canvas, PROSE, y=420)
        heading(canvas, "To be continued", 350)

    nodes = read(make_pdf(page))
    assert [provenance_of(n).heading for n in nodes] == [(), ("Care",), ()]
    assert text_of(nodes[2]) == "To be continued"


def test_two_columns_drawn_across_are_read_down(make_pdf: Callable[..., Path]) -> None:
    left = ["The left column has long lines", "that go on below one another", *PROSE[:0]]
    left += ["and so it is to be read down", "before the right one begins."]
    right = [
        "Then the right column follows",
        "with lines as long as the left",
        "has them, so that both are",
    ]
    right += ["columns and not a list of pairs."]

    def page(canvas: Canvas) -> None:
        canvas.setFont("Times-Roman", 10)
        for number, (one, other) in enumerate(zip(left, right, strict=True)):
            canvas.drawString(40, 500 - 12 * number, one)
            canvas.drawString(220, 500 - 12 * number, other)

    text = " ".join(text_of(node) for node in read(make_pdf(page))).replace("\n", " ")
    assert text == " ".join([*left, *right])


def test_labels_drawn_after_their_values_stand_before_them(make_pdf: Callable[..., Path]) -> None:
    def page(canvas: Canvas) -> None:
        canvas.setFont("Times-Roman", 10)
        for number in range(4):
            canvas.drawString(200, 500 - 12 * number, f"{number}.5")
            canvas.drawString(50, 500 - 12 * number, f"Hour {number}")

    (node,) = read(make_pdf(page))
    assert text_of(node) == "Hour 0 0.5\nHour 1 1.5\nHour 2 2.5\nHour 3 3.5"


def test_a_chart_does_not_pair_a_value_with_its_neighbour(make_pdf: Callable[..., Path]) -> None:
    def page(canvas: Canvas) -> None:
        canvas.setFont("Times-Roman", 8)
        for number, height in enumerate((60, 80, 95, 85, 70)):  # a bar chart: value, then its hour
            canvas.drawString(50 + 40 * number, 300 + height, f"{height}.5")
            canvas.drawString(50 + 40 * number, 290, f"h{number}")

    text = "\n".join(text_of(node) for node in read(make_pdf(page)))
    assert text.endswith("h0 h1 h2 h3 h4")
    assert text.split()[:5] == ["95.5", "85.5", "80.5", "70.5", "60.5"]


def test_running_heads_and_page_numbers_are_dropped(make_pdf: Callable[..., Path]) -> None:
    def page_of(number: int) -> Callable[[Canvas], None]:
        def page(canvas: Canvas) -> None:
            canvas.setFont("Helvetica", 8)
            canvas.drawString(50, 580, "North Museum")
            canvas.drawString(200, 20, f"Report 1897, page {number}")
            heading(canvas, f"Object {number}", 555)
            body(canvas, [f"Text of page {number}. It is short."])

        return page

    nodes = read(make_pdf(*(page_of(n) for n in (1, 2, 3, 4))))
    assert [text_of(n) for n in nodes] == [f"Text of page {n}. It is short." for n in (1, 2, 3, 4)]
    assert [provenance_of(n).heading for n in nodes] == [(f"Object {n}",) for n in (1, 2, 3, 4)]
    assert [provenance_of(n).page for n in nodes] == [1, 2, 3, 4]


TABLE = [["Item", "Year", "Price"], ["Sextant", "1902", "80 kr"], ["Old clock", "1811", ""]]


def draw_table(canvas: Canvas, *, top: float = 400) -> None:
    canvas.setFont("Times-Roman", 11)
    for row in range(4):
        canvas.line(50, top - 20 * row, 350, top - 20 * row)
    for column in range(4):
        canvas.line(50 + 100 * column, top, 50 + 100 * column, top - 60)
    for row, cells in enumerate(TABLE):
        for column, cell in enumerate(cells):
            canvas.drawString(55 + 100 * column, top - 14 - 20 * row, cell)


ROWS = ["Item: Sextant; Year: 1902; Price: 80 kr", "Item: Old clock; Year: 1811"]


def test_ruled_tables_become_rows_and_are_not_doubled(make_pdf: Callable[..., Path]) -> None:
    def page(canvas: Canvas) -> None:
        body(canvas, PROSE)
        body(canvas, ["Table 2. Prices"], y=408)
        draw_table(canvas)
        body(canvas, ["After the table."], y=300)

    nodes = read(make_pdf(page))
    assert [text_of(n) for n in nodes] == [" ".join(PROSE), "\n".join(ROWS), "After the table."]
    assert provenance_of(nodes[1]).heading == ("Table 2. Prices",)
    first, second = spans_of(nodes[1])
    assert first.bbox == pytest.approx((50 / 400, 220 / 600, 350 / 400, 240 / 600), abs=0.004)
    assert second.bbox == pytest.approx((50 / 400, 240 / 600, 350 / 400, 260 / 600), abs=0.004)


def rotated(path: Path, degrees: int, crop: tuple[float, float, float, float]) -> Path:
    document = pypdfium2.PdfDocument(path)
    page = document[0]
    page.set_rotation(degrees)
    page.set_cropbox(*crop)
    out = path.with_name(f"r{degrees}.pdf")
    document.save(out)
    document.close()
    return out


def dark_box(image: Image.Image) -> BBox:
    """Where anything but white stands in a picture, as fractions."""
    rows, columns = np.nonzero(np.asarray(image.convert("L")) < 128)
    height, width = image.height, image.width
    return columns.min() / width, rows.min() / height, columns.max() / width, rows.max() / height


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_boxes_hold_on_turned_and_cropped_pages(
    make_pdf: Callable[..., Path], degrees: int
) -> None:
    path = rotated(
        make_pdf(lambda canvas: body(canvas, ["HHHHHHHHHHHH HHHH"])), degrees, (20, 30, 380, 560)
    )
    (node,) = read(path)
    box = provenance_of(node).bbox
    assert text_of(node) == "HHHHHHHHHHHH HHHH"
    assert box == pytest.approx(dark_box(picture(path, 1)), abs=0.012)
    inside = np.asarray(picture(path, 1, box).convert("L"))
    assert (inside < 128).sum() > 0.9 * (np.asarray(picture(path, 1).convert("L")) < 128).sum()


@pytest.mark.parametrize("degrees", [0, 90])
def test_tables_hold_on_turned_and_cropped_pages(
    make_pdf: Callable[..., Path], degrees: int
) -> None:
    crop = (20, 30, 380, 560)
    path = make_pdf(draw_table)
    if degrees:  # drawn sideways, so that it is upright when the page is turned

        def sideways(canvas: Canvas) -> None:
            canvas.translate(400, 0)
            canvas.rotate(90)
            draw_table(canvas, top=350)

        path = make_pdf(sideways)
    path = rotated(path, degrees, crop)
    (node,) = read(path)
    assert text_of(node).split("\n") == ROWS
    whole = dark_box(picture(path, 1))
    box = provenance_of(node).bbox
    assert box is not None
    assert (box[0], box[2], box[3]) == pytest.approx((whole[0], whole[2], whole[3]), abs=0.012)


def noise(size: tuple[int, int]) -> ImageReader:
    return ImageReader(Image.effect_noise(size, 80).convert("RGB"))


def test_pictures_and_scanned_pages(make_pdf: Callable[..., Path]) -> None:
    def with_text(canvas: Canvas) -> None:
        body(canvas, PROSE)
        canvas.drawImage(noise((60, 60)), 100, 100, 200, 150)
        canvas.drawImage(noise((20, 20)), 350, 560, 30, 30)  # a logo

    def scan(canvas: Canvas) -> None:
        canvas.drawImage(noise((60, 60)), 0, 0, 400, 600)

    nodes = read(make_pdf(with_text, scan, lambda canvas: None))
    assert [n.metadata["modality"] for n in nodes] == ["text", "image", "image"]
    embedded, page = provenance_of(nodes[1]), provenance_of(nodes[2])
    assert embedded.bbox == pytest.approx((0.25, 350 / 600, 0.75, 500 / 600), abs=0.004)
    assert (embedded.page, page.page, page.bbox) == (1, 2, None)
    assert all(text_of(n) == "" for n in nodes[1:])
    assert nodes[2].metadata["mimetype"] == "application/pdf"
    assert nodes[2].image_resource is None


def test_a_picture_within_a_form_is_placed_by_its_matrix(make_pdf: Callable[..., Path]) -> None:
    def page(canvas: Canvas) -> None:
        body(canvas, PROSE)
        canvas.beginForm("f")
        canvas.drawImage(noise((40, 40)), 0, 0, 100, 100)
        canvas.endForm()
        canvas.translate(100, 200)
        canvas.scale(2, 1)
        canvas.doForm("f")

    box = provenance_of(read(make_pdf(page))[1]).bbox
    assert box == pytest.approx((0.25, 0.5, 0.75, 400 / 600), abs=0.004)


def test_the_scan_under_its_own_text_layer_is_no_picture(make_pdf: Callable[..., Path]) -> None:
    def page(canvas: Canvas) -> None:
        canvas.drawImage(noise((60, 60)), 0, 0, 400, 600)
        body(canvas, PROSE * 3)

    assert {n.metadata["modality"] for n in read(make_pdf(page))} == {"text"}


def test_encrypted(make_pdf: Callable[..., Path]) -> None:
    path = make_pdf(lambda c: body(c, PROSE), encrypt=StandardEncryption("secret"))
    with pytest.raises(CorruptFile, match="encrypted; save it without a password"):
        read(path)


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_truncated(make_pdf: Callable[..., Path], share: float) -> None:
    path = make_pdf(*[lambda c: body(c, PROSE)] * 3)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(CorruptFile, match="truncated PDF"):
        read(path)


def test_not_a_pdf_and_too_many_pages(make_pdf: Callable[..., Path], tmp_path: Path) -> None:
    other = tmp_path / "x.pdf"
    other.write_text("hello")
    with pytest.raises(CorruptFile, match="no PDF"):
        read(other)
    other.write_bytes(b"%PDF-1.4\nnothing\n%%EOF")
    with pytest.raises(CorruptFile, match="damaged"):
        read(other)
    path = make_pdf(*[lambda c: body(c, PROSE)] * 3)
    with pytest.raises(LimitExceeded, match="has 3 pages; limit pages=2"):
        PdfReader(limits=Limits(pages=2)).read(path, source="s")


def test_several_threads_read_at_once(make_pdf: Callable[..., Path]) -> None:
    path = make_pdf(*[lambda c: body(c, PROSE)] * 4)
    wanted = [text_of(n) for n in read(path)]
    found: list[list[str]] = []
    threads = [
        threading.Thread(target=lambda: found.append([text_of(n) for n in read(path)]))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        join(thread)
    assert found == [wanted] * 4


def test_text_that_nobody_sees_is_not_read(make_pdf: Callable[..., Path]) -> None:
    def page(canvas: Canvas) -> None:
        body(canvas, PROSE)
        line = canvas.beginText(50, 400)
        line.setTextRenderMode(3)
        line.textLine("Invisible words.")
        canvas.drawText(line)
        canvas.setFont("Times-Roman", 0.5)
        canvas.drawString(50, 380, "Tiny words.")
        canvas.setFont("Times-Roman", 11)
        canvas.drawString(50, 700, "Words above the page.")
        canvas.setFillColorRGB(1, 1, 1)
        canvas.drawString(50, 360, "White words.")
        canvas.setFillColorRGB(0, 0, 0, alpha=0)
        canvas.drawString(50, 340, "Words of glass.")

    (node,) = read(make_pdf(page))
    assert text_of(node) == " ".join(PROSE)


def test_white_text_on_a_dark_ground_is_read(make_pdf: Callable[..., Path]) -> None:
    def page(canvas: Canvas) -> None:
        canvas.setFillColorRGB(0.1, 0.1, 0.4)
        canvas.rect(40, 460, 320, 80, fill=1, stroke=0)
        canvas.setFillColorRGB(1, 1, 1)
        canvas.rect(40, 380, 320, 60, fill=1, stroke=0)
        canvas.drawString(50, 400, "White on white.")
        body(canvas, PROSE)

    (node,) = read(make_pdf(page))
    assert text_of(node) == " ".join(PROSE)


def test_what_a_page_draws_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf({}))
    chars = len("The barometer hangs in the hall.")
    assert len(PdfReader(limits=Limits(page_objects=chars)).read(path, source="s")) == 1
    with pytest.raises(LimitExceeded, match=f"has {chars} page_objects"):
        PdfReader(limits=Limits(page_objects=chars - 1)).read(path, source="s")
    path.write_bytes(pdf({}, b"0 0 m 9 9 l S " * 40))
    with pytest.raises(LimitExceeded, match="has 40 page_objects"):
        PdfReader(limits=Limits(page_objects=39)).read(path, source="s")


def test_text_is_counted_page_by_page(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf({2: b"<</Type/Pages/Kids[3 0 R 3 0 R 3 0 R]/Count 3>>"}))
    with pytest.raises(LimitExceeded, match="has 64 text_chars; limit text_chars=63"):
        PdfReader(limits=Limits(text_chars=63)).read(path, source="s")


def test_thousands_of_small_pictures_are_one(tmp_path: Path) -> None:
    spots = b"".join(
        b"q 2 0 0 2 %d %d cm BI /W 1 /H 1 /BPC 8 /CS /G ID x EI Q\n" % (x, y)
        for x in range(100, 300, 6)
        for y in range(100, 300, 6)
    )
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf({}, b"BT /F 12 Tf 40 500 Td (The barometer.) Tj ET\n" + spots))
    text, image = PdfReader().read(path, source="s")
    assert text_of(text) == "The barometer."
    assert provenance_of(image).bbox == pytest.approx((0.25, 0.5, 0.75, 0.8333), abs=0.01)
