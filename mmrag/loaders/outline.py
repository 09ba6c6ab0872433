"""The heading path while a document is read from top to bottom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from mmrag.limits import DEFAULT, Limits
from mmrag.loaders.heartbeat import beat
from mmrag.loaders.limits import check_count
from mmrag.loaders.passages import Block
from mmrag.loaders.rows import table_texts
from mmrag.schema import Span

_TITLE_CHARS = 300


class Outline:
    """Collects blocks, each under the headings that stand above it.

    A heading with nothing beneath it would be lost, for headings live in the path of their text
    only; it becomes a block of its own. One that is too long for a title is a paragraph.

    Args:
        path: the file, for errors.
        limits: `elements`, `cells` and `text_chars` hold while the outline grows; beyond them it
            raises LimitExceeded.
    """

    def __init__(self, path: Path, limits: Limits = DEFAULT) -> None:
        self.blocks: list[Block] = []
        self._path, self._limits = path, limits
        self._chars = 0
        self._open: list[tuple[int, Block]] = []
        self._bare = False

    @property
    def path(self) -> tuple[str, ...]:
        """Titles of the headings now open, outermost first."""
        return tuple(title.text for _, title in self._open)

    def enter(
        self, level: int, title: str, *, page: int | None = None, spans: tuple[Span, ...] = ()
    ) -> None:
        """Open a heading; it closes all open ones of the same or a deeper level."""
        title = " ".join(title.split())
        if not title:
            return
        if len(title) > _TITLE_CHARS:
            self.add(title, page=page, spans=spans)
            return
        if self._bare and self._open[-1][0] >= level:
            self.close()
        while self._open and self._open[-1][0] >= level:
            self._open.pop()
        self._open.append((level, Block(title, spans, self.path, page)))
        self._bare = True

    def add(
        self,
        text: str,
        *,
        page: int | None = None,
        spans: tuple[Span, ...] = (),
        whole: bool = False,
        under: tuple[str, ...] = (),
    ) -> None:
        """Add text under the open headings and the further titles `under`."""
        if text.strip():
            beat()
            self._chars += len(text)
            self.check("text_chars", self._chars)
            self.check("elements", len(self.blocks))
            self.blocks.append(Block(text, spans, (*self.path, *under), page, whole))
            self._bare = False

    def add_table(
        self,
        rows: Iterable[Sequence[str]],
        *,
        page: int | None = None,
        under: tuple[str, ...] = (),
    ) -> None:
        """Add a table, a block a row, its first row being the column titles."""
        table: list[Sequence[str]] = []
        cells, chars = 0, self._chars
        for row in rows:
            cells += len(row)
            chars += sum(map(len, row))
            self.check("cells", cells)
            self.check("text_chars", chars)
            table.append(row)
        for text in table_texts(table):
            self.add(text, page=page, whole=True, under=under)

    def check(self, name: str, found: int) -> None:
        """Raise LimitExceeded when `found` is above the limit of that name."""
        check_count(self._path, name, found, getattr(self._limits, name))

    def extend(self, blocks: Iterable[Block]) -> None:
        """Add blocks that carry their whole path already."""
        found = list(blocks)
        self.blocks += found
        self._bare = self._bare and not found

    def close(self) -> list[Block]:
        """Keep the innermost heading as text when nothing stands beneath it; all blocks so far."""
        if self._bare:
            self.blocks.append(self._open[-1][1])
            self._bare = False
        return self.blocks

    def reset(self) -> None:
        """Leave all headings, as at a slide without a title."""
        self.close()
        self._open.clear()
