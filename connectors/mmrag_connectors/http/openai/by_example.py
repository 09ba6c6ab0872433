"""A message without words: what in the files is most like its picture or recording."""

from __future__ import annotations

from mmrag import Answer, Citation
from mmrag.generation.answer import abstention
from mmrag_connectors.hosting.calls import Question
from mmrag_connectors.hosting.hosted import HostedIndex, Tenant

MOST = 5
"""Sources that are listed."""


async def likest(hosted: HostedIndex, tenant: Tenant, question: Question) -> Answer:
    """The likest sources as an answer that says nothing but which they are."""
    found = await hosted.search(tenant, question, MOST)
    if not found.hits:
        return abstention("extractive", None, 0.0)
    citations = []
    for n, hit in enumerate(found.hits, start=1):
        behind = await hosted.find(tenant, hit.id)
        citations.append(
            Citation(
                n=n,
                source=hit.source,
                page=hit.page,
                bbox=hit.bbox,
                start_ms=hit.start_ms,
                end_ms=hit.end_ms,
                section=hit.section,
                quote=hit.text,
                verified=behind is not None and behind.fresh,
                score=hit.score,
                node_id=hit.id,
                modality=hit.modality,
                end=len(hit.text),
            )
        )
    what = "picture" if question.image else "recording"
    marks = " ".join(f"[{citation.n}]" for citation in citations)
    text = f"Most like your {what}: {marks}"
    top = min(max(found.hits[0].score, 0.0), 1.0)
    return Answer(text, False, "extractive", None, tuple(citations), top, found.took_ms)
