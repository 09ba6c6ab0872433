"""Word documents: paragraphs, lists and tables in the order of the body, under their headings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import docx
from docx.document import Document as WordDocument
from docx.exceptions import PythonDocxError
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.exceptions import OpcError
from docx.oxml.ns import qn
from llama_index.core.schema import Node
from lxml import etree

from mmrag.loaders.base import FileReader
from mmrag.loaders.damage import damage_reported
from mmrag.loaders.limits import check_zip
from mmrag.loaders.outline import Outline
from mmrag.modalities import FILE_KINDS

_P, _TBL, _TR, _TC, _T = qn("w:p"), qn("w:tbl"), qn("w:tr"), qn("w:tc"), qn("w:t")
_SDT, _SDT_CONTENT = qn("w:sdt"), qn("w:sdtContent")
_VAL, _ID = qn("w:val"), qn("w:id")
_BREAKS = {qn("w:tab"): " ", qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:noBreakHyphen"): "-"}
_HIDDEN = {qn("w:del"), qn("w:moveFrom"), qn("w:txbxContent")}
_R, _RPR, _VANISH, _SIZE = qn("w:r"), qn("w:rPr"), qn("w:vanish"), qn("w:sz")
_OFF = {"0", "false", "off"}
_SMALLEST = 3  # half points; below it is a speck on paper
_HEADING = re.compile(r"heading (\d)", re.IGNORECASE)


class DocxReader(FileReader):
    """Passages under the heading path; `page` is None, for Word lays pages out anew each time.

    The body is walked here and not by python-docx, whose `paragraphs` and `tables` lose the order,
    and which leaves out content controls and tracked insertions. Footnotes follow the paragraph
    that calls them. Text boxes, page headers and embedded pictures are not read.
    """

    def read(self, path: Path, *, source: str) -> list[Node]:
        check_zip(path, self.limits)
        outline = Outline(path, self.limits)
        with damage_reported(path, "Word document", PythonDocxError, OpcError):
            _add_body(docx.Document(str(path)), outline)
        mimetype = FILE_KINDS["docx"].mimetype
        return self.text_nodes(outline.close(), path=path, source=source, mimetype=mimetype)


def _add_body(document: WordDocument, outline: Outline) -> None:
    notes = _footnotes(document)
    levels = _heading_levels(document)
    for element in _blocks(document.element.body):
        if element.tag == _TBL:
            outline.add_table(_grid(element))
            continue
        text = _text(element)
        level = _level(element, levels)
        if level is None:
            outline.add(text)
        else:
            outline.enter(level, text)
        for reference in element.iter(qn("w:footnoteReference"), qn("w:endnoteReference")):
            kind = etree.QName(reference).localname.removesuffix("Reference")
            outline.add(notes.get((kind, reference.get(_ID)), ""))


def _blocks(body: etree._Element) -> Iterator[etree._Element]:
    """Paragraphs and tables in order, also those within content controls."""
    for child in body:
        if child.tag in {_P, _TBL}:
            yield child
        elif child.tag == _SDT:
            for content in child.iterfind(_SDT_CONTENT):
                yield from _blocks(content)
        elif child.tag in {qn("w:ins"), qn("w:customXml"), qn("w:smartTag")}:
            yield from _blocks(child)


def _text(element: etree._Element) -> str:
    """The words of a paragraph, without deleted and hidden ones; a line break stays one."""
    parts: list[str] = []

    def walk(node: etree._Element) -> None:
        for child in node:
            if child.tag in _HIDDEN or (child.tag == _R and _is_invisible(child)):
                continue
            if child.tag == _T:
                parts.append(child.text or "")
            elif child.tag in _BREAKS:
                parts.append(_BREAKS[child.tag])
            elif child.tag != qn("w:pPr"):
                walk(child)

    walk(element)
    return "".join(parts)


def _is_invisible(run: etree._Element) -> bool:
    """Whether a run is formatted as hidden, or too small for anybody to read."""
    look = run.find(_RPR)
    if look is None:
        return False
    vanish, size = look.find(_VANISH), look.find(_SIZE)
    if vanish is not None and vanish.get(_VAL, "1").lower() not in _OFF:
        return True
    half_points = size.get(_VAL, "") if size is not None else ""
    return half_points.isdigit() and int(half_points) < _SMALLEST


def _heading_levels(document: WordDocument) -> dict[str, int]:
    """Heading level by style id. Names are English in the file, whatever Word's language is."""
    levels: dict[str, int] = {}
    for style in document.styles:
        current = style
        while current is not None:
            name = current.name or ""
            match = _HEADING.fullmatch(name)
            if match or name.lower() == "title":
                levels[style.style_id] = int(match[1]) if match else 0
                break
            current = getattr(current, "base_style", None)
    return levels


def _level(paragraph: etree._Element, levels: dict[str, int]) -> int | None:
    style = paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
    outline = paragraph.find(f"{qn('w:pPr')}/{qn('w:outlineLvl')}")
    if outline is not None and (value := outline.get(_VAL, "9")).isdigit() and int(value) < 9:
        return int(value) + 1
    return levels.get(style.get(_VAL, "")) if style is not None else None


def _grid(table: etree._Element) -> Iterator[list[str]]:
    """Cells by row; merged cells are repeated, so that every value meets its column title."""
    above: list[str] = []
    for row in table.iterfind(_TR):
        cells: list[str] = []
        for cell in _cells(row):
            span = cell.find(f"{qn('w:tcPr')}/{qn('w:gridSpan')}")
            merge = cell.find(f"{qn('w:tcPr')}/{qn('w:vMerge')}")
            text = " ".join(_text(paragraph) for paragraph in cell.iter(_P))
            if merge is not None and merge.get(_VAL) != "restart" and above:
                text = above[len(cells)] if len(cells) < len(above) else text
            wide = span.get(_VAL, "") if span is not None else ""
            cells += [text] * (min(max(int(wide), 1), 100) if wide.isdigit() else 1)
        yield cells
        above = cells


def _cells(row: etree._Element) -> Iterator[etree._Element]:
    for child in row:
        if child.tag == _TC:
            yield child
        elif child.tag == _SDT:
            for content in child.iterfind(_SDT_CONTENT):
                yield from _cells(content)


def _footnotes(document: WordDocument) -> dict[tuple[str, str | None], str]:
    """Texts of footnotes and endnotes by (kind, id)."""
    found: dict[tuple[str, str | None], str] = {}
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    for kind, relation in (
        ("footnote", RELATIONSHIP_TYPE.FOOTNOTES),
        ("endnote", RELATIONSHIP_TYPE.ENDNOTES),
    ):
        for part in document.part.rels.values():
            if part.reltype != relation or part.is_external:
                continue
            for note in etree.fromstring(part.target_part.blob, parser).iter(qn(f"w:{kind}")):
                text = " ".join(_text(paragraph) for paragraph in note.iter(_P))
                found[kind, note.get(_ID)] = text.strip()
    return found
