"""Word: order, headings, tables, footnotes, tracked changes."""

from __future__ import annotations

import zipfile
from pathlib import Path

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.shared import Pt

from mmrag.errors import CorruptFile
from mmrag.loaders.docx import DocxReader
from mmrag.schema import provenance_of, text_of


def read(path: Path) -> list[tuple[tuple[str, ...], str]]:
    nodes = DocxReader().read(path, source="s")
    return [(provenance_of(n).heading, text_of(n)) for n in nodes]


def test_body_in_order_under_headings(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_heading("Handbook", 0)
    document.add_heading("Clocks", 1)
    document.add_paragraph("Before the table.")
    table = document.add_table(rows=0, cols=2)
    for cells in (("Item", "Year"), ("Cuckoo", "1811"), ("Pendulum", "")):
        row = table.add_row()
        row.cells[0].text, row.cells[1].text = cells
    document.add_paragraph("After the table.")
    document.add_heading("Care", 2)
    document.add_paragraph("Wind it.", style="List Bullet")
    document.add_paragraph("Oil it.", style="List Bullet")
    document.add_heading("Left empty", 1)
    document.save(str(tmp_path / "a.docx"))
    assert read(tmp_path / "a.docx") == [
        (
            ("Handbook", "Clocks"),
            "Before the table.\nItem: Cuckoo; Year: 1811\nItem: Pendulum\nAfter the table.",
        ),
        (("Handbook", "Clocks", "Care"), "Wind it.\nOil it."),
        (("Handbook",), "Left empty"),
    ]


def test_merged_cells_meet_their_titles(tmp_path: Path) -> None:
    document = docx.Document()
    table = document.add_table(rows=3, cols=3)
    for row, cells in zip(table.rows, ("ABC", "123", "456"), strict=True):
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text
    table.cell(1, 0).merge(table.cell(2, 0)).text = "down"
    table.cell(1, 1).merge(table.cell(1, 2)).text = "wide"
    document.save(str(tmp_path / "a.docx"))
    assert read(tmp_path / "a.docx")[0][1] == "A: down; B: wide; C: wide\nA: down; B: 5; C: 6"


def test_what_python_docx_leaves_out(tmp_path: Path) -> None:
    document = docx.Document()
    space = nsdecls("w")
    for xml in (
        f"<w:sdt {space}><w:sdtContent><w:p><w:r><w:t>In a control.</w:t></w:r></w:p>"
        "</w:sdtContent></w:sdt>",
        f"<w:p {space}><w:r><w:t>Kept</w:t></w:r><w:ins><w:r><w:t xml:space='preserve'> and new"
        "</w:t></w:r></w:ins><w:del><w:r><w:delText>gone</w:delText></w:r></w:del>"
        "<w:r><w:br/><w:t>line.</w:t></w:r></w:p>",
        f"<w:p {space}><w:pPr><w:outlineLvl w:val='1'/></w:pPr><w:r><w:t>By level</w:t></w:r>"
        "</w:p>",
        f"<w:p {space}><w:r><w:t>Under it.</w:t></w:r></w:p>",
    ):
        document.element.body.insert(len(document.element.body) - 1, parse_xml(xml))
    document.save(str(tmp_path / "a.docx"))
    assert read(tmp_path / "a.docx") == [
        ((), "In a control.\nKept and new\nline."),
        (("By level",), "Under it."),
    ]


def test_headings_of_a_style_based_on_a_heading(tmp_path: Path) -> None:
    document = docx.Document()
    style = document.styles.add_style("Rubrik", 1)
    style.base_style = document.styles["Heading 1"]
    document.add_paragraph("Klockor", style="Rubrik")
    document.add_paragraph("Text.")
    document.save(str(tmp_path / "a.docx"))
    assert read(tmp_path / "a.docx") == [(("Klockor",), "Text.")]


def test_footnotes_follow_their_paragraph(tmp_path: Path) -> None:
    document = docx.Document()
    space = nsdecls("w")
    document.element.body.insert(
        0,
        parse_xml(
            f"<w:p {space}><w:r><w:t>Claim.</w:t></w:r>"
            "<w:r><w:footnoteReference w:id='2'/></w:r></w:p>"
        ),
    )
    document.add_paragraph("Next.")
    document.save(str(tmp_path / "a.docx"))
    out = tmp_path / "b.docx"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"
    content = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
    with zipfile.ZipFile(tmp_path / "a.docx") as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            if name == "word/_rels/document.xml.rels":
                relation = f'<Relationship Id="rF" Type="{office}" Target="footnotes.xml"/>'
                text = text.replace(b"</Relationships>", f"{relation}</Relationships>".encode())
            if name == "[Content_Types].xml":
                override = f'<Override PartName="/word/footnotes.xml" ContentType="{content}"/>'
                text = text.replace(b"</Types>", f"{override}</Types>".encode())
            new.writestr(name, text)
        note = "<w:footnote w:id='2'><w:p><w:r><w:t>See the book.</w:t></w:r></w:p></w:footnote>"
        new.writestr("word/footnotes.xml", f"<w:footnotes {space}>{note}</w:footnotes>")
    assert read(out) == [((), "Claim.\nSee the book.\nNext.")]


def test_a_word_file_without_its_document(tmp_path: Path) -> None:
    docx.Document().save(str(tmp_path / "a.docx"))
    out = tmp_path / "b.docx"
    with zipfile.ZipFile(tmp_path / "a.docx") as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            if name != "word/document.xml":
                new.writestr(name, old.read(name))
    with pytest.raises(CorruptFile, match="damaged or truncated Word document"):
        DocxReader().read(out, source="s")


def test_hidden_and_tiny_runs_are_not_read(tmp_path: Path) -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("Seen. ")
    paragraph.add_run("Hidden. ").font.hidden = True
    paragraph.add_run("Shown again. ").font.hidden = False
    paragraph.add_run("A speck. ").font.size = Pt(1)
    paragraph.add_run("Small print.").font.size = Pt(4)
    document.save(str(tmp_path / "a.docx"))
    (node,) = DocxReader().read(tmp_path / "a.docx", source="s")
    assert text_of(node) == "Seen. Shown again. Small print."
