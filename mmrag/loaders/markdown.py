"""Markdown (CommonMark with tables): text under its headings, code blocks kept as they stand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from llama_index.core.schema import Node
from markdown_it import MarkdownIt
from markdown_it.token import Token

from mmrag.loaders.base import FileReader
from mmrag.loaders.html import add_html
from mmrag.loaders.limits import check_count
from mmrag.loaders.outline import Outline
from mmrag.loaders.text import read_text
from mmrag.modalities import FILE_KINDS

_FRONT_MATTER = re.compile(r"\A---[^\S\n]*\n(.*?)\n(?:---|\.\.\.)[^\S\n]*(?:\n|\Z)", re.DOTALL)


class MarkdownReader(FileReader):
    """Passages under the heading path; front matter comes first, as text of its own."""

    def read(self, path: Path, *, source: str) -> list[Node]:
        text = read_text(path, self.limits)
        check_count(path, "elements", text.count("\n"), self.limits.elements)
        outline = Outline(path, self.limits)
        front = _FRONT_MATTER.match(text)
        if front:
            outline.add(front[1], under=("front matter",))
            text = text[front.end() :]
        add_tokens(MarkdownIt("commonmark").enable("table").parse(text), outline)
        mimetype = FILE_KINDS["markdown"].mimetype
        return self.text_nodes(outline.close(), path=path, source=source, mimetype=mimetype)


def add_tokens(tokens: Sequence[Token], outline: Outline) -> None:
    """Add the block tokens of markdown-it to `outline`."""
    level = 0
    table: list[list[str]] | None = None
    for token in tokens:
        if token.type == "heading_open":
            level = int(token.tag[1:])
        elif token.type == "inline":
            text = _plain(token.children or ())
            if table is not None:
                table[-1].append(text)
            elif level:
                outline.enter(level, text)
            else:
                outline.add(text)
        elif token.type == "heading_close":
            level = 0
        elif token.type in {"fence", "code_block"}:
            outline.add(token.content.rstrip("\n"))
        elif token.type == "html_block":
            add_html(token.content, outline)
        elif token.type == "table_open":
            table = []
        elif token.type == "tr_open" and table is not None:
            table.append([])
        elif token.type == "table_close" and table is not None:
            outline.add_table(table)
            table = None


def _plain(children: Sequence[Token]) -> str:
    """The words of inline tokens; a wrapped line goes on, a hard break ends the line."""
    parts = []
    for child in children:
        if child.type in {"text", "code_inline"}:
            parts.append(child.content)
        elif child.type == "softbreak":
            parts.append(" ")
        elif child.type == "hardbreak":
            parts.append("\n")
        elif child.type == "image":
            parts.append(_plain(child.children or ()))
    return "".join(parts)
