"""The heading path."""

from __future__ import annotations

from pathlib import Path

from mmrag.loaders.outline import Outline


def test_text_stands_under_the_open_headings() -> None:
    outline = Outline(Path("a.md"))
    outline.add("before")
    outline.enter(1, " A\n title ")
    outline.add("one", under=("Table 1",))
    outline.enter(3, "deep")
    outline.add("two")
    outline.enter(2, "less deep")
    outline.add("three", page=4)
    found = [(block.text, block.heading, block.page) for block in outline.close()]
    assert found == [
        ("before", (), None),
        ("one", ("A title", "Table 1"), None),
        ("two", ("A title", "deep"), None),
        ("three", ("A title", "less deep"), 4),
    ]


def test_headings_with_nothing_beneath_are_kept_as_text() -> None:
    outline = Outline(Path("a.md"))
    outline.enter(1, "A")
    outline.enter(2, "empty")
    outline.enter(2, "full")
    outline.add("text")
    outline.enter(1, "B")
    outline.enter(1, "C")
    outline.reset()
    assert outline.path == ()
    found = [(block.text, block.heading) for block in outline.close()]
    assert found == [("empty", ("A",)), ("text", ("A", "full")), ("B", ()), ("C", ())]
