"""Document information of real files."""

from __future__ import annotations

import zipfile
from datetime import datetime, timezone
from pathlib import Path

import docx
import openpyxl
import pptx
import pytest
from reportlab.pdfgen.canvas import Canvas

from mmrag.loaders.metadata.reading import metadata_of

AT = datetime(1963, 6, 15, 12, tzinfo=timezone.utc)


def test_pdf(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"))
    canvas.setTitle("Rime på åsen")
    canvas.setAuthor("Margaret Oakley; Karin Nyberg")
    canvas.setSubject("Six seasons")
    canvas.setKeywords("rime, ice")
    canvas.drawString(50, 500, "Rime grows into the wind.")
    canvas.save()
    found = metadata_of(tmp_path / "a.pdf")
    created = str(found.pop("created"))
    assert abs(datetime.fromisoformat(created) - datetime.now(timezone.utc)).days < 1
    assert found.pop("modified") == created
    assert found == {
        "document_title": "Rime på åsen",
        "author": ["Margaret Oakley", "Karin Nyberg"],
        "description": "Six seasons",
        "keywords": ["rime", "ice"],
    }


@pytest.mark.parametrize("suffix", ["docx", "pptx", "xlsx"])
def test_office(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    made = {"docx": docx.Document, "pptx": pptx.Presentation, "xlsx": openpyxl.Workbook}[suffix]()
    properties = made.properties if suffix == "xlsx" else made.core_properties
    properties.title, properties.keywords = "Rime", "rime; ice"
    properties.created = properties.modified = AT.replace(tzinfo=None)
    if suffix == "xlsx":
        properties.creator = "Karin Nyberg"
    else:
        properties.author, properties.comments = "Karin Nyberg", "Six seasons"
    made.save(str(path))
    found = metadata_of(path)
    assert found.pop("description", "Six seasons") == "Six seasons"
    found.pop("modified")  # openpyxl sets it when it saves
    assert found == {
        "document_title": "Rime",
        "author": ["Karin Nyberg"],
        "keywords": ["rime", "ice"],
        "created": AT.isoformat(),
    }


def test_what_libraries_write_by_themselves_is_nothing(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"))
    canvas.drawString(50, 500, "Hello.")
    canvas.save()
    docx.Document().save(str(tmp_path / "a.docx"))
    pptx.Presentation().save(str(tmp_path / "a.pptx"))
    openpyxl.Workbook().save(str(tmp_path / "a.xlsx"))
    for path in tmp_path.iterdir():
        assert set(metadata_of(path)) == {"created", "modified"}, path.name


def test_html(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_text(
        """<html><head><title>Rime | Museum</title><meta name="Author" content="Karin Nyberg">
        <meta property="og:description" content="for others"><meta name="description" content="Ice">
        <meta property="article:tag" content="rime"><meta property="article:tag" content="ice">
        <meta property="article:published_time" content="1963-06-15T12:00:00Z"></head>
        <body><p>Text.<meta name="keywords" content="body"></p></body></html>""",
        encoding="utf-8",
    )
    assert metadata_of(path) == {
        "document_title": "Rime | Museum",
        "author": ["Karin Nyberg"],
        "description": "Ice",
        "keywords": ["rime", "ice"],
        "created": AT.isoformat(),
    }


def test_epub(tmp_path: Path) -> None:
    path = tmp_path / "a.epub"
    with zipfile.ZipFile(path, "w") as book:
        book.writestr("mimetype", "application/epub+zip")
        book.writestr(
            "META-INF/container.xml",
            '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
            '<rootfile full-path="o/p.opf"/></rootfiles></container>',
        )
        book.writestr(
            "o/p.opf",
            '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/'
            '1.1/"><metadata><dc:title>Rime</dc:title><dc:creator>Lind, Anna</dc:creator>'
            "<dc:creator>Erik Berg</dc:creator><dc:date>1963</dc:date><dc:subject>ice</dc:subject>"
            "</metadata></package>",
        )
    assert metadata_of(path) == {
        "document_title": "Rime",
        "author": ["Lind, Anna", "Erik Berg"],
        "created": "1963",
        "keywords": ["ice"],
    }


@pytest.mark.parametrize(
    "core",
    [
        '<!DOCTYPE x [<!ENTITY a "boo">]><x><title>&a;</title></x>',
        "<x><title>Rime",
        f"<x><title>{'Rime ' * 300_000}</title></x>",
    ],
)
def test_damaged_properties_cost_themselves(tmp_path: Path, core: str) -> None:
    docx.Document().save(str(tmp_path / "a.docx"))
    with (
        zipfile.ZipFile(tmp_path / "a.docx") as whole,
        zipfile.ZipFile(tmp_path / "b.docx", "w") as spoilt,
    ):
        for name in whole.namelist():
            spoilt.writestr(name, core if name == "docProps/core.xml" else whole.read(name))
    assert metadata_of(tmp_path / "b.docx") == {}


def test_plain_text_says_nothing_of_itself(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Title: none")
    assert metadata_of(tmp_path / "a.txt") == {}
