"""Citations: parse `[n]` marks, find the quote that supports a claim, verify it.

A claim is supported by a passage when its numbers and names stand there exactly, at least half of
its new words (those that the question did not already say) do, and no word that it repeats from the
question is missing there. The rule accepts no paraphrase that changes a fact; it is lexical on
purpose, for a similarity score calls "monthly fee 30" and "annual fee 30" the same.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from llama_index.core.schema import BaseNode

from mmrag.loaders.sentences import sentences
from mmrag.schema import BBox, Provenance, provenance_of, spans_of, text_of
from mmrag.words import content_words, forms, tokens

MARK = re.compile(r"\[(\d{1,3}(?:\s*,\s*\d{1,3})*)\]")
_WITHIN = re.compile(r"(?<![.!?:]\s)(?<!^)(?<!\w['’])\b[^\W\d_]+(?:['’][^\W\d_]+)?")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")

MIN_NEW_WORDS = 0.5


@dataclass(frozen=True)
class Citation:
    """One numbered source of an answer, cut down to the quote that supports it.

    Attributes:
        n: the number in the answer's text.
        quote: the words in the source, as they stand there.
        verified: the quote was found in the source and supports what cites it.
        score: support, 0..1.
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

    def as_dict(self) -> dict[str, Any]:
        """The JSON form of the command line's contract."""
        row = asdict(self)
        row["bbox"] = list(self.bbox) if self.bbox else None
        row["score"] = round(self.score, 4)
        return row


@dataclass(frozen=True)
class Support:
    """How well a passage supports a claim: 0..1, and why not where it does not."""

    score: float
    verified: bool
    reason: str = ""


def support(claim: str, passage: str, question: str = "") -> Support:
    """Check a claim against the passage it cites.

    Args:
        claim: a sentence of the answer, without its marks.
        passage: what the source says, with its heading where that belongs to it.
        question: its words are no evidence when the claim repeats them.
    """
    there = _all_forms(passage)
    missing_numbers = numbers(claim) - numbers(passage)
    if missing_numbers:
        return Support(
            0.0, False, f"numbers not in the source: {', '.join(sorted(missing_numbers))}"
        )
    missing_names = [name for name in names(claim) if not _stands(name, there)]
    if missing_names:
        return Support(0.0, False, f"names not in the source: {', '.join(missing_names)}")
    asked = _all_forms(question)
    words = content_words(claim)
    if not words:
        return Support(0.0, False, "the claim says nothing")
    repeated = [word for word in words if _stands(word, asked)]
    absent = [word for word in repeated if not _stands(word, there)]
    if absent:
        return Support(0.0, False, f"words of the question not in the source: {', '.join(absent)}")
    new = [word for word in words if not _stands(word, asked)]
    share = sum(_stands(word, there) for word in new) / len(new) if new else 1.0
    if share < MIN_NEW_WORDS:
        return Support(share, False, f"only {share:.0%} of its words stand in the source")
    return Support(share, True)


def numbers(text: str) -> set[str]:
    """The numbers in a text, in one spelling."""
    return {token for token in tokens(text) if token[0].isdigit()}


def names(text: str) -> list[str]:
    """Capitalised words that do not open a sentence, spelt as tokens."""
    words = (match.group() for match in _WITHIN.finditer(text))
    return [t for word in words if word[0].isupper() and len(word) > 1 for t in tokens(word)]


def parse_marks(sentence: str) -> tuple[str, list[int]]:
    """Split a sentence from its `[n]` marks: "Snow fell [2, 3]." -> ("Snow fell.", [2, 3])."""
    marks = [int(n) for match in MARK.finditer(sentence) for n in match.group(1).split(",")]
    bare = re.sub(r"\s+([.,;:!?])", r"\1", MARK.sub("", sentence))
    return " ".join(bare.split()), list(dict.fromkeys(marks))


def cite(node: BaseNode, start: int, end: int, *, n: int, score: float, verified: bool) -> Citation:
    """A citation of characters `start`..`end` of a node, narrowed to their page region or time."""
    text = text_of(node)
    where: Provenance = provenance_of(node).narrowed(spans_of(node), start, end)
    quote = text[start:end].strip()
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
    )


def best_quote(claim: str, node: BaseNode, question: str = "") -> tuple[int, int]:
    """Character range of the one or two sentences in a row that share most with a claim."""
    text = text_of(node)
    offsets = sentences(text) or [(0, len(text))]
    wanted = set(content_words(claim))

    def shared(start: int, end: int) -> float:
        there = _all_forms(text[start:end])
        # a longer quote must earn its length
        return sum(_stands(word, there) for word in wanted) - 0.01 * (end - start) / 100

    ranges = [*offsets, *((a[0], b[1]) for a, b in pairwise(offsets))]
    return max(ranges, key=lambda r: shared(*r))


def _all_forms(text: str) -> frozenset[str]:
    return frozenset(form for token in set(tokens(text)) for form in forms(token))


def _stands(word: str, there: frozenset[str]) -> bool:
    return not forms(word).isdisjoint(there)
