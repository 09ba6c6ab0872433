"""Indexing: read files ahead in one thread, embed and write in batches that cross files.

A document is complete when its marker point is written: new passages first, then stale ones are
deleted, then the marker. A run that dies in between repeats that document with the same ids.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from llama_index.core.schema import BaseNode, Node

from mmrag.bridges.chain import Bridge
from mmrag.errors import LoadError, MmragError, UnsupportedFile
from mmrag.ingest.report import Listener, Outcome, Quiet, Report, reason_of
from mmrag.ingest.scan import Scope, SourceFile
from mmrag.loaders.base import VERSION, sha256_of
from mmrag.loaders.cutting import BY_KEY_FRAMES, Cutting
from mmrag.loaders.registry import read_file
from mmrag.modalities import Modality
from mmrag.schema import NOTE, number_nodes
from mmrag.store.documents import (
    DocumentRecord,
    delete_document,
    delete_stale_chunks,
    list_documents,
    put_documents,
)
from mmrag.store.qdrant import MMRagQdrantStore

Fill = Callable[[Sequence[Node]], Mapping[str, MmragError]]
"""Embeds and writes nodes; returns, by source, why the nodes of a document were not written."""
Tell = Callable[[Outcome], None]

CAPTIONED = " captions:"
"""In a marker's version, before the model that pictures have captions of."""
INCOMPLETE = "incomplete"
"""The version of a document of which something could not be read: the next run tries again."""

READ_AHEAD = 4
"""Documents that may wait, read, for embedding; bounds the memory of the run."""


@dataclass
class _Read:
    """A file after reading: its nodes, or why there are none."""

    file: SourceFile
    sha256: str = ""
    nodes: list[Node] = field(default_factory=list)
    known: DocumentRecord | None = None
    error: LoadError | None = None
    touched_only: bool = False
    notes: tuple[str, ...] = ()


