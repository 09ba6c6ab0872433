"""Marker points: the registry of documents, kept in the collection itself.

A document's marker is written after its chunks and deleted after them, so a marker means that all
of its chunks are there, and an interrupted run leaves nothing that the next one cannot see.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace

from mmrag.errors import StoreError
from mmrag.schema import SOURCE, document_id
from mmrag.store.kinds import ALL_CHUNKS, DOCUMENT, DOCUMENTS, KIND, owned_by
from mmrag.store.spec import All, Condition, Engine, HasId, MatchAny, NoneOf, Point

INDEXED, FAILED = "indexed", "failed"
IN_QUARANTINE, REFUSED = "quarantined", "refused"
HELD = (INDEXED, IN_QUARANTINE)
"""States of documents whose nodes are in the index."""

PAGE = 1024
PAGE_OF_VECTORS = 256
"""Points a page that come with their vectors, which as Python lists take some 10 kB each."""


@dataclass(frozen=True)
class DocumentRecord:
    """What the index knows of one document.

    Attributes:
        source: path as given to `index`, relative to its root, with forward slashes.
        sha256: of the file's bytes.
        size: in bytes.
        mtime_ns: the file's modification time.
        chunks: number of its nodes.
        modality, mimetype: of the file.
        loader_version: a document read by an older loader is read again.
        state: "indexed"; "quarantined": its nodes are there and no search finds them; "failed": a
            file that was never read; "refused": one that a moderation policy keeps out. The last
            two have no chunks.
        nodes: number of nodes by modality.
        reason: why its file could not be read the last time, or was refused, one line.
        tenant: whom it belongs to; None is nobody.
        sidecars: by kind, a digest of the files beside it that tell of it.
        policy: of a refused file, the policy that refused it: another one may let it in.
        released: somebody let this content in by hand, whatever a policy says.
    """

    source: str
    sha256: str
    size: int
    mtime_ns: int
    chunks: int
    modality: str
    mimetype: str
    loader_version: str
    state: str = INDEXED
    nodes: Mapping[str, int] = field(default_factory=dict)
    reason: str | None = None
    tenant: str | None = None
    sidecars: Mapping[str, str] = field(default_factory=dict)
    policy: str | None = None
    released: bool = False

    @property
    def id(self) -> str:
        """Id of the marker point."""
        return document_id(self.source, self.tenant)

    def to_point(self) -> Point:
        """The marker point."""
        payload = {f.name: getattr(self, f.name) for f in fields(self)}
        maps = {"nodes": dict(self.nodes), "sidecars": dict(self.sidecars)}
        return Point(self.id, payload={KIND: DOCUMENT, **payload, **maps})

    @classmethod
    def from_point(cls, point: Point) -> DocumentRecord:
        """Read a marker point; raises StoreError if it is not one."""
        known = {f.name: point.payload[f.name] for f in fields(cls) if f.name in point.payload}
        try:
            if point.payload.get(KIND) != DOCUMENT:
                raise TypeError(f"its kind is {point.payload.get(KIND)!r}")
            return cls(**known)
        except TypeError as error:
            raise StoreError(f"point {point.id} is no marker of a document: {error}") from error


def list_records(engine: Engine, *, tenant: str | None = None) -> list[DocumentRecord]:
    """All of a tenant's records, of files that failed as well, sorted by source.

    Without a tenant they are those that belong to nobody.
    """
    where = All((DOCUMENTS, owned_by(tenant)))
    records = (DocumentRecord.from_point(point) for point in scroll_all(engine, where))
    return sorted(records, key=lambda record: record.source)


def list_documents(
    engine: Engine, prefix: str | None = None, *, tenant: str | None = None
) -> list[DocumentRecord]:
    """The records of a tenant's documents whose source starts with `prefix`, sorted by source.

    Files that failed are no documents, unless an earlier version of them is in the index; nor is
    what a moderation policy keeps out or in quarantine.
    """
    return [
        record
        for record in list_records(engine, tenant=tenant)
        if record.state == INDEXED and (prefix is None or record.source.startswith(prefix))
    ]


def get_document(engine: Engine, source: str, tenant: str | None = None) -> DocumentRecord | None:
    """The record of one document, or of a file that failed; None if there is none."""
    found = engine.retrieve([document_id(source, tenant)])
    return DocumentRecord.from_point(found[0]) if found else None


def get_record(engine: Engine, id: str, tenant: str | None = None) -> DocumentRecord | None:
    """The record of that id; None if it is that of something else, or of somebody else's."""
    markers = [point for point in engine.retrieve([id]) if point.payload.get(KIND) == DOCUMENT]
    records = map(DocumentRecord.from_point, markers)
    return next((record for record in records if record.tenant == tenant), None)


def put_documents(engine: Engine, records: Iterable[DocumentRecord]) -> None:
    """Write markers; call it after the documents' chunks are flushed."""
    engine.upsert([record.to_point() for record in records])


def put_document(engine: Engine, record: DocumentRecord) -> None:
    """Write one marker; call it after the document's chunks are flushed."""
    put_documents(engine, [record])


def refused(record: DocumentRecord, reason: str, policy: str | None) -> DocumentRecord:
    """The record of a document that a policy keeps out; its chunks are to go first."""
    return replace(record, state=REFUSED, chunks=0, nodes={}, reason=reason, policy=policy)


def delete_document(engine: Engine, source: str, tenant: str | None = None) -> None:
    """Delete a document: its chunks first, its marker last."""
    delete_documents(engine, [source], tenant)


def delete_documents(engine: Engine, sources: Sequence[str], tenant: str | None = None) -> None:
    """Delete documents: their chunks first, their markers last."""
    engine.delete(where=All((ALL_CHUNKS, MatchAny(SOURCE, tuple(sources)), owned_by(tenant))))
    engine.delete(ids=[document_id(source, tenant) for source in sources])


def delete_all(engine: Engine, tenant: str | None = None) -> None:
    """Delete all that belongs to a tenant, durably: the chunks first, the markers last."""
    for kind in (ALL_CHUNKS, DOCUMENTS):
        engine.delete(where=All((kind, owned_by(tenant))))
        engine.flush()


def delete_stale_chunks(
    engine: Engine, sources: Sequence[str], keep_ids: Sequence[str], tenant: str | None = None
) -> None:
    """Delete the chunks of documents that are not among `keep_ids`."""
    stale: tuple[Condition, ...] = (ALL_CHUNKS, MatchAny(SOURCE, tuple(sources)), owned_by(tenant))
    if keep_ids:
        stale = (*stale, NoneOf((HasId(tuple(keep_ids)),)))
    engine.delete(where=All(stale))


def scroll_all(
    engine: Engine, where: Condition | None = None, *, with_vectors: bool = False
) -> Iterator[Point]:
    """Every point that meets the condition, in id order, a page at a time."""
    offset: str | None = None
    limit = PAGE_OF_VECTORS if with_vectors else PAGE
    while True:
        page, offset = engine.scroll(where, limit=limit, offset=offset, with_vectors=with_vectors)
        yield from page
        if offset is None:
            return
