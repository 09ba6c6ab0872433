"""Quotes: chosen evidence as it is shown, so that a reader of the answer can follow it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from mmrag.generation.evidence import MAX_QUOTE, Evidence
from mmrag.loaders.rows import is_row
from mmrag.loaders.sentences import sentences
from mmrag.schema import text_of

_LEANS = re.compile(
    r"(he|she|it|they|his|her|its|their|this|these|those|that|han|hon|den|det|de|hans|hennes|dess|"
    r"deras|denna|detta|dessa)\b",
    re.IGNORECASE,
)


def quotes(chosen: Sequence[Evidence]) -> list[Evidence]:
    """The evidence to show, in the order of what was chosen.

    A sentence that opens with a pronoun brings the one before it, which says who or what is meant,
    if the two are not too long together. What overlaps or touches within a passage becomes one
    quote, in the order in which it stands there.
    """
    shown: list[Evidence] = []
    for evidence in map(_with_the_one_before, chosen):
        joined = [one for one in shown if _touches(one, evidence)]
        if not joined:
            shown.append(evidence)
            continue
        parts = [*joined, evidence]
        whole = replace(
            joined[0],
            start=min(part.start for part in parts),
            end=max(part.end for part in parts),
            share=min(1.0, sum(part.share for part in parts)),
        )
        at = shown.index(joined[0])
        shown = [one for one in shown if one not in joined]
        shown.insert(at, whole)
    return shown


def _with_the_one_before(evidence: Evidence) -> Evidence:
    text = text_of(evidence.node)
    if not _LEANS.match(text, evidence.start) or is_row(evidence.text):
        return evidence
    earlier = [start for start, end in sentences(text) if end <= evidence.start]
    if not earlier or len(text[earlier[-1] : evidence.end].split()) > MAX_QUOTE:
        return evidence
    return replace(evidence, start=earlier[-1])


def _touches(one: Evidence, other: Evidence) -> bool:
    if one.node.node_id != other.node.node_id:
        return False
    first, second = sorted((one, other), key=lambda evidence: evidence.start)
    between = text_of(one.node)[first.end : second.start]
    return not between.strip() and not (is_row(one.text) or is_row(other.text))
