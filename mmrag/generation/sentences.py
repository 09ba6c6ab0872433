"""The sentences of a document as the index keeps them, each with its place."""

from __future__ import annotations

from mmrag.generation.citations import Citation, cite
from mmrag.loaders.sentences import sentences
from mmrag.schema import CHUNK, SOURCE, SURROGATE, text_of
from mmrag.store.documents import scroll_all
from mmrag.store.kinds import CHUNKS, owned_by
from mmrag.store.nodes import payload_to_node
from mmrag.store.spec import All, Engine, Match


def sentences_of(engine: Engine, source: str, tenant: str | None) -> list[Citation]:
    """All sentences of a document that can be found, in its order, numbered from 1.

    The name that stands in for the words of a file without any is no sentence.
    """
    where = All((CHUNKS, owned_by(tenant), Match(SOURCE, source)))
    nodes = [payload_to_node(point.payload) for point in scroll_all(engine, where)]
    nodes.sort(key=lambda node: int(node.metadata[CHUNK]))
    places = [
        (node, start, end)
        for node in nodes
        if not node.metadata.get(SURROGATE)
        for start, end in sentences(text_of(node))
    ]
    return [
        cite(node, start, end, n=n, score=1.0, verified=True)
        for n, (node, start, end) in enumerate(places, 1)
    ]
