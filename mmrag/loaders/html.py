"""HTML pages: text under its headings, without menus, scripts and marginal matter."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bs4 import BeautifulSoup
from bs4.element import NavigableString, PreformattedString, Tag
from llama_index.core.schema import Node

from mmrag.loaders.base import FileReader
from mmrag.loaders.html_hidden import drop_hidden
from mmrag.loaders.limits import check_count, check_file
from mmrag.loaders.outline import Outline
from mmrag.modalities import FILE_KINDS

_DROPPED = "nav footer script style aside noscript template svg iframe object head button".split()
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_INLINE_NAMES = """
a abbr b bdi bdo cite code data del dfn em font i img ins kbd label mark q ruby rb rt rp s samp
small span strike strong sub sup time tt u var wbr
"""
_INLINE = frozenset(_INLINE_NAMES.split())
_CELLS = ["td", "th"]


class HtmlReader(FileReader):
    """Passages under the path of h1..h6. Nothing that the page refers to is fetched."""

    def read(self, path: Path, *, source: str) -> list[Node]:
        size = check_file(path, self.limits)
        check_count(path, "html_bytes", size, self.limits.html_bytes)
        outline = Outline(path, self.limits)
        add_html(path.read_bytes(), outline)
        mimetype = FILE_KINDS["html"].mimetype
        return self.text_nodes(outline.close(), path=path, source=source, mimetype=mimetype)


def add_html(data: bytes | str, outline: Outline) -> None:
    """Add the text of a page to `outline`. Its title serves where it has no h1."""
    outline.check("elements", data.count(b"<") if isinstance(data, bytes) else data.count("<"))
    soup = BeautifulSoup(data, "lxml")
    title = soup.title.get_text() if soup.title else ""
    drop_hidden(soup)
    for tag in soup.find_all(_DROPPED):
        if not tag.decomposed:
            tag.decompose()
    if title.strip() and soup.h1 is None:
        outline.enter(0, title)
    body = soup.body or soup
    main = body.find("main")
    if isinstance(main, Tag) and 2 * len(main.get_text()) > len(body.get_text()):
        body = main  # by the HTML standard what stands beside it belongs to the whole site
    _Walk(outline).run(body)


class _Walk:
    """Goes through the tree without recursion, which hostile nesting would exhaust."""

    def __init__(self, outline: Outline) -> None:
        self._outline = outline
        self._text: list[str] = []

    def run(self, root: Tag) -> None:
        todo: list[Iterator[object]] = [iter(root.children)]
        ends: list[bool] = [True]
        while todo:
            child = next(todo[-1], None)
            if child is None:
                todo.pop()
                if ends.pop():
                    self._flush()
            elif isinstance(child, NavigableString):
                if not isinstance(child, PreformattedString):
                    self._text.append(str(child))
            elif isinstance(child, Tag) and not self._special(child):
                block = child.name not in _INLINE
                if block:
                    self._flush()
                todo.append(iter(child.children))
                ends.append(block)

    def _special(self, tag: Tag) -> bool:
        """Handle a tag as a whole; False when its children are to be walked."""
        if tag.name in _HEADINGS:
            self._flush()
            self._outline.enter(_HEADINGS[tag.name], tag.get_text(" "))
        elif tag.name == "br":
            self._text.append("\0")
        elif tag.name == "pre":
            self._flush()
            self._outline.add(tag.get_text().strip("\n"))
        elif tag.name == "table" and not _is_layout(tag):
            self._flush()
            self._table(tag)
        else:
            return False
        return True

    def _flush(self) -> None:
        lines = (" ".join(line.split()) for line in "".join(self._text).split("\0"))
        self._outline.add("\n".join(line for line in lines if line))
        self._text.clear()

    def _table(self, table: Tag) -> None:
        caption = table.caption.get_text(" ") if table.caption else ""
        under = (" ".join(caption.split()),) if caption.strip() else ()
        self._outline.add_table(_grid(table), under=under)


def _is_layout(table: Tag) -> bool:
    """Tables that only place things: nested ones, or with a single column or row."""
    if table.find("table") is not None:
        return True
    rows = table.find_all("tr")
    widths = [len(row.find_all(_CELLS, recursive=False)) for row in rows]
    return table.find(list(_HEADINGS)) is not None or len(rows) < 2 or max(widths, default=0) < 2


def _grid(table: Tag) -> Iterator[list[str]]:
    """Cells by row, with spanned cells repeated, so that every value meets its column title."""
    hanging: dict[int, tuple[int, str]] = {}  # column: rows still to fill, text

    for row in table.find_all("tr"):
        cells: list[str] = []

        def fill(cells: list[str] = cells) -> None:
            while len(cells) in hanging:
                rows, text = hanging.pop(len(cells))
                if rows > 1:
                    hanging[len(cells)] = rows - 1, text
                cells.append(text)

        for cell in row.find_all(_CELLS, recursive=False):
            fill()
            text = cell.get_text(" ")
            down = _span(cell, "rowspan")
            for _ in range(_span(cell, "colspan")):
                if down > 1:
                    hanging[len(cells)] = down - 1, text
                cells.append(text)
        fill()
        yield cells


def _span(cell: Tag, name: str) -> int:
    value = str(cell.get(name, "1"))
    return min(max(int(value), 1), 100) if value.isascii() and value.isdigit() else 1
