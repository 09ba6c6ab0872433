"""What stands behind the id of a hit, of a citation's node, or of a document."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from llama_index.core.schema import BaseNode

from mmrag import MMRagIndex
from mmrag.ingest.verify import Freshness
from mmrag.schema import (
    MODALITY,
    SHA256,
    TENANT,
    fields_of,
    provenance_of,
    spans_of,
    text_of,
)
from mmrag.store.documents import (
    IN_QUARANTINE,
    REFUSED,
    DocumentRecord,
    get_document,
    get_record,
)
from mmrag_connectors.hosting.calls import FoundSource


def find(index: MMRagIndex, id: str, quote: tuple[int, int] | None) -> FoundSource | None:
    """A document or passage of the index's tenant; None where it has none of that id.

    Args:
        quote: first and last character, the latter not included, of a quote in a passage's text:
            its place is then cut down to that of the quote.
    """
    try:
        UUID(id)
    except ValueError:
        return None
    store, tenant = index.vector_store, index.settings.index.tenant
    record = get_record(store.engine, id, tenant)
    if record is not None and record.state in (IN_QUARANTINE, REFUSED):
        return None  # the doors hand out nothing of what moderation keeps out
    if record is not None:
        return _found(index, record, record.id, record.modality)
    for node in store.nodes_by_point([id]).values():
        source = provenance_of(node).source
        record = get_document(store.engine, source, tenant)
        # the id alone says nothing of whose it is: the document of that name must be the tenant's
        if record is None or node.metadata.get(SHA256) != record.sha256:
            return None
        if record.state in (IN_QUARANTINE, REFUSED):
            return None
        if node.metadata.get(TENANT) != tenant:
            return None
        modality = str(node.metadata.get(MODALITY, record.modality))
        return _found(index, record, id, modality, **_place(node, quote))
    return None


def _found(
    index: MMRagIndex,
    record: DocumentRecord,
    id: str,
    modality: str,
    **place: Any,  # noqa: ANN401  (the fields of a place)
) -> FoundSource:
    path = index.path_of(record.source)
    return FoundSource(
        id=id,
        document=record.id,
        source=record.source,
        path=path if path is not None and path.is_file() else None,
        fresh=is_fresh(record, path),
        sha256=record.sha256,
        modality=modality,
        mimetype=record.mimetype,
        **place,
    )


def is_fresh(record: DocumentRecord, path: Path | None) -> bool:
    """Whether a document's file is still what was indexed."""
    return Freshness(lambda _: record, lambda _: path)(record.source)


def _place(node: BaseNode, quote: tuple[int, int] | None) -> Mapping[str, Any]:
    where = provenance_of(node)
    if quote is not None:
        where = where.narrowed(spans_of(node), *quote)
    return {
        "page": where.page,
        "bbox": where.bbox,
        "start_ms": where.start_ms,
        "end_ms": where.end_ms,
        "frame_ms": where.frame_ms,
        "text": text_of(node),
        "metadata": fields_of(node),
    }
