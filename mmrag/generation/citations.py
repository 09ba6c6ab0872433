"""Citations: the `[n]` marks of an answer, and the numbered quotes that they point to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from llama_index.core.schema import BaseNode

from mmrag.schema import (
    MODALITY,
    SIDECAR,
    SURROGATE,
    VIA,
    BBox,
    Provenance,
    provenance_of,
    spans_of,
    text_of,
)
from mmrag.words import tokens

_LIST = r"\d{1,3}(?:\s*(?:[,;]|[-–—]|and|och|&)\s*(?:sources?|källa|källorna)?\s*\d{1,3})*"
# [1], [1, 3], [1-3], [Source 2], [^1]; 【1】 and 【1†source】 as some models write; (source 2). A
# bare (2) is far too often no citation.
MARK = re.compile(
    rf"[\[【［](?:\^|(?:sources?|källa|källor|ref)\.?:?\s*)?#?({_LIST})"
    r"(?:†[^\]】］]{0,40})?[\]】］]"
    rf"|\((?:sources?|källa|källor)\.?:?\s*({_LIST})\)",
    re.IGNORECASE,
)
_RANGE = re.compile(r"(\d+)\s*[-–—]\s*(\d+)|(\d+)")
WIDEST = 50
"""Sources that a range may span; [1-999] is no citation."""
_WITHIN = re.compile(r"(?<![.!?:]\s)(?<!^)(?<!\w['’])\b[^\W\d_]+(?:['’][^\W\d_]+)?")

_KINDS = {"asr": "transcript", SIDECAR: "description"}


@dataclass(frozen=True)
class Citation:
    """One numbered source of an answer, cut down to the quote that supports it.

    Attributes:
        n: the number in the answer's text.
        quote: the words in the source, as they stand there.
        verified: the quote was found in the source and supports what cites it.
        score: support, 0..1.
        modality: of the source: "text", "image", "audio", "video", "depth", "thermal" or "imu".
        kind: what the quoted text is: "text" as it stands there, "ocr", "transcript", "subtitles",
            "caption" by a model, "description" by whoever laid it beside the file, "metadata",
            "measured" by a sensor, or "stand-in", the name of a file without words.
        start, end: characters of the quote in the text of the node.
    """

    n: int
    source: str
    page: int | None
    bbox: BBox | None
    start_ms: int | None
    end_ms: int | None
    section: str | None
    quote: str
    verified: bool
    score: float
    node_id: str = ""
    modality: str = "text"
    kind: str = "text"
    start: int = 0
    end: int = 0

    def as_dict(self) -> dict[str, Any]:
        """The JSON form of the command line's contract."""
        row = asdict(self)
        row["bbox"] = list(self.bbox) if self.bbox else None
        row["score"] = round(self.score, 4)
        return row


def numbers(text: str) -> set[str]:
    """The numbers in a text, in one spelling."""
    return {token for token in tokens(text) if token[0].isdigit()}


def names(text: str) -> list[str]:
    """Capitalised words that do not open a sentence, spelt as tokens."""
    words = (match.group() for match in _WITHIN.finditer(text))
    return [t for word in words if word[0].isupper() and len(word) > 1 for t in tokens(word)]


def parse_marks(sentence: str) -> tuple[str, list[int]]:
    """Split a sentence from its `[n]` marks: "Snow fell [2, 4-5]." -> ("Snow fell.", [2, 4, 5])."""
    marks = [n for match in MARK.finditer(sentence) for n in _listed(match[1] or match[2])]
    bare = re.sub(r"\s+([.,;:!?])", r"\1", MARK.sub("", sentence))
    return " ".join(bare.split()), list(dict.fromkeys(marks))


def _listed(text: str) -> Iterator[int]:
    for first, last, alone in _RANGE.findall(text):
        if alone:
            yield int(alone)
        elif 0 <= int(last) - int(first) < WIDEST:
            yield from range(int(first), int(last) + 1)


def cite(node: BaseNode, start: int, end: int, *, n: int, score: float, verified: bool) -> Citation:
    """A citation of characters `start`..`end` of a node, narrowed to their page region or time."""
    text = text_of(node)
    quote = text[start:end].strip()
    start += len(text[start:end]) - len(text[start:end].lstrip())
    end = start + len(quote)
    where: Provenance = provenance_of(node).narrowed(spans_of(node), start, end)
    return Citation(
        n=n,
        source=where.source,
        page=where.page,
        bbox=where.bbox,
        start_ms=where.start_ms,
        end_ms=where.end_ms,
        section=" > ".join(where.heading) or None,
        quote=quote,
        verified=verified and bool(quote),
        score=score,
        node_id=node.node_id,
        modality=str(node.metadata.get(MODALITY, "text")),
        kind=kind_of(node),
        start=start,
        end=end,
    )


def kind_of(node: BaseNode) -> str:
    """What the text of a node is; see `Citation.kind`."""
    if node.metadata.get(SURROGATE):
        return "stand-in"
    via = node.metadata.get(VIA)
    return _KINDS.get(str(via), str(via)) if via else "text"
