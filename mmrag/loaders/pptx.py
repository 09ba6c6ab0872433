"""PowerPoint: a slide is a page, its title the heading, speaker notes passages of their own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pptx
from llama_index.core.schema import Node
from pptx.exc import PythonPptxError
from pptx.shapes.autoshape import Shape
from pptx.shapes.base import BaseShape
from pptx.shapes.graphfrm import GraphicFrame
from pptx.shapes.group import GroupShape
from pptx.slide import Slide

from mmrag.loaders.base import FileReader
from mmrag.loaders.damage import damage_reported
from mmrag.loaders.heartbeat import beat
from mmrag.loaders.limits import check_count, check_zip
from mmrag.loaders.outline import Outline
from mmrag.loaders.rows import cell_text
from mmrag.modalities import FILE_KINDS


class PptxReader(FileReader):
    """Text and tables by slide under (title,), notes under (title, "Notes").

    A slide without a title is called "Slide 3". Charts, SmartArt and pictures are not read.
    """

    def read(self, path: Path, *, source: str) -> list[Node]:
        check_zip(path, self.limits)
        outline = Outline(path, self.limits)
        with damage_reported(path, "presentation", PythonPptxError):
            slides = pptx.Presentation(str(path)).slides
            check_count(path, "pages", len(slides), self.limits.pages)
            for number, slide in enumerate(slides, start=1):
                _add_slide(slide, number, outline)
                beat()
        mimetype = FILE_KINDS["pptx"].mimetype
        return self.text_nodes(outline.close(), path=path, source=source, mimetype=mimetype)


def _add_slide(slide: Slide, number: int, outline: Outline) -> None:
    title = slide.shapes.title
    name = cell_text(title.text_frame.text) if title is not None else ""
    outline.reset()
    outline.enter(1, name, page=number)
    under = () if name else (f"Slide {number}",)
    for shape in _flat(slide.shapes):
        if title is not None and shape.shape_id == title.shape_id:
            continue
        if isinstance(shape, GraphicFrame) and shape.has_table:
            rows = ([cell.text for cell in row.cells] for row in shape.table.rows)
            outline.add_table(rows, page=number, under=under)
        elif isinstance(shape, Shape):
            for paragraph in shape.text_frame.paragraphs:
                outline.add(paragraph.text.replace("\v", "\n"), page=number, under=under)
    notes = slide.notes_slide.notes_text_frame if slide.has_notes_slide else None
    for paragraph in notes.paragraphs if notes is not None else ():
        text = paragraph.text.replace("\v", "\n")
        outline.add(text, page=number, under=(*under, "Notes"))


def _flat(shapes: Iterable[BaseShape]) -> Iterator[BaseShape]:
    for shape in shapes:
        if isinstance(shape, GroupShape):
            yield from _flat(shape.shapes)
        else:
            yield shape
