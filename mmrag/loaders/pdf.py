"""PDF files: passages with a box a line, tables by rows, pictures as image nodes."""

from __future__ import annotations

from pathlib import Path

import pypdfium2
import pypdfium2.raw as pdfium_c
from llama_index.core.schema import Node

from mmrag.loaders.base import FileReader
from mmrag.loaders.heartbeat import beat
from mmrag.loaders.limits import check_count
from mmrag.loaders.outline import Outline
from mmrag.loaders.pdf_hidden import Sight
from mmrag.loaders.pdf_layout import Layout, PageText, texts
from mmrag.loaders.pdf_lines import Box, Upright, page_lines, pictures
from mmrag.loaders.pdf_tables import TableFinder, table_finder
from mmrag.loaders.pdfium import open_pdf
from mmrag.modalities import FILE_KINDS, Modality
from mmrag.schema import BBox, Provenance, build_node

_PICTURE_SHARE = 0.04  # of the page; below it are logos and ornaments
_BACKGROUND_CHARS = 200  # a picture under this much text is a background, or a scan read already

_Region = BBox | None


class PdfReader(FileReader):
    """Text passages page by page, each followed by the pictures of the page.

    A page without text becomes one image node of the whole page (bbox None), which the OCR bridge
    reads. Picture nodes have an empty text and the mimetype of the file; `pixels.picture` renders
    them. A passage ends with its page, so that its boxes lie on one page.
    """

    def read(self, path: Path, *, source: str) -> list[Node]:
        mimetype = FILE_KINDS["pdf"].mimetype
        pages: list[PageText] = []
        regions: dict[int, list[_Region]] = {}
        with open_pdf(path, self.limits) as document, table_finder(path) as tables:
            chars = 0
            for index in range(len(document)):
                page, shown = self._page(path, document, index, tables)
                chars += sum(len(line.text) for line in page.lines)
                check_count(path, "text_chars", chars, self.limits.text_chars)
                beat()
                pages.append(page)
                regions[page.number] = shown
        layout, outline = Layout(pages), Outline(path, self.limits)
        for page in pages:
            layout.add_page(page, outline)
        by_page: dict[int, list[Node]] = {page.number: [] for page in pages}
        for node in self.text_nodes(outline.close(), path=path, source=source, mimetype=mimetype):
            by_page[node.metadata["page"]].append(node)
        for number, shown in regions.items():
            for region in shown:
                by_page[number].append(
                    build_node(
                        "",
                        Provenance(source, page=number, bbox=region),
                        modality=Modality.IMAGE,
                        mimetype=mimetype,
                        path=path,
                    )
                )
        return [node for nodes in by_page.values() for node in nodes]

    def _page(
        self, path: Path, document: pypdfium2.PdfDocument, index: int, tables: TableFinder
    ) -> tuple[PageText, list[_Region]]:
        """The text of a page, and the regions of it that are pictures (None: the whole page)."""
        page = document[index]
        upright = Upright.of(page)
        drawn = pdfium_c.FPDFPage_CountObjects(page)
        check_count(path, "page_objects", drawn, self.limits.page_objects)
        textpage = page.get_textpage()
        check_count(path, "page_objects", textpage.count_chars(), self.limits.page_objects)
        found = tables.find(page, index)
        seen = Sight(page, textpage, upright)
        items = page_lines(textpage, upright, [table.box for table in found], seen.shows)
        text = PageText(index + 1, upright, tuple(items), tuple(found))
        regions: list[_Region]
        if not texts(items) and not any(table.rows for table in found):
            regions = [None] if next(iter(page.get_objects()), None) is not None else []
        else:
            regions = [
                upright.fractions(box)
                for box in pictures(page, upright, share=_PICTURE_SHARE)
                if _text_within(text, box) < _BACKGROUND_CHARS
            ]
        textpage.close()
        page.close()
        return text, regions


def _text_within(page: PageText, box: Box) -> int:
    """Characters of lines whose middle lies in `box`."""
    return sum(
        len(line.text)
        for line in page.lines
        if box[0] <= (line.box[0] + line.box[2]) / 2 <= box[2]
        and box[1] <= (line.box[1] + line.box[3]) / 2 <= box[3]
    )
