"""What documents say of themselves: PDF information, Office properties, HTML and EPUB heads."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

from bs4 import BeautifulSoup
from bs4.element import Tag
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from mmrag.errors import CorruptFile, LimitExceeded
from mmrag.loaders.epub import package_of
from mmrag.loaders.limits import DEFAULT, Limits, check_zip
from mmrag.loaders.metadata.findings import Findings, Pair
from mmrag.loaders.pdfium import open_pdf

_CORE = "docProps/core.xml"
_LARGEST_PART = 1 << 20
_HTML_HEAD = 256 << 10
"""Bytes of a page in which its head is looked for."""

_PDF = {
    "Title": "document_title",
    "Author": "author",
    "Subject": "description",
    "Keywords": "keywords",
    "CreationDate": "created",
    "ModDate": "modified",
}
# Local names of Dublin Core and of Office's own properties (ECMA-376, part 2).
_CORE_FIELDS = {
    "title": "document_title",
    "creator": "author",
    "description": "description",
    "subject": "description",
    "keywords": "keywords",
    "created": "created",
    "modified": "modified",
}
_EPUB = {
    "title": "document_title",
    "creator": "author",
    "description": "description",
    "subject": "keywords",
    "date": "created",
}
# Names of <meta>, the ones that are meant for this before those meant for other sites.
_HTML = {
    "author": "author",
    "dc.creator": "author",
    "article:author": "author",
    "description": "description",
    "dc.description": "description",
    "og:description": "description",
    "keywords": "keywords",
    "dc.subject": "keywords",
    "article:tag": "keywords",
    "dc.title": "document_title",
    "og:title": "document_title",
    "date": "created",
    "dc.date": "created",
    "article:published_time": "created",
    "article:modified_time": "modified",
    "last-modified": "modified",
}


def read_pdf(path: Path, found: Findings, limits: Limits = DEFAULT) -> None:
    """The document information of a PDF."""
    with found.part(path, "document information"), open_pdf(path, limits) as document:
        said = document.get_metadata_dict()
        found.add((field, said[name]) for name, field in _PDF.items() if said.get(name))


def read_office(path: Path, found: Findings, limits: Limits = DEFAULT) -> None:
    """The core properties of a Word, PowerPoint or Excel file."""
    with found.part(path, "core properties"):
        check_zip(path, limits)
        with zipfile.ZipFile(path) as archive:
            if _CORE in archive.namelist():
                found.add(_core_pairs(_parsed(path, archive, _CORE)))


def read_epub(path: Path, found: Findings, limits: Limits = DEFAULT) -> None:
    """The Dublin Core of an EPUB."""
    with found.part(path, "EPUB package"):
        check_zip(path, limits, allow_dtd=True)
        with zipfile.ZipFile(path) as archive:
            package = package_of(path, archive)
        for name, field in _EPUB.items():
            said = [element.text for element in package.iterfind(f".//{{*}}metadata/{{*}}{name}")]
            found.add([(field, [text for text in said if text])])


def read_html(path: Path, found: Findings, limits: Limits = DEFAULT) -> None:
    """Title and <meta> of a page."""
    with found.part(path, "HTML head"), path.open("rb") as page:
        head, end, _ = page.read(_HTML_HEAD).partition(b"</head>")
        soup = BeautifulSoup(head + end, "lxml")
        if soup.title is not None:
            found.add([("document_title", soup.title.get_text())])
        said: dict[str, list[str]] = {}
        for tag in soup.find_all("meta"):
            if isinstance(tag, Tag):
                name = str(tag.get("name") or tag.get("property") or tag.get("http-equiv") or "")
                said.setdefault(name.lower(), []).append(str(tag.get("content") or ""))
        for name, field in _HTML.items():
            found.add((field, text) for text in said.get(name, ()))


def _core_pairs(root: Element) -> Iterator[Pair]:
    said = {element.tag.rpartition("}")[2]: element.text for element in root}
    for name, field in _CORE_FIELDS.items():
        if text := said.get(name):
            yield field, text


def _parsed(path: Path, archive: zipfile.ZipFile, name: str) -> Element:
    with archive.open(name) as part:
        data = part.read(_LARGEST_PART + 1)
    if len(data) > _LARGEST_PART:
        raise LimitExceeded(path, f"its part {name} has more than {_LARGEST_PART} bytes")
    try:
        root: Element = fromstring(data, forbid_dtd=True)
    except DefusedXmlException as exc:
        raise CorruptFile(path, f"its part {name} is unsafe XML: {exc}") from exc
    return root
