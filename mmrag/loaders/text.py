"""Plain text, and how bytes of any text file become characters."""

from __future__ import annotations

import codecs
import itertools
import re
from pathlib import Path

from charset_normalizer import from_bytes
from llama_index.core.schema import Node

from mmrag.errors import CorruptFile
from mmrag.loaders.base import FileReader
from mmrag.loaders.limits import DEFAULT, Limits, check_count, check_file
from mmrag.loaders.passages import Block
from mmrag.modalities import FILE_KINDS

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# charset-normalizer reads a short Swedish or French Latin-1 text as cp852 or cp1250; text whose
# high bytes are all common Western letters and signs is therefore taken as cp1252 first.
_WESTERN = frozenset(
    "àáâãäåæçèéêëìíîïñòóôõöøùúûüýÿßœÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝŒ’‘“”–—…•«»°§£€©®·´½¼¾¡¿\u00a0"
)
_UNWRAPPED = re.compile(r"\s|[-*•–—+>#|]\s?|\(?\w{1,3}[.)]\s")  # how a line opens that stands alone
_PROBED = 1 << 18  # bytes by which an encoding is told
_RAGGED = 0.15  # share of the width that a wrapped line leaves free
PARAGRAPHS = re.compile(r"\n[^\S\n]*\n\s*")


def read_text(path: Path, limits: Limits = DEFAULT) -> str:
    """The characters of a text file, with line breaks as "\\n".

    Tried in order: byte order mark, UTF-8, Western cp1252, then what charset-normalizer finds.

    Raises:
        CorruptFile: no encoding fits.
    """
    check_file(path, limits)
    text = decode(path, path.read_bytes())
    check_count(path, "text_chars", len(text), limits.text_chars)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def decode(path: Path, data: bytes) -> str:
    """`data` as characters; `path` only names the file in an error."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError as exc:
                raise CorruptFile(path, f"begins like {encoding} but is not: {exc}") from exc
    try:
        return data.decode()
    except UnicodeDecodeError:
        pass
    western = data.decode("cp1252", errors="replace")
    if _WESTERN.issuperset(character for character in western if not character.isascii()):
        return western
    best = from_bytes(data[:_PROBED]).best()
    if best is None:
        raise CorruptFile(path, "is in no known text encoding; save it as UTF-8")
    return data.decode(best.encoding, errors="replace")


class PlainTextReader(FileReader):
    """Paragraphs of a plain text file; a form feed begins a new page."""

    def read(self, path: Path, *, source: str) -> list[Node]:
        text = read_text(path, self.limits)
        check_count(path, "pages", text.count("\f") + 1, self.limits.pages)
        check_count(path, "elements", text.count("\n\n"), self.limits.elements)
        sheets = text.split("\f")
        blocks = (
            Block(unwrapped(paragraph), page=number if len(sheets) > 1 else None)
            for number, sheet in enumerate(sheets, start=1)
            for paragraph in PARAGRAPHS.split(sheet)
            if paragraph.strip()
        )
        mimetype = FILE_KINDS["text"].mimetype
        return self.text_nodes(blocks, path=path, source=source, mimetype=mimetype)


def unwrapped(paragraph: str) -> str:
    """Join the lines of a paragraph that was wrapped at a fixed width.

    A line goes on in the next one when it is nearly as long as the longest, or when the next one
    begins in lower case, but never in a list item or an indented line.
    """
    lines = paragraph.strip("\n").split("\n")
    width = max(len(line.rstrip()) for line in lines)
    joined = lines[0].rstrip()
    for before, line in itertools.pairwise(lines):
        room = width - len(before.rstrip())
        full = room <= max(len(line.split(" ", 1)[0]), _RAGGED * width) or line[:1].islower()
        wrapped = 40 <= width <= 120 and full and not _UNWRAPPED.match(line)
        joined += (" " if wrapped else "\n") + line.rstrip()
    return joined
