"""The three kinds of points in a collection, and the payload keys that are indexed."""

from __future__ import annotations

from dataclasses import dataclass

from mmrag.schema import TENANT
from mmrag.store.spec import Condition, IsEmpty, Match

KIND = "kind"
CHUNK, DOCUMENT, MANIFEST = "chunk", "document", "manifest"

CHUNKS = Match(KIND, CHUNK)
"""Holds for nodes; every search for content needs it."""
DOCUMENTS = Match(KIND, DOCUMENT)
"""Holds for the marker points of documents."""


def owned_by(tenant: str | None) -> Condition:
    """Holds for what belongs to a tenant; None: for what belongs to nobody."""
    return IsEmpty(TENANT) if tenant is None else Match(TENANT, tenant)


@dataclass(frozen=True)
class IndexedKey:
    """A payload key with a keyword index.

    A key with a value per document (a path, an id) gets no extra graph links: they cost much at
    `optimize` and help little.
    """

    key: str
    tenant: bool = False
    graph_links: bool = True


INDEXED_KEYS: tuple[IndexedKey, ...] = (
    IndexedKey(KIND),
    IndexedKey("modality"),
    IndexedKey(TENANT, tenant=True),
    IndexedKey("source", graph_links=False),
    IndexedKey("doc_id", graph_links=False),
)
