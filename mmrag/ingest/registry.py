"""The documents of an index, as a run changes them: what needs no reading and no embedding."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from mmrag.errors import LoadError, UnsupportedFile
from mmrag.ingest.report import Outcome
from mmrag.ingest.scan import SourceFile
from mmrag.ingest.sync import Plan
from mmrag.loaders.base import VERSION
from mmrag.schema import document_id
from mmrag.store.documents import (
    FAILED,
    HELD,
    REFUSED,
    DocumentRecord,
    delete_documents,
    put_documents,
)
from mmrag.store.spec import Engine

AT_ONCE = 256
"""Documents taken out between two flushes."""


def settle(engine: Engine, plan: Plan, tenant: str | None) -> Iterator[Outcome]:
    """Bring the documents up to date whose content is in the index already."""
    if plan.forgotten:
        engine.delete(ids=[document_id(source, tenant) for source in plan.forgotten])
    if plan.touched:
        put_documents(engine, plan.touched)
        engine.flush()
    for record in (*plan.unchanged, *plan.touched):
        if record.state == REFUSED:  # said each time: it is not in the index
            yield Outcome(record.source, "refused", reason=record.reason or "")
        else:
            yield Outcome(record.source, "unchanged", nodes=record.chunks)


def remove_gone(engine: Engine, gone: Sequence[str], tenant: str | None) -> Iterator[Outcome]:
    """Take out the documents whose files have left."""
    for start in range(0, len(gone), AT_ONCE):
        sources = gone[start : start + AT_ONCE]
        delete_documents(engine, sources, tenant)
        engine.flush()
        for source in sources:
            yield Outcome(source, "removed")


def remember_failures(
    engine: Engine,
    failures: Iterable[tuple[SourceFile, LoadError]],
    known: Mapping[str, DocumentRecord],
    tenant: str | None,
) -> None:
    """Keep why files could not be read, so that it can be told later and tried again.

    A file of a kind that mmrag does not read is kept only where the index has a version of it.
    """
    records: list[DocumentRecord] = []
    forgotten: list[str] = []
    for file, error in failures:
        before = known.get(file.source)
        document = before if before is not None and before.state in HELD else None
        if document is not None or not isinstance(error, UnsupportedFile):
            records.append(_failed(file, error, document, tenant))
        elif before is not None:
            forgotten.append(before.id)
    if records:
        put_documents(engine, records)
    if forgotten:
        engine.delete(ids=forgotten)


def _failed(
    file: SourceFile, error: LoadError, document: DocumentRecord | None, tenant: str | None
) -> DocumentRecord:
    reason = " ".join(error.reason.split())
    if document is not None:
        # with the size and time of the good version, so that the next run sees a changed file
        return replace(document, reason=reason)
    return DocumentRecord(
        source=file.source,
        sha256="",
        size=file.size,
        mtime_ns=file.mtime_ns,
        chunks=0,
        modality="",
        mimetype="",
        loader_version=VERSION,
        state=FAILED,
        reason=reason,
        tenant=tenant,
    )
