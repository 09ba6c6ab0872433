"""Writing behind the embedding, in a thread of its own.

A document is complete when its marker point is written: new passages first, then stale ones are
deleted, then the marker. A run that dies in between repeats that document with the same ids.
"""

from __future__ import annotations

import queue
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress

from llama_index.core.schema import Node

from mmrag.errors import LoadError, MmragError, UnsupportedFile
from mmrag.ingest.filling import Filler
from mmrag.ingest.reading import Read
from mmrag.ingest.registry import remember_failures
from mmrag.ingest.report import Outcome, reason_of
from mmrag.ingest.stages import Stage
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


@dataclass
class Writer:
    """Writes batches in the order in which they are put, at most `waiting` behind.

    Args:
        known: the index's records by source, of files that failed as well.
        tenant: whom the documents belong to.
        captions: the model whose captions pictures have.
        policy: the moderation policy that judged what is written.
    """

    filler: Filler
    known: Mapping[str, DocumentRecord]
    tenant: str | None
    captions: str | None
    stage: Stage
    waiting: int = 2
    policy: str | None = None

    _batches: queue.Queue[Batch | None] = field(init=False)
    _done: queue.SimpleQueue[Outcome] = field(init=False, default_factory=queue.SimpleQueue)
    _error: Exception | None = field(init=False, default=None)
    _thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self._batches = queue.Queue(maxsize=self.waiting)
        self._thread = threading.Thread(target=self._work, name="mmrag-write", daemon=True)
        self._thread.start()

    def put(self, batch: Batch) -> None:
        """Hand a batch over, when there is room.

        Raises:
            StoreError: an earlier batch could not be written.
        """
        self._check()
        self._batches.put(batch)

    def outcomes(self) -> list[Outcome]:
        """What was written since the last call."""
        found: list[Outcome] = []
        while not self._done.empty():
            found.append(self._done.get())
        return found

    def close(self) -> None:
        """Wait until everything is written; raises as `put` does. Harmless when called again."""
        if self._thread.is_alive():
            self._batches.put(None)
            self._thread.join()
        self._check()

    def _check(self) -> None:
        if self._error is not None:
            error, self._error = self._error, None
            raise error

    def _work(self) -> None:
        while (batch := self._batches.get()) is not None:
            if self._error is None:
                try:
                    self._write(batch)
                except Exception as exc:  # noqa: BLE001  (handed to the main thread)
                    self._error = exc

    def _write(self, batch: Batch) -> None:
        nodes = batch.nodes
        sources = [provenance_of(node).source for node in nodes]
        faults = {sources[row]: exc for row, exc in batch.encoded.faults.items()}
        reads = [_with_fault(read, faults) for read in batch.reads]
        good = [read for read in reads if read.error is None and read.refused is None]
        out = faults.keys() | {read.file.source for read in reads if read.refused is not None}
        if good:
            with self.stage.working(len(nodes)):
                if out:
                    keep = [source not in out for source in sources]
                    columns = {k: list(compress(c, keep)) for k, c in batch.encoded.columns.items()}
                    self._put(good, list(compress(nodes, keep)), columns)
                else:
                    self._put(good, nodes, batch.encoded.columns)
        failures = [(read.file, read.error) for read in reads if read.error is not None]
        remember_failures(self.filler.store.engine, failures, self.known, self.tenant)
        self._refuse([read for read in reads if read.error is None and read.refused is not None])
        for read in reads:
            known = self.known.get(read.file.source)
            self._done.put(_outcome(read, known is not None and known.state in HELD))

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
                refused(row, read.refused or "", self.policy)
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


def _outcome(read: Read, known: bool) -> Outcome:
    source = read.file.source
    if read.error is not None:
        kept = " (its last good version stays in the index)" if known else ""
        status = "skipped" if isinstance(read.error, UnsupportedFile) else "failed"
        return Outcome(source, status, reason=read.error.reason + kept, ms=read.ms)  # type: ignore[arg-type]
    if read.refused is not None:
        return Outcome(source, "refused", reason=read.refused, ms=read.ms)
    count, notes = len(read.nodes), read.notes
    if read.quarantined is not None:
        return Outcome(source, "quarantined", count, read.quarantined, notes, read.ms)
    return Outcome(source, "indexed", nodes=count, notes=notes, ms=read.ms)
