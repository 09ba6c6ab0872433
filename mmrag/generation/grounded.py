"""Answers worded by a language model: each citation verified, what is unsupported dropped."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from llama_index.core.schema import NodeWithScore

from mmrag.generation.answer import Answer, abstention
from mmrag.generation.citations import (
    Citation,
    Support,
    best_quote,
    cite,
    parse_marks,
    support,
)
from mmrag.generation.fence import neutralised
from mmrag.generation.prompt import NOT_FOUND_WORDS
from mmrag.loaders.sentences import sentences
from mmrag.schema import SURROGATE, provenance_of, text_of

# "Snow fell. [2]" belongs together as much as "Snow fell [2]." does.
_MARK_AFTER_STOP = re.compile(r"([.!?])\s*(\[[\d, ]+\](?:\s*\[[\d, ]+\])*)")
_THINKING = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL | re.IGNORECASE)
# In capitals anywhere, or alone; a sentence may well tell of something that was not found.
_NOT_FOUND = re.compile(
    rf"\b{NOT_FOUND_WORDS}\b|^\W*(?i:{NOT_FOUND_WORDS})(?:\W*$|[.:])", re.MULTILINE
)


@dataclass(frozen=True)
class _Claim:
    """A sentence of the reply that survived, with the hit that supports it."""

    text: str
    hit: int
    support: Support


def grounded_answer(
    question: str,
    reply: str,
    hits: Sequence[NodeWithScore],
    *,
    model: str,
    confidence: float,
) -> Answer:
    """Check a model's reply sentence by sentence against what it cites.

    A sentence whose own citation does not support it is given the source that does, if there is
    one among `hits`; otherwise it is dropped. Nothing left means nothing is answered.
    """
    reply = _MARK_AFTER_STOP.sub(r" \2\1 ", _THINKING.sub("", reply)).strip()
    if not reply or _NOT_FOUND.search(reply):
        return abstention("llm", model, confidence)
    claims = [
        claim
        for start, end in sentences(reply)
        if (claim := _supported(reply[start:end], question, hits)) is not None
    ]
    if not claims:
        return abstention("llm", model, confidence)
    order = {hit: n for n, hit in enumerate(dict.fromkeys(c.hit for c in claims), start=1)}
    citations = [_citation(hit, n, claims, question, hits) for hit, n in order.items()]
    text = " ".join(f"{c.text} [{order[c.hit]}]" for c in claims)
    return Answer(text, False, "llm", model, tuple(citations), confidence)


def _supported(sentence: str, question: str, hits: Sequence[NodeWithScore]) -> _Claim | None:
    bare, marks = parse_marks(sentence)
    if not bare:
        return None
    usable = [i for i, hit in enumerate(hits) if not hit.node.metadata.get(SURROGATE)]
    cited = [n - 1 for n in marks if n - 1 in usable]
    others = [i for i in usable if i not in cited]
    for group in (cited, others):
        judged = [(i, support(bare, _passage(hits[i]), question)) for i in group]
        passed = [(i, s) for i, s in judged if s.verified]
        if passed:
            hit, best = max(passed, key=lambda pair: (pair[1].score, -pair[0]))
            return _Claim(bare, hit, best)
    return None


def _citation(
    hit: int, n: int, claims: Sequence[_Claim], question: str, hits: Sequence[NodeWithScore]
) -> Citation:
    resting = [claim for claim in claims if claim.hit == hit]
    node = hits[hit].node
    start, end = best_quote(" ".join(claim.text for claim in resting), node, question)
    score = min(claim.support.score for claim in resting)
    return cite(node, start, end, n=n, score=score, verified=True)


def _passage(hit: NodeWithScore) -> str:
    where = provenance_of(hit.node)
    return neutralised(" ".join((*where.heading, text_of(hit.node))))
