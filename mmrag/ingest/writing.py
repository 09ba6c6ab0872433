"""Writing what was read and embedded, one batch after the other.

A document is complete when its marker point is written: new passages first, then stale ones are
deleted, then the marker. A run that dies in between repeats that document with the same ids.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import compress

from llama_index.core.schema import Node

from mmrag.errors import LoadError, MmragError, UnsupportedFile
from mmrag.ingest.filling import Filler
from mmrag.ingest.reading import Read
from mmrag.ingest.registry import remember_failures
from mmrag.ingest.report import Outcome, reason_of
from mmrag.ingest.stages import Stage
from mmrag.ingest.verdicts import Judges
from mmrag.loaders.base import VERSION
from mmrag.schema import provenance_of
from mmrag.spaces import Columns, Encoded
from mmrag.store.documents import (
    HELD,
    IN_QUARANTINE,
    INDEXED,
    DocumentRecord,
    delete_stale_chunks,
    put_documents,
    refused,
)

NOBODY = Judges()
CAPTIONED = " captions:"
"""In a marker's version, before the model that pictures have captions of."""
INCOMPLETE = "incomplete"
"""The version of a document that lacks what the next run may get: it is read again."""


@dataclass(frozen=True)
class Batch:
    """Documents that were read, with the vectors of all their nodes, in order."""

    reads: Sequence[Read]
    encoded: Encoded

    @property
    def nodes(self) -> list[Node]:
        """The nodes of all documents."""
        return [node for read in self.reads for node in read.nodes]


@dataclass(frozen=True)
class Writing:
    """How batches are written.

    Attributes:
        tenant: whom the documents belong to.
        captions: the model whose captions pictures have.
        judges: those who judge what is written.
    """

    filler: Filler
    tenant: str | None = None
    captions: str | None = None
    judges: Judges = NOBODY

    def write(
        self, batch: Batch, known: Mapping[str, DocumentRecord], stage: Stage
    ) -> list[Outcome]:
        """Write a batch; what is told of as indexed is complete.

        Args:
            known: the index's records by source, of files that failed as well.
            stage: counts the passages and the time.

        Raises:
            StoreError: the store failed.
        """
        nodes = batch.nodes
        sources = [provenance_of(node).source for node in nodes]
        faults = {sources[row]: exc for row, exc in batch.encoded.faults.items()}
        reads = [_with_fault(read, faults) for read in batch.reads]
        good = [read for read in reads if read.error is None and read.refused is None]
        out = faults.keys() | {read.file.source for read in reads if read.refused is not None}
        if good:
            with stage.working(len(nodes)):
                if out:
                    keep = [source not in out for source in sources]
                    columns = {k: list(compress(c, keep)) for k, c in batch.encoded.columns.items()}
                    self._put(good, list(compress(nodes, keep)), columns)
                else:
                    self._put(good, nodes, batch.encoded.columns)
        failures = [(read.file, read.error) for read in reads if read.error is not None]
        remember_failures(self.filler.store.engine, failures, known, self.tenant)
        self._refuse([read for read in reads if read.error is None and read.refused is not None])
        return [_outcome(read, known.get(read.file.source)) for read in reads]

    def _refuse(self, reads: Sequence[Read]) -> None:
        """Take out earlier versions, for their files say otherwise now, and remember why."""
        if not reads:
            return
        engine = self.filler.store.engine
        delete_stale_chunks(engine, [read.file.source for read in reads], [], self.tenant)
        records = [record_of(read, self.tenant, self.captions) for read in reads]
        put_documents(
            engine,
            [
                refused(row, read.refused or "", self.judges.policy)
                for row, read in zip(records, reads, strict=True)
            ],
        )
        engine.flush()

    def _put(self, reads: Sequence[Read], nodes: Sequence[Node], columns: Columns) -> None:
        engine = self.filler.store.engine
        if nodes:
            self.filler.write(nodes, columns)
        sources = [read.file.source for read in reads]
        delete_stale_chunks(engine, sources, [node.node_id for node in nodes], self.tenant)
        put_documents(engine, [record_of(read, self.tenant, self.captions) for read in reads])
        engine.flush()


def record_of(read: Read, tenant: str | None, captions: str | None) -> DocumentRecord:
    """The marker of a document that was read."""
    first = read.nodes[0] if read.nodes else None
    version = f"{VERSION}{CAPTIONED}{captions}" if captions else VERSION
    return DocumentRecord(
        source=read.file.source,
        sha256=read.sha256,
        size=read.file.size,
        mtime_ns=read.file.mtime_ns,
        chunks=len(read.nodes),
        modality=str(first.metadata["modality"]) if first else "",
        mimetype=str(first.metadata["mimetype"]) if first else "",
        loader_version=INCOMPLETE if read.retry else version,
        nodes=dict(Counter(str(node.metadata["modality"]) for node in read.nodes)),
        tenant=tenant,
        sidecars=read.sidecars,
        released=read.released,
        state=INDEXED if read.quarantined is None else IN_QUARANTINE,
    )


def _with_fault(read: Read, faults: Mapping[str, MmragError]) -> Read:
    fault = faults.get(read.file.source)
    if fault is None:
        return read
    return Read(read.file, error=LoadError(read.file.source, reason_of(fault)), ms=read.ms)


def _outcome(read: Read, known: DocumentRecord | None) -> Outcome:
    source = read.file.source
    if read.error is not None:
        held = known is not None and known.state in HELD
        kept = " (its last good version stays in the index)" if held else ""
        status = "skipped" if isinstance(read.error, UnsupportedFile) else "failed"
        return Outcome(source, status, reason=read.error.reason + kept, ms=read.ms)  # type: ignore[arg-type]
    if read.refused is not None:
        return Outcome(source, "refused", reason=read.refused, ms=read.ms)
    count, notes = len(read.nodes), read.notes
    if read.quarantined is not None:
        return Outcome(source, "quarantined", count, read.quarantined, notes, read.ms)
    return Outcome(source, "indexed", nodes=count, notes=notes, ms=read.ms)
