"""A retrieved passage cut into the stretches that a claim may rest on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from llama_index.core.schema import BaseNode

from mmrag.generation.alignment import Setting, leans_back
from mmrag.generation.fence import neutralised
from mmrag.generation.said import Said, said
from mmrag.loaders.sentences import sentences
from mmrag.schema import provenance_of, text_of
from mmrag.words import path_in_words

# The numbers of sections, tables and rows are no facts.
_NUMBERING = re.compile(
    r"^rows? [\d-]+$|^(?:\d+(?:\.\d+)*[.)]?\s+)?(?:(?:table|figure|tabell|figur)\s+\d+\.?)?",
    re.IGNORECASE,
)
_BULLET = re.compile(r"^(?:[-*•–]|\d{1,2}[.)])\s+")


@dataclass(frozen=True)
class Stretch:
    """Characters `start`..`end` of a node's text with what stands around them.

    Attributes:
        pieces: its one or two sentences, as they are embedded.
    """

    start: int
    end: int
    pieces: tuple[str, ...]
    setting: Setting


class Passage:
    """A node's text, its sentences taken apart once however many claims are checked."""

    def __init__(self, node: BaseNode) -> None:
        self.node = node

    @cached_property
    def above(self) -> Said:
        """Heading path and file path, without the numbers of sections and rows."""
        where = provenance_of(self.node)
        parts = [_NUMBERING.sub("", part) for part in where.heading]
        return said(neutralised(". ".join((*parts, path_in_words(where.source)))))

    @cached_property
    def stretches(self) -> list[Stretch]:
        """Each sentence or row, and each two sentences of which the second leans on the first."""
        text = text_of(self.node)
        places = sentences(text)
        pieces = [said(_BULLET.sub("", neutralised(text[a:b]))) for a, b in places]
        found = []
        for n, ((start, end), piece) in enumerate(zip(places, pieces, strict=True)):
            before = _prose(pieces[n - 1]) if n and not piece.row else None
            setting = Setting(piece, self.above, before)
            found.append(Stretch(start, end, (text[start:end],), setting))
            if before is not None and leans_back(piece, before):
                first = places[n - 1][0]
                both = Setting(
                    said(f"{before.text} {piece.text}"),
                    self.above,
                    _prose(pieces[n - 2]) if n > 1 else None,
                    parts=(before, piece),
                )
                pair = (text[slice(*places[n - 1])], text[start:end])
                found.append(Stretch(first, end, pair, both))
        return found


def _prose(piece: Said) -> Said | None:
    return None if piece.row else piece
