"""The kinds of points in a collection, and the payload keys that are indexed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mmrag.schema import GEO, TAKEN_AT, TENANT
from mmrag.store.spec import Condition, IsEmpty, Match, MatchAny

KIND = "kind"
CHUNK, DOCUMENT, MANIFEST = "chunk", "document", "manifest"
HIDDEN = "quarantined"
"""Nodes that no search is to find. They are of a kind of their own, so that what does not name them
cannot leak them, and costs nothing for leaving them out."""
UNFINISHED = "unfinished"
"""Marks a collection that is being copied into, and stands where its manifest will."""

CHUNKS = Match(KIND, CHUNK)
"""Holds for nodes that can be found; every search for content needs it."""
ALL_CHUNKS = MatchAny(KIND, (CHUNK, HIDDEN))
"""Holds for nodes, those in quarantine too: for what keeps an index in order, and for its owner."""
DOCUMENTS = Match(KIND, DOCUMENT)
"""Holds for the marker points of documents."""


def owned_by(tenant: str | None) -> Condition:
    """Holds for what belongs to a tenant; None: for what belongs to nobody."""
    return IsEmpty(TENANT) if tenant is None else Match(TENANT, tenant)


@dataclass(frozen=True)
class IndexedKey:
    """A payload key with an index.

    A key with a value per document (a path, an id, a time) gets no extra graph links: they cost
    much at `optimize` and help little.
    """

    key: str
    kind: Literal["keyword", "integer", "float", "bool", "geo"] = "keyword"
    tenant: bool = False
    graph_links: bool = True


INDEXED_KEYS: tuple[IndexedKey, ...] = (
    IndexedKey(KIND),
    IndexedKey("modality"),
    IndexedKey(TENANT, tenant=True),
    IndexedKey("source", graph_links=False),
    IndexedKey("doc_id", graph_links=False),
    IndexedKey(TAKEN_AT, "integer", graph_links=False),
    IndexedKey(GEO, "geo", graph_links=False),
)
