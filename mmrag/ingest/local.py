"""Files taken in by this machine: read ahead by processes, embedded in batches, written behind.

The stages overlap and every queue between them is bounded: what waits is at most some batches.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mmrag.bridges.carrying import Bridge
from mmrag.config import IngestSettings
from mmrag.ingest.pipeline import Run
from mmrag.ingest.preparing import Preparing
from mmrag.ingest.readers import Readers, shared_out
from mmrag.ingest.reading import Read, ReadOptions, finish
from mmrag.ingest.scan import SourceFile
from mmrag.ingest.writer import Writer
from mmrag.ingest.writing import Batch, Writing
from mmrag.spaces import Encoded

SETTINGS = IngestSettings()


@dataclass(frozen=True)
class LocalIntake:
    """An `Intake` of this process and its readers.

    Attributes:
        options: how files are read.
        words: bridges that nodes go over in this process, after they were read.
        settings: sizes of workers, batches and queues.
        prepare: loads what the filler needs, in a thread, while the first files are read.
    """

    writing: Writing
    options: ReadOptions
    words: Sequence[Bridge] = ()
    settings: IngestSettings = SETTINGS
    prepare: Callable[[], object] = bool

    def __call__(self, files: Sequence[SourceFile], run: Run) -> None:
        """Read, embed and write files.

        Ctrl-C finishes the batch that is in hand, unless the models were still being loaded.
        """
        settings, stages = self.settings, run.stages
        count, options = shared_out(self.options, settings.workers, len(files))
        stages.read.width = max(1, count)
        models = Preparing(self.prepare)
        readers = Readers(
            files,
            options,
            count=count,
            after=lambda read: finish(read, self.words, self.writing.tenant),
            bound=settings.queue * settings.batch_nodes,
        )
        writer = Writer(self.writing, run.known, stages.write, settings.queue)
        pending: list[Read] = []
        try:
            for read in readers:
                if read is not None:
                    pending.append(read)
                    stages.read.done += 1
                    stages.read.busy_s = readers.busy_s
                full = sum(len(r.nodes) for r in pending) >= settings.batch_nodes
                if pending and (full or read is None):  # nothing to wait for: embed what is there
                    writer.put(self._embedded(pending, run, models))
                    pending = []
                run.tell(writer.outcomes())
            if pending:
                writer.put(self._embedded(pending, run, models))
        except KeyboardInterrupt:
            run.report.interrupted = True
            readers.stop()
            if pending and (models.done or not any(read.nodes for read in pending)):
                writer.put(self._embedded(pending, run, models))
        finally:
            readers.stop()
            writer.close()
            run.tell(writer.outcomes())

    def _embedded(self, reads: Sequence[Read], run: Run, models: Preparing) -> Batch:
        batch = Batch(tuple(reads), Encoded({}))
        nodes = batch.nodes
        if not nodes:
            self.writing.judges.settle(reads, {}, run.known)
            return batch
        models.wait()
        started = time.perf_counter()
        with run.stages.embed.working(len(nodes)):
            encoded = self.writing.filler.encode(nodes)
            self.writing.judges.settle(reads, encoded.columns, run.known)
        each = (time.perf_counter() - started) * 1000 / len(nodes)
        for read in reads:
            read.ms["embed"] = round(each * len(read.nodes), 3)
        return Batch(batch.reads, encoded)
