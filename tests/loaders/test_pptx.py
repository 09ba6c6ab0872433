"""PowerPoint: slides as pages, titles, tables, groups, notes."""

from __future__ import annotations

from pathlib import Path

import pptx
import pytest
from pptx.util import Inches

from mmrag.errors import LimitExceeded
from mmrag.loaders.limits import Limits
from mmrag.loaders.pptx import PptxReader
from mmrag.schema import provenance_of, text_of


def test_slides(tmp_path: Path) -> None:
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text = "Clocks"
    slide.placeholders[1].text = "Wind them.\nOil them."
    slide.notes_slide.notes_text_frame.text = "Tell the joke."
    plain = deck.slides.add_slide(deck.slide_layouts[6])
    box = Inches(1), Inches(1), Inches(2), Inches(1)
    table = plain.shapes.add_table(2, 2, *box).table
    for row, cells in enumerate((("Item", "Year"), ("Cuckoo", "1811"))):
        for column, text in enumerate(cells):
            table.cell(row, column).text = text
    group = plain.shapes.add_group_shape()
    group.shapes.add_textbox(*box).text_frame.text = "In a group."
    title_only = deck.slides.add_slide(deck.slide_layouts[5])
    title_only.shapes.title.text = "The end"
    path = tmp_path / "a.pptx"
    deck.save(str(path))

    nodes = PptxReader().read(path, source="s")
    found = [(provenance_of(n).page, provenance_of(n).heading, text_of(n)) for n in nodes]
    assert found == [
        (1, ("Clocks",), "Wind them.\nOil them."),
        (1, ("Clocks", "Notes"), "Tell the joke."),
        (2, ("Slide 2",), "Item: Cuckoo; Year: 1811\nIn a group."),
        (3, (), "The end"),
    ]
    with pytest.raises(LimitExceeded, match="has 3 pages; limit pages=2"):
        PptxReader(limits=Limits(pages=2)).read(path, source="s")
