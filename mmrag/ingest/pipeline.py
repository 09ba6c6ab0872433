"""One indexing run: files that are new or changed are taken in, those that left are taken out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

from mmrag.ingest.refreshing import Refresher
from mmrag.ingest.registry import remove_gone, settle
from mmrag.ingest.report import Listener, Outcome, Quiet, Report
from mmrag.ingest.rewriting import Rewriter
from mmrag.ingest.scan import Scope, SourceFile
from mmrag.ingest.stages import Stages
from mmrag.ingest.sync import plan
from mmrag.ingest.writing import CAPTIONED, Writing
from mmrag.loaders.base import VERSION
from mmrag.loaders.metadata.fields import Keep
from mmrag.modalities import Modality
from mmrag.store.documents import REFUSED, DocumentRecord, list_records


class Run:
    """The report of a run, who is told of it, and what was known before it.

    Attributes:
        known: the index's records by source, of files that failed as well.
        report: what became of files so far; an intake that was stopped says so there.
        stages: how busy those who read, embed and write are.
    """

    def __init__(self, listener: Listener, files: int, known: Mapping[str, DocumentRecord]) -> None:
        self.known = known
        self.report = Report(total=files)
        self.stages = Stages()
        self._listener = listener
        listener.start(files)

    def tell(self, outcomes: Iterable[Outcome]) -> None:
        """Take down what became of files, and how busy the stages are by now."""
        told = list(outcomes)
        self.report.outcomes += told  # first: an interrupt while they are shown must not cost them
        for outcome in told:
            self._listener.tell(outcome)
        self._listener.progress(self.stages)


Intake: TypeAlias = Callable[[Sequence[SourceFile], Run], None]
"""Reads files, embeds them and writes them, and tells the run of each. One that is stopped by
KeyboardInterrupt says so in the report; what it told of as indexed is in the index."""


class Ingest:
    """Brings one store in line with files.

    Args:
        writing: whose documents they are and who judges them; documents of others are neither seen
            nor touched. Ones with pictures that have no captions of its model are read again, and
            files that another policy than its own refused.
        intake: takes in what is to be read.
        metadata: what of a file's own metadata is kept.
    """

    def __init__(self, writing: Writing, intake: Intake, *, metadata: Keep = "all") -> None:
        self._writing = writing
        self._intake = intake
        self._metadata = metadata

    def run(
        self,
        scope: Scope,
        *,
        listener: Listener | None = None,
        only: Callable[[SourceFile], bool] | None = None,
    ) -> Report:
        """Bring the index in line with the files of the scope.

        Ctrl-C ends it in good order and reports `interrupted`; what was indexed stays.

        Args:
            only: files to look at; of the others nothing is said, and they do not leave.

        Raises:
            StoreError: the store failed; what was reported as indexed before is there.
        """
        files = scope.files if only is None else tuple(filter(only, scope.files))
        filler, tenant = self._writing.filler, self._writing.tenant
        engine = filler.store.engine
        known = {record.source: record for record in list_records(engine, tenant=tenant)}
        run = Run(listener or Quiet(), len(files), known)
        rewriter = Rewriter(filler, tenant)
        moderated = self._writing.judges.policy is not None
        refresher = Refresher(filler, tenant, self._metadata, moderated=moderated)
        try:
            todo = plan(scope, known, self._is_current, files)
            run.tell(settle(engine, todo, tenant))
            run.tell(rewriter.run(todo.rewrites))
            run.tell(refresher.run(todo.refresh, known))
            unread = (*todo.read, *rewriter.unfit, *refresher.unfit)
            if unread:
                self._intake(unread, run)
            if not run.report.interrupted:
                gone = [source for source in todo.gone if source not in rewriter.moved]
                run.tell(remove_gone(engine, gone, tenant))
        except KeyboardInterrupt:
            run.report.interrupted = True
        finally:
            engine.flush()
        run.report.seconds = run.stages.seconds
        return run.report

    def _is_current(self, known: DocumentRecord) -> bool:
        """Whether a document was read as this run would read it."""
        policy, captions = self._writing.judges.policy, self._writing.captions
        if known.state == REFUSED and (known.released or known.policy != policy):
            return False
        version, _, by = known.loader_version.partition(CAPTIONED)
        pictures = known.nodes.get(Modality.IMAGE.value, 0)
        return version == VERSION and (not captions or not pictures or by == captions)
