"""Retrieved hits without what speaks to the machine: the one door to all that writes answers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from llama_index.core.schema import BaseNode, MediaResource, Node, NodeWithScore

from mmrag.generation.fence import label, neutralised
from mmrag.generation.suspicion import SUSPECT, Range, suspect_ranges, suspicion
from mmrag.schema import HEADING, VIA, Provenance, text_of
from mmrag.words import content_words

_BETWEEN = re.compile(r"[\W_]+")  # words of a name
UNNAMED = "a file whose name is left out"


def name_for_reader(source: str) -> str:
    """A file's path as one harmless line; a name that is an instruction is not told at all."""
    return label(source) if suspicion(_BETWEEN.sub(" ", source)) < SUSPECT else UNNAMED


def place_for_reader(where: Provenance) -> str:
    """Where something stands, as one harmless line: file, page or time, headings."""
    parts = [name_for_reader(where.source)]
    if where.page is not None:
        parts.append(f"page {where.page}")
    if where.start_ms is not None and where.end_ms is not None:
        parts.append(f"from {where.start_ms / 1000:.0f} s to {where.end_ms / 1000:.0f} s")
    return label(", ".join((*parts, *where.heading)))


def text_for_reader(text: str, *, whole: bool) -> str:
    """Retrieved text as harmless data, its suspicious parts left out.

    Args:
        whole: lines mean nothing in it, as in a poster or in speech: one such part spoils it all.
    """
    return neutralised(_blanked(text, suspect_ranges(text, whole=whole))).strip()


def disarmed(hits: Sequence[NodeWithScore], *, sources: int) -> tuple[list[NodeWithScore], int]:
    """The hits with their suspicious parts blanked out, and how many of them had any.

    Blanks are as long as what stood there, so that offsets into the text, regions and times stay
    right. A hit of which nothing is left goes to the end, so that attacks do not crowd out what
    could be quoted. The hits given are not changed.

    Args:
        sources: how many hits may be quoted or shown; what comes after them is not looked at.
    """
    good: list[NodeWithScore] = []
    empty: list[NodeWithScore] = []
    count = looked = 0
    for hit in hits:
        if len(good) == sources:
            break
        looked += 1
        kept = _disarmed(hit)
        count += kept is not hit
        spoilt = kept is not hit and not content_words(text_of(kept.node))
        (empty if spoilt else good).append(kept)
    return [*good, *hits[looked:], *empty], count


def _disarmed(hit: NodeWithScore) -> NodeWithScore:
    text = text_of(hit.node)
    # the lines of a poster and the sentences of a talk are where its words happen to break
    found = suspect_ranges(text, whole=VIA in hit.node.metadata)
    heading = str(hit.node.metadata.get(HEADING) or "")
    headed = suspicion(heading) >= SUSPECT
    if not found and not headed:
        return hit
    return NodeWithScore(node=_with(hit.node, _blanked(text, found), headed), score=hit.score)


def _blanked(text: str, ranges: Sequence[Range]) -> str:
    for start, end in ranges:
        text = f"{text[:start]}{_blank(text[start:end])}{text[end:]}"
    return text


def _blank(text: str) -> str:
    return "".join("\n" if character == "\n" else " " for character in text)


def _with(node: BaseNode, text: str, headed: bool) -> BaseNode:
    copy = node.model_copy()
    copy.metadata = {k: v for k, v in node.metadata.items() if not (headed and k == HEADING)}
    if isinstance(copy, Node):
        copy.text_resource = MediaResource(text=text)
    else:
        copy.set_content(text)
    return copy
