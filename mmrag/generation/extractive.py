"""Answers without a language model: the best quotes as they stand, each with its citation."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from llama_index.core.schema import NodeWithScore

from mmrag.generation.abstain import confidence
from mmrag.generation.answer import Answer, abstention
from mmrag.generation.citations import Citation, cite
from mmrag.generation.evidence import Embed, Evidence, gather, select
from mmrag.generation.fence import quoted
from mmrag.generation.quotes import quotes
from mmrag.generation.reader import Reader
from mmrag.schema import text_of


def extractive_answer(
    question: str,
    hits: Sequence[NodeWithScore],
    embed: Embed,
    *,
    abstain_below: float,
    sources: int = 8,
    said: Collection[str] = (),
    reader: Reader | None = None,
) -> Answer:
    """Answer with quotes from the sources, or abstain.

    Args:
        embed: gives unit vectors for texts.
        abstain_below: the lowest confidence that still answers.
        sources: how many of the hits may be quoted.
        said: quotes that were answered before and are not to be repeated; a part of one may be.
        reader: reads the sources, where there is one.
    """
    found = [
        evidence
        for evidence in gather(question, hits, embed, sources=sources, reader=reader)
        if not any(quote in evidence.text for quote in said)
    ]
    sure = confidence(question, hits, found)
    if not found or sure < abstain_below:
        return abstention("extractive", None, sure)
    shown = quotes(select(found))
    citations = [_cited(evidence, n) for n, evidence in enumerate(shown, start=1)]
    text = " ".join(f"{quoted(c.quote)} [{c.n}]" for c in citations)
    return Answer(text, False, "extractive", None, tuple(citations), sure)


def _cited(evidence: Evidence, n: int) -> Citation:
    # The quote is checked against the stored passage, which is what the citation points into.
    stands = evidence.text in text_of(evidence.node)
    return cite(
        evidence.node,
        evidence.start,
        evidence.end,
        n=n,
        score=evidence.share,
        verified=stands,
    )