class Ingest:
    """One indexing run over one store.

    Args:
        store: where nodes go.
        bridges: what turns media into text, in order.
        fill: embeds nodes and writes their vectors with them; called once a batch.
        batch_nodes: how many nodes a batch holds before it is embedded and written.
        tenant: whom the documents belong to; those of others are neither seen nor touched.
        captions: the model whose captions pictures are to have: documents with pictures that have
            none of it are read again. None leaves them as they are.
        cutting: how films are cut into scenes.
        prepare: loads what `fill` needs. An interrupt while it does leaves half-imported libraries
            behind, with which the batch in hand cannot be finished.
    """

    def __init__(
        self,
        store: MMRagQdrantStore,
        *,
        bridges: Sequence[Bridge],
        fill: Fill,
        batch_nodes: int = 64,
        tenant: str | None = None,
        captions: str | None = None,
        prepare: Callable[[], object] = bool,
        cutting: Cutting = BY_KEY_FRAMES,
    ) -> None:
        self._store = store
        self._bridges = bridges
        self._fill = fill
        self._batch_nodes = batch_nodes
        self._tenant = tenant
        self._captions = captions
        self._prepare = prepare
        self._cutting = cutting
        self._prepared = False

    def run(self, scope: Scope, *, listener: Listener | None = None) -> Report:
        """Bring the index in line with the files of the scope.

        Ctrl-C finishes the batch that is in hand, unless the models were still being loaded, and
        reports `interrupted`; what was indexed stays.
        """
        report = Report()
        started = time.perf_counter()
        listener = listener or Quiet()
        listener.start(len(scope.files))

        told: set[str] = set()

        def tell(outcome: Outcome) -> None:
            if outcome.source in told:  # an interrupted batch is written again
                return
            told.add(outcome.source)
            report.outcomes.append(outcome)
            listener.tell(outcome)

        held = list_documents(self._store.engine, tenant=self._tenant)
        known = {record.source: record for record in held}
        stop = threading.Event()
        pending: list[_Read] = []
        try:
            for read in _ahead(self._read_all(scope.files, known, stop), stop):
                pending.append(read)
                if sum(len(r.nodes) for r in pending) >= self._batch_nodes:
                    self._write(pending, tell)
                    pending = []
            self._write(pending, tell)
            pending = []
            self._remove_gone(scope, known, tell)
        except KeyboardInterrupt:
            stop.set()
            report.interrupted = True
            if self._prepared:
                self._write(pending, tell)
        finally:
            stop.set()
            self._store.engine.flush()
        report.seconds = time.perf_counter() - started
        return report

    def _read_all(
        self,
        files: Sequence[SourceFile],
        known: dict[str, DocumentRecord],
        stop: threading.Event,
    ) -> Iterator[_Read]:
        for file in files:
            if stop.is_set():
                return
            yield self._read(file, known.get(file.source))

    def _read(self, file: SourceFile, known: DocumentRecord | None) -> _Read:
        current = known is not None and self._is_current(known)
        if known and current and (known.size, known.mtime_ns) == (file.size, file.mtime_ns):
            return _Read(file, known=known, touched_only=True)
        try:
            sha256 = sha256_of(file.path)
            if known and current and known.sha256 == sha256:
                return _Read(file, sha256, known=known, touched_only=True)
            nodes: Sequence[BaseNode] = read_file(
                file.path, source=file.source, cutting=self._cutting
            )
            for bridge in self._bridges:
                nodes = bridge(nodes)
            plain = [node for node in nodes if isinstance(node, Node)]
            notes = [str(node.metadata.pop(NOTE)) for node in plain if NOTE in node.metadata]
            number_nodes(plain, sha256, self._tenant)
            return _Read(file, sha256, plain, known, notes=tuple(dict.fromkeys(notes)))
        except LoadError as exc:
            return _Read(file, error=exc, known=known)
        except MmragError:
            raise  # a missing extra or model concerns every file, not this one
        except OSError as exc:
            reason = (exc.strerror or str(exc)).lower()
            return _Read(file, error=LoadError(file.source, reason), known=known)
        except Exception as exc:  # noqa: BLE001  (a parser's own fault must cost one file only)
            reason = f"could not be read: {type(exc).__name__}: {exc}"
            return _Read(file, error=LoadError(file.source, reason), known=known)

    def _is_current(self, known: DocumentRecord) -> bool:
        """Whether a document was read as this run would read it."""
        version, _, by = known.loader_version.partition(CAPTIONED)
        pictures = known.nodes.get(Modality.IMAGE.value, 0)
        return version == VERSION and (not self._captions or not pictures or by == self._captions)

    def _write(self, batch: Sequence[_Read], tell: Tell) -> None:
        engine = self._store.engine
        fresh = [read for read in batch if read.error is None and not read.touched_only]
        nodes = [node for read in fresh for node in read.nodes]
        if nodes and not self._prepared:
            self._prepare()
            self._prepared = True
        faults = self._fill(nodes) if nodes else {}
        if faults:
            fresh = [read for read in fresh if read.file.source not in faults]
            batch = [_with_fault(read, faults.get(read.file.source)) for read in batch]
        for read in fresh:
            kept = [node.node_id for node in read.nodes]
            delete_stale_chunks(engine, read.file.source, kept, self._tenant)
        moved = [
            replace(read.known, size=read.file.size, mtime_ns=read.file.mtime_ns)
            for read in batch
            if read.touched_only and read.known and read.sha256
        ]
        if fresh or moved:
            written = [_record(read, self._tenant, self._captions) for read in fresh]
            put_documents(engine, [*written, *moved])
            engine.flush()
        for read in batch:
            tell(_outcome(read))

    def _remove_gone(self, scope: Scope, known: dict[str, DocumentRecord], tell: Tell) -> None:
        there = {file.source for file in scope.files}
        for source in sorted(known):
            if source not in there and scope.covers(source):
                delete_document(self._store.engine, source, self._tenant)
                tell(Outcome(source, "removed"))


def _with_fault(read: _Read, fault: MmragError | None) -> _Read:
    if fault is None:
        return read
    return replace(read, nodes=[], error=LoadError(read.file.source, reason_of(fault)))


def _record(read: _Read, tenant: str | None, captions: str | None) -> DocumentRecord:
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
        loader_version=INCOMPLETE if read.notes else version,
        nodes=dict(Counter(str(node.metadata["modality"]) for node in read.nodes)),
        tenant=tenant,
    )


def _outcome(read: _Read) -> Outcome:
    source = read.file.source
    if read.error is not None:
        status = "skipped" if isinstance(read.error, UnsupportedFile) else "failed"
        kept = " (its last good version stays in the index)" if read.known else ""
        return Outcome(source, status, reason=read.error.reason + kept)  # type: ignore[arg-type]
    if read.touched_only:
        return Outcome(source, "unchanged", nodes=read.known.chunks if read.known else 0)
    return Outcome(source, "indexed", nodes=len(read.nodes), notes=read.notes)


def _ahead(reads: Iterator[_Read], stop: threading.Event) -> Iterator[_Read]:
    """Run an iterator in a thread, a bounded number of items ahead."""
    waiting: queue.Queue[_Read | BaseException | None] = queue.Queue(maxsize=READ_AHEAD)

    def put(item: _Read | BaseException | None) -> None:
        while not stop.is_set():
            try:
                return waiting.put(item, timeout=0.2)
            except queue.Full:
                continue
        return None

    def work() -> None:
        try:
            for read in reads:
                put(read)
            put(None)
        except BaseException as exc:  # noqa: BLE001  (handed to the main thread, which raises it)
            put(exc)

    threading.Thread(target=work, name="mmrag-read", daemon=True).start()
    while (item := waiting.get()) is not None:
        if isinstance(item, BaseException):
            raise item
        yield item
