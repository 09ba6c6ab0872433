"""From the lines of PDF pages to headings and paragraphs.

Own rules: the layout models that do this better (docling, some 6 GB installed) cost more than mmrag
as a whole, and PyMuPDF is AGPL.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median, quantiles

from mmrag.loaders.outline import Outline
from mmrag.loaders.pdf_lines import Box, Line, Upright
from mmrag.loaders.pdf_order import LABEL_CHARS, reading_order
from mmrag.loaders.pdf_tables import Table
from mmrag.schema import Span

_MARGIN = 0.1  # share of the page height in which running heads and page numbers stand
_HEADING_RATIO = 1.12  # a line this much taller than body text is a heading
_HEADING_CHARS = 150
_BOLD_CHARS = 80

_PAGE_NUMBER = re.compile(
    r"(page|sida|sid\.?|s\.|p\.)?\s*[-–]?\s*\d+\s*[-–]?(\s*(/|of|av)\s*\d+)?", re.I
)
_NUMBER = re.compile(r"\d+")
_CAPTION = re.compile(r"(table|tabell|tab\.)\s+\w", re.I)
_ITEM = re.compile(r"([•‣▪◦●–—*-]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s+\S")
_SENTENCE_END = re.compile(r"[.!?:…][\"'”’)\]]*$")
_SUSPENDED = re.compile(r"(och|eller|samt|and|or|und|oder)\b")


@dataclass(frozen=True)
class PageText:
    """What was found on one page; a number in `items` stands for a table."""

    number: int
    upright: Upright
    items: tuple[Line | int, ...]
    tables: tuple[Table, ...]

    @property
    def lines(self) -> list[Line]:
        return [item for item in self.items if isinstance(item, Line)]


class Layout:
    """Adds pages to an outline, with measures taken from the whole document."""

    def __init__(self, pages: Sequence[PageText]) -> None:
        lines = [line for page in pages for line in page.lines]
        letters: Counter[float] = Counter()
        for line in lines:
            letters[_rounded(line.size)] += len(line.text)
        self._body = letters.most_common(1)[0][0] if letters else 0.0
        self._repeated = _repeated(pages, self._body)
        total = sum(letters.values())
        self._bold_counts = sum(len(line.text) for line in lines if line.bold) < 0.4 * total
        sizes = {_rounded(line.size) for line in lines if self._is_large(line)}
        self._levels = {size: level for level, size in enumerate(sorted(sizes, reverse=True), 1)}

    def add_page(self, page: PageText, outline: Outline) -> None:
        """Add the headings, paragraphs and tables of `page` in reading order."""
        kept = [item for item in page.items if item not in self._repeated[page.number]]
        kept = [item for item in kept if not self._is_page_number(item, page)]
        kept = reading_order(kept)
        gap = _usual_gap([item for item in kept if isinstance(item, Line)])
        paragraph: list[Line] = []
        title: list[Line] = []
        level = 0

        def flush(heading_follows: bool = False) -> None:
            if title:
                text, spans = joined(title, page.upright)
                # A title of the document may be no larger than its chapter headings.
                opens = heading_follows and not outline.path and not outline.blocks
                outline.enter(0 if opens else level, text, page=page.number, spans=spans)
                title.clear()
            if paragraph:
                text, spans = joined(paragraph, page.upright)
                outline.add(text, page=page.number, spans=spans)
                paragraph.clear()

        for position, item in enumerate(kept):
            if isinstance(item, int):
                caption = _pop_caption(paragraph, page.tables[item].box)
                flush()
                _add_table(outline, page, page.tables[item], caption)
                continue
            following = kept[position + 1] if position + 1 < len(kept) else None
            found = self._level(item, paragraph, following, gap)
            if found:
                if paragraph or (title and not _goes_on(title[-1], item, found == level)):
                    flush(heading_follows=True)
                level = found
                title.append(item)
                continue
            if title or (paragraph and _opens_paragraph(paragraph, item, gap)):
                flush()
            paragraph.append(item)
        flush()

    def _is_large(self, line: Line) -> bool:
        return (
            line.size >= _HEADING_RATIO * self._body
            and len(line.text) <= _HEADING_CHARS
            and not line.text.endswith((".", ",", ";"))
            and any(character.isalpha() for character in line.text)
        )

    def _level(
        self, line: Line, before: Sequence[Line], after: Line | int | None, gap: float
    ) -> int:
        """Heading level of a line, 0 for body text."""
        if self._is_large(line):
            return self._levels[_rounded(line.size)]
        stands_alone = (
            self._bold_counts
            and line.bold
            and not line.beside
            and len(line.text) <= _BOLD_CHARS
            and not line.text.endswith((".", ",", ";"))
            and any(character.isalpha() for character in line.text)
            and line.size >= 0.95 * self._body
            and not (isinstance(after, Line) and (after.bold or after.beside))
            and (not before or line.box[1] - before[-1].box[3] > gap + 0.2 * line.size)
        )
        return len(self._levels) + 1 if stands_alone and after is not None else 0

    def _is_page_number(self, item: Line | int, page: PageText) -> bool:
        return (
            isinstance(item, Line)
            and _in_margin(item, page.upright)
            and _PAGE_NUMBER.fullmatch(item.text) is not None
        )


def joined(lines: Sequence[Line], upright: Upright) -> tuple[str, tuple[Span, ...]]:
    """One paragraph from its lines, with a span a line. A word parted at a line end is mended."""
    text = ""
    spans: list[Span] = []
    for line in lines:
        if text:
            first = line.text[0]
            broken = len(text) > 1 and text[-1] == "-" and text[-2].isalpha() and not line.beside
            if broken and first.islower() and not _SUSPENDED.match(line.text):
                text = text[:-1]
                last = spans[-1]
                spans[-1] = Span(last.start, last.end - 1, last.bbox)
            elif not (broken and first.isupper()):
                text += " "
        start = len(text)
        text += line.text
        spans.append(Span(start, len(text), upright.fractions(line.box)))
    return text, tuple(spans)


def _rounded(size: float) -> float:
    return round(size * 2) / 2


def _in_margin(line: Line, upright: Upright) -> bool:
    middle = (line.box[1] + line.box[3]) / 2 / upright.size[1]
    return middle < _MARGIN or middle > 1 - _MARGIN


def _repeated(pages: Sequence[PageText], body: float) -> dict[int, set[Line | int]]:
    """Running heads and feet by page: the same text in the margin of many pages.

    A number in it may count along with the pages. Large text must be the same to the letter, for
    "Object 1", "Object 2" at the head of pages are titles.
    """
    seen: dict[tuple[str, bool], dict[int, Line]] = defaultdict(dict)
    for page in pages:
        for line in page.lines:
            if _in_margin(line, page.upright):
                top = line.box[1] < page.upright.size[1] / 2
                for key in _keys(line, page.number, body):
                    seen[key, top][page.number] = line
    found: dict[int, set[Line | int]] = defaultdict(set)
    for lines in seen.values():
        if len(lines) >= max(3, 0.4 * len(pages)):
            for number, line in lines.items():
                found[number].add(line)
    return found


def _keys(line: Line, page: int, body: float) -> set[str]:
    keys = {line.text}
    if line.size < _HEADING_RATIO * body:
        for match in _NUMBER.finditer(line.text):
            if len(match[0]) < 6:
                offset = int(match[0]) - page
                keys.add(f"{line.text[: match.start()]}\0{offset}\0{line.text[match.end() :]}")
    return keys


def _usual_gap(lines: Sequence[Line]) -> float:
    """White space between the lines of one paragraph, in points."""
    gaps = [
        after.box[1] - before.box[3]
        for before, after in pairwise(lines)
        if after.box[1] > before.box[1] and not after.beside
    ]
    if len(gaps) < 2:
        return gaps[0] if gaps and lines and gaps[0] < 0.5 * lines[0].size else 0.0
    heights = median(line.size for line in lines)
    return min(quantiles(gaps, n=4)[0], 1.3 * heights)


def _opens_paragraph(paragraph: Sequence[Line], line: Line, gap: float) -> bool:
    before, height = paragraph[-1], line.size
    if line.beside:
        return False
    if before.beside:  # rows of a table without rules stay apart
        return True
    if abs(before.size - height) > 0.12 * height:
        return True
    ended = _SENTENCE_END.search(before.text) is not None
    if line.box[1] < before.box[1]:  # on to the next column
        return ended or len(before.text) <= LABEL_CHARS
    if line.box[1] - before.box[3] > gap + 0.35 * height:
        return True
    if _ITEM.match(line.text):
        return not before.text.endswith("-")
    right = max(one.box[2] for one in (*paragraph, line))
    width = right - min(one.box[0] for one in paragraph)
    room = right - before.box[2]
    if ended and (room > 0.2 * width or line.box[0] - before.box[0] > 0.8 * height):
        return True
    return room > 0.4 * width and not line.text[0].islower()


def _goes_on(before: Line, line: Line, same_level: bool) -> bool:
    """Whether a heading line continues the one before."""
    aligned = any(
        abs(one - other) < 0.5 * line.size
        for one, other in (
            (before.box[0], line.box[0]),
            (before.box[0] + before.box[2], line.box[0] + line.box[2]),
        )
    )
    gap = line.box[1] - before.box[3]
    return same_level and (line.beside or (aligned and abs(gap) < 0.35 * line.size))


def _pop_caption(paragraph: list[Line], table: Box) -> tuple[str, ...]:
    """Take a caption such as "Table 3. Prices" that stands right above the table."""
    if len(paragraph) == 1 and _CAPTION.match(paragraph[0].text):
        line = paragraph[0]
        if -line.size < table[1] - line.box[3] < 3 * line.size:
            paragraph.clear()
            return (line.text,)
    return ()


def _add_table(outline: Outline, page: PageText, table: Table, caption: tuple[str, ...]) -> None:
    for text, box in table.rows:
        span = Span(0, len(text), page.upright.fractions(box))
        outline.add(text, page=page.number, spans=(span,), whole=True, under=caption)


def texts(items: Iterable[Line | int]) -> str:
    """The bare text of `items`, to see whether a page has any."""
    return "".join(item.text for item in items if isinstance(item, Line))
