"""One indexing run: files read ahead by processes, embedded in batches, written behind.

The stages overlap and every queue between them is bounded: what waits is at most some batches.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence

from llama_index.core.schema import BaseNode, Node

from mmrag.bridges.carrying import Bridge
from mmrag.config import IngestSettings
from mmrag.ingest.filling import Filler
from mmrag.ingest.judging import Judge, judged
from mmrag.ingest.preparing import Preparing
from mmrag.ingest.readers import Readers, shared_out
from mmrag.ingest.reading import Read, ReadOptions, taken_notes
from mmrag.ingest.refreshing import Refresher
from mmrag.ingest.registry import remove_gone, settle
from mmrag.ingest.report import Listener, Outcome, Quiet, Report
from mmrag.ingest.rewriting import Rewriter
from mmrag.ingest.scan import Scope, SourceFile
from mmrag.ingest.stages import Stages
from mmrag.ingest.sync import plan
from mmrag.ingest.verdicts import settle_verdicts
from mmrag.ingest.writer import CAPTIONED, Batch, Writer
from mmrag.loaders.base import VERSION
from mmrag.modalities import Modality
from mmrag.schema import number_nodes
from mmrag.spaces import Encoded
from mmrag.store.documents import REFUSED, DocumentRecord, list_records

SETTINGS = IngestSettings()


class Ingest:
    """Brings one store in line with files.

    Args:
        filler: embeds nodes and writes them.
        options: how files are read.
        words: bridges that nodes go over in this process, after they were read.
        settings: sizes of workers, batches and queues.
        tenant: whom the documents belong to; those of others are neither seen nor touched.
        captions: the model whose captions pictures are to have: documents with pictures that have
            none of it are read again. None leaves them as they are.
        judges: look at nodes after they were embedded, in this order.
        policy: the moderation policy that one of them goes by; files that another one refused are
            read again.
        prepare: loads what the filler needs, in a thread, while the first files are read.
    """

    def __init__(
        self,
        filler: Filler,
        *,
        options: ReadOptions,
        words: Sequence[Bridge] = (),
        settings: IngestSettings = SETTINGS,
        tenant: str | None = None,
        captions: str | None = None,
        judges: Sequence[Judge] = (),
        policy: str | None = None,
        prepare: Callable[[], object] = bool,
    ) -> None:
        self._filler = filler
        self._options = options
        self._words = words
        self._settings = settings
        self._tenant = tenant
        self._captions = captions
        self._judges = tuple(judges)
        self._policy = policy
        self._prepare = prepare

    def run(
        self,
        scope: Scope,
        *,
        listener: Listener | None = None,
        only: Callable[[SourceFile], bool] | None = None,
    ) -> Report:
        """Bring the index in line with the files of the scope.

        Ctrl-C finishes the batch that is in hand, unless the models were still being loaded, and
        reports `interrupted`; what was indexed stays.

        Args:
            only: files to look at; of the others nothing is said, and they do not leave.

        Raises:
            StoreError: the store failed; what was reported as indexed before is there.
        """
        files = scope.files if only is None else tuple(filter(only, scope.files))
        engine = self._filler.store.engine
        held = list_records(engine, tenant=self._tenant)
        known = {record.source: record for record in held}
        run = _Run(listener or Quiet(), len(files), known)
        rewriter = Rewriter(self._filler, self._tenant)
        refresher = Refresher(
            self._filler, self._tenant, self._options.metadata, moderated=self._policy is not None
        )
        try:
            todo = plan(scope, known, self._is_current, files)
            run.tell(settle(engine, todo, self._tenant))
            run.tell(rewriter.run(todo.rewrites))
            run.tell(refresher.run(todo.refresh, known))
            self._read_and_write((*todo.read, *rewriter.unfit, *refresher.unfit), run)
            if not run.report.interrupted:
                gone = [source for source in todo.gone if source not in rewriter.moved]
                run.tell(remove_gone(engine, gone, self._tenant))
        except KeyboardInterrupt:
            run.report.interrupted = True
        finally:
            engine.flush()
        run.report.seconds = run.stages.seconds
        return run.report

    def _read_and_write(self, files: Sequence[SourceFile], run: _Run) -> None:
        if not files:
            return
        settings, stages = self._settings, run.stages
        count, options = shared_out(self._options, settings.workers, len(files))
        stages.read.width = max(1, count)
        run.models = Preparing(self._prepare)
        readers = Readers(
            files,
            options,
            count=count,
            after=self._finish_reading,
            bound=settings.queue * settings.batch_nodes,
        )
        writer = Writer(
            self._filler,
            run.known,
            self._tenant,
            self._captions,
            stages.write,
            settings.queue,
            self._policy,
        )
        pending: list[Read] = []
        try:
            for read in readers:
                if read is not None:
                    pending.append(read)
                    stages.read.done += 1
                    stages.read.busy_s = readers.busy_s
                full = sum(len(r.nodes) for r in pending) >= settings.batch_nodes
                if pending and (full or read is None):  # nothing to wait for: embed what is there
                    writer.put(self._embedded(pending, run))
                    pending = []
                run.tell(writer.outcomes())
            if pending:
                writer.put(self._embedded(pending, run))
        except KeyboardInterrupt:
            run.report.interrupted = True
            readers.stop()
            if pending and (run.models.done or not any(read.nodes for read in pending)):
                writer.put(self._embedded(pending, run))
        finally:
            readers.stop()
            writer.close()
            run.tell(writer.outcomes())

    def _finish_reading(self, read: Read) -> None:
        """What is left to do for a file that was read; runs in a reader's thread."""
        nodes: Sequence[BaseNode] = read.nodes
        for bridge in self._words:
            nodes = bridge(nodes)
        read.nodes = [node for node in nodes if isinstance(node, Node)]
        missed = taken_notes(read.nodes)
        read.retry = bool(missed)  # by a server, which may do better the next time
        read.notes = tuple(dict.fromkeys((*read.notes, *missed)))
        number_nodes(read.nodes, read.sha256, self._tenant)

    def _embedded(self, reads: Sequence[Read], run: _Run) -> Batch:
        batch = Batch(tuple(reads), Encoded({}))
        nodes = batch.nodes
        if not nodes:
            settle_verdicts(reads, {}, run.known, moderated=self._policy is not None)
            return batch
        run.models.wait()
        started = time.perf_counter()
        with run.stages.embed.working(len(nodes)):
            encoded = self._filler.encode(nodes)
            refused = judged(self._judges, nodes, encoded.columns)
            settle_verdicts(reads, refused, run.known, moderated=self._policy is not None)
        each = (time.perf_counter() - started) * 1000 / len(nodes)
        for read in reads:
            read.ms["embed"] = round(each * len(read.nodes), 3)
        return Batch(batch.reads, encoded)

    def _is_current(self, known: DocumentRecord) -> bool:
        """Whether a document was read as this run would read it."""
        if known.state == REFUSED and (known.released or known.policy != self._policy):
            return False
        version, _, by = known.loader_version.partition(CAPTIONED)
        pictures = known.nodes.get(Modality.IMAGE.value, 0)
        return version == VERSION and (not self._captions or not pictures or by == self._captions)


class _Run:
    """The report of a run, who is told of it, and what was known before it."""

    models: Preparing

    def __init__(self, listener: Listener, files: int, known: Mapping[str, DocumentRecord]) -> None:
        self.known = known
        self.report = Report(total=files)
        self.stages = Stages()
        self._listener = listener
        listener.start(files)

    def tell(self, outcomes: Iterable[Outcome]) -> None:
        told = list(outcomes)
        self.report.outcomes += told  # first: an interrupt while they are shown must not cost them
        for outcome in told:
            self._listener.tell(outcome)
        self._listener.progress(self.stages)
