"""Answers and hits as the page shows them: plain data, of which the browser makes text nodes."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import Any

from mmrag import Answer, Citation, SearchHit
from mmrag.generation.citations import MARK, parse_marks
from mmrag.generation.lookalikes import visible
from mmrag_connectors.web.places import TOLD, file_name, place

SNIPPET = 280
"""Characters of a passage in a list."""

Piece = str | int
"""Of an answer: words, or the number of a citation, which the page shows as a button."""


def pieces(text: str, known: frozenset[int]) -> list[Piece]:
    """An answer cut at its marks: "Snow fell [1, 2]." -> ["Snow fell", 1, 2, "."].

    Args:
        known: numbers that are cited; a mark of others stays text.
    """
    found: list[Piece] = []
    at = 0
    for mark in MARK.finditer(text):
        numbers = [n for n in parse_marks(mark.group())[1] if n in known]
        if numbers:
            found += [text[at : mark.start()].rstrip(" "), *numbers]
            at = mark.end()
    found.append(text[at:])
    return [piece for piece in found if piece != ""]


@dataclass(frozen=True)
class Item:
    """Something that opens in the panel: a citation, or a passage that was found."""

    id: str
    name: str
    source: str
    place: str
    modality: str
    words: str
    told: str

    def as_dict(self) -> dict[str, Any]:
        """What the browser gets."""
        return dict(vars(self))


def citation_view(citation: Citation) -> dict[str, Any]:
    """A citation: what opens it, its quote, and whether it holds."""
    item = Item(
        id=citation.node_id,
        name=file_name(citation.source),
        source=visible(citation.source),
        place=place(citation, citation.section),
        modality=citation.modality,
        words=_short(citation.quote),
        told=TOLD.get(citation.kind, ""),
    )
    return {
        **item.as_dict(),
        "n": citation.n,
        "verified": citation.verified,
        "quote": [citation.start, citation.end],
    }


def hit_view(hit: SearchHit) -> dict[str, Any]:
    """A passage, picture or recording that was found."""
    return Item(
        id=hit.id,
        name=file_name(hit.source),
        source=visible(hit.source),
        place=place(hit, hit.section),
        modality=hit.modality,
        words=_short(hit.text),
        told="",
    ).as_dict()


def answer_view(answer: Answer) -> dict[str, Any]:
    """A whole answer with its citations, and who worded it."""
    cited = frozenset(citation.n for citation in answer.citations)
    return {
        "text": visible(answer.text),
        "pieces": pieces(visible(answer.text), cited),
        "abstained": answer.abstained,
        "citations": [citation_view(citation) for citation in answer.citations],
        "note": visible(answer.note),
        "dropped": [[visible(one.text), one.reason] for one in answer.dropped],
        "by": _by(answer),
    }


def sentence_view(sentence: str) -> list[Piece]:
    """A sentence while the answer is written; what it cites is shown, and opens at the end."""
    marks = frozenset(parse_marks(sentence)[1])
    return pieces(visible(sentence), marks)


def _by(answer: Answer) -> str:
    if answer.mode == "llm":
        return f"Worded by {visible(answer.model or 'a language model')}, checked against the files"
    return "Sentences as they stand in the files"


def _short(text: str) -> str:
    return textwrap.shorten(visible(text), SNIPPET, placeholder=" …")
