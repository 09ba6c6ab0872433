"""The side of an index that takes in: files, folders, archives, addresses, and further spaces."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from mmrag.bridges.chain import Bridges
from mmrag.config import ClassifySettings, Settings
from mmrag.errors import InputError
from mmrag.ingest.belongings import delete_belongings
from mmrag.ingest.compressing import Compressed, compress
from mmrag.ingest.filling import Filler
from mmrag.ingest.journal import Journal, reports_folder
from mmrag.ingest.local import LocalIntake
from mmrag.ingest.pipeline import Ingest, Intake
from mmrag.ingest.quarantine import Reassessed, reasons_of, reassess, release
from mmrag.ingest.registry import remove_gone
from mmrag.ingest.rejudging import Rejudged, rejudge
from mmrag.ingest.report import Listener, Report
from mmrag.ingest.scan import SourceFile, expect_files, scan
from mmrag.ingest.sources.given import Given
from mmrag.ingest.sources.spool import Terms
from mmrag.ingest.spaces import AddedSpace, add_space
from mmrag.ingest.writing import Writing
from mmrag.profiles import TEXT, Profile
from mmrag.record import Record
from mmrag.retrieval.channels import Channel
from mmrag.retrieval.ranking import Fusion
from mmrag.retrieval.scales import Scales, measure
from mmrag.spaces import Spaces
from mmrag.store.documents import DocumentRecord, delete_all, get_document, list_records
from mmrag.store.qdrant import MMRagQdrantStore
from mmrag.store.spec import Quantization
from mmrag.tasks.label_judge import LabelJudge
from mmrag.tasks.moderation.judge import ModerationJudge
from mmrag.tasks.moderation.moderator import Moderator
from mmrag.tasks.moderation.policy import read_policy
from mmrag.watching import Watching
from mmrag.work import LOCAL, Work, engine_named, moderator_over


class Indexing(Watching):
    """Brings an index in line with its files. What is searched with is the other side's."""

    settings: Settings
    profile: Profile
    _store: MMRagQdrantStore
    _spaces: Spaces
    _record: Record

    def index(
        self,
        paths: str | Path | Sequence[str | Path],
        *,
        listener: Listener | None = None,
        allow_empty: bool = False,
        only: Callable[[SourceFile], bool] | None = None,
        engine: str = LOCAL,
    ) -> Report:
        """Bring the index in line with files, folders, and what is in archives and on servers.

        Each of `paths` is a file or folder of this machine, a glob ("docs/**/*.pdf"), a zip or tar
        archive, an address of one file on a web server, or the address of a file, folder or glob
        on any file system of fsspec ("s3://bucket/docs"). Addresses are taken from here alone,
        never from the content of a file. What is fetched stays in the index's spool.

        With a moderation policy in the settings (`moderate.policy`), new and changed documents are
        judged by it: flagged ones are tagged, kept in quarantine, or refused, each told of in the
        report. What is in the index already is judged by `moderate_again`.

        Unchanged files are skipped, changed ones read again, and files that left an indexed folder
        leave the index. A file that cannot be read is reported and costs nothing else.

        Args:
            listener: told of each file as it is done.
            allow_empty: let a folder that is empty now take all its documents out of the index.
            only: files to look at, where the others are known not to have changed.
            engine: what reads, embeds and writes: "local", or "ray" on several machines, which
                needs a Qdrant server; `settings.cluster` says how.

        Raises:
            InputError: a path does not exist, there is nothing to index, or the engine cannot.
            MissingExtra: the engine is not installed.
        """
        elsewhere = engine_named(engine, self.settings)
        given = [paths] if isinstance(paths, str | Path) else list(paths)
        started = time.time()
        self._record.described.reread()  # places that another process took out stay out
        scope = scan(
            given,
            self._record.roots,
            spool=self._record.spool,
            exclude=self._directory,
            terms=Terms.of(self.settings.ingest),
            limits=self.settings.ingest.limits,
        )
        if not scope.files and not allow_empty:
            held = sum(scope.covers(record.source) for record in self._record.held())
            names = ", ".join(Given.of(item).shown for item in given)
            if held:
                raise InputError(
                    f"{names} is empty now, and the index holds {held} documents of it; nothing "
                    f"was changed (--allow-empty takes them out)"
                )
            raise InputError(f"nothing to index: no files in {names}")
        work = Work(self.settings, self._spaces.rows, self.profile.asr_model)
        judges = work.judges(self._spaces)  # first: a policy may be unusable
        self._record.remember(scope.roots)
        ingest = self.settings.ingest
        writing = Writing(
            Filler(self._store, self._spaces),
            tenant=self.settings.index.tenant,
            captions=ingest.captions,
            judges=judges,
        )
        intake: Intake = LocalIntake(
            writing,
            work.options,
            words=self._bridges.after_reading(),
            settings=ingest,
            prepare=lambda: self._spaces.embedding(TEXT).dimension,
        )
        if elsewhere is not None:
            intake = partial(elsewhere, work)
        run = Ingest(writing, intake, metadata=ingest.metadata)
        about = {"profile": self.profile.name, "paths": [Given.of(item).shown for item in given]}
        with Journal(
            reports_folder(self.settings.index), about=about, listener=listener
        ) as journal:
            report = run.run(scope, listener=journal, only=only)
            report.left_out = dict(scope.left_out)
            journal.end(report)
        self._sweep(started)
        self._rescale()
        return report

    @staticmethod
    def check_paths(
        paths: str | Path | Sequence[str | Path], settings: Settings, *, engine: str = LOCAL
    ) -> None:
        """Tell of what `index` cannot do, before an index is made for it.

        Args:
            paths, engine: as of `index`.
            settings: those that the index is going to be opened with.

        Raises:
            InputError: a path does not exist, there is nothing to begin an index with, or the
                engine cannot.
            ConfigError: the moderation policy of the settings cannot be used.
            MissingExtra: the engine is not installed.
        """
        given = [paths] if isinstance(paths, str | Path) else paths
        place = settings.index
        expect_files(given, None if place.qdrant_url else place.directory)
        if settings.moderate.policy is not None:
            read_policy(settings.moderate.policy)
        engine_named(engine, settings)

    def remove(self, sources: str | Sequence[str]) -> list[str]:
        """Take documents out of the index; their files stay where they are.

        A file that still lies in an indexed folder is indexed again by the next run over it.

        Args:
            sources: as documents are cited.

        Returns:
            The sources that were in the index, or known as files that could not be read.
        """
        wanted = [sources] if isinstance(sources, str) else list(sources)
        engine, tenant = self._store.engine, self.settings.index.tenant
        known = [source for source in wanted if get_document(engine, source, tenant) is not None]
        if known:
            started = time.time()
            for _ in remove_gone(engine, known, tenant):
                pass
            self._sweep(started)
            self._rescale()
        return known

    def remove_all(self) -> list[str]:
        """Take out all that belongs to the tenant of the settings; without one, to nobody.

        Documents, what is in quarantine, files that could not be read, nodes that were added in
        another way, the places that were indexed, uploads and fetched files. Your own files stay.

        Returns:
            The sources that were in the index, or known as files that could not be read.

        Raises:
            StoreError: a file cannot be deleted, or the engine failed; run it again.
        """
        engine, place = self._store.engine, self.settings.index
        sources = [record.source for record in list_records(engine, tenant=place.tenant)]
        delete_belongings(place)  # first: uploads that stay after a crash would be indexed again
        delete_all(engine, place.tenant)
        self._record.remember(())
        self._rescale()
        return sources

    def add_space(self, space: str, *, model: str | None = None) -> AddedSpace:
        """Fill one more space with the nodes that are there; nothing else is read or written.

        Args:
            space: a name of `mmrag.profiles.ADDABLE`, or any other one with a model.
            model: an id or local folder; None takes the one known for that name.

        Raises:
            InputError: the index has the space with another model, or no model is known for it.
            ModelUnavailable: the weights are not within reach; nothing was changed.
        """
        described = self._record.described
        described.reread()
        described.manifest, self._spaces, added = add_space(
            self._store,
            described.manifest,
            space,
            model=model,
            passages=self.settings.ingest.passages_in_media_spaces,
            ollama=self.settings.ollama,
        )
        self._rescale()
        return added

    def relabel(
        self,
        classify: ClassifySettings | None = None,
        *,
        progress: Callable[[int], object] = bool,
    ) -> Rejudged:
        """Label what is in the index by the vectors that it has; no file is read, none embedded.

        Labels of an earlier run leave. Documents that are indexed later get those of the settings.

        Args:
            classify: labels and how they are told; None takes those of the settings.
            progress: told after each batch how many nodes were looked at in it.

        Raises:
            InputError: no labels, labels that cannot be used, or a space that is not there.
        """
        judge = LabelJudge.of(self._spaces, classify or self.settings.classify)
        return rejudge(self._store, [judge], self.settings.index.tenant, progress=progress)

    def moderator(self, policy: Path) -> Moderator:
        """What judges by a policy file with this index's models; its vectors are taken as they are.

        Raises:
            ConfigError: the policy cannot be used, or nothing of this index can judge by it.
        """
        return moderator_over(self._spaces, policy)

    def moderate_again(
        self, *, policy: Path | None = None, progress: Callable[[str], object] = str
    ) -> Reassessed:
        """Judge what is in the index by a policy, as it is now, and hide or release accordingly.

        Args:
            policy: a file; None takes the settings'.
            progress: told of each document before it is looked at.

        Raises:
            InputError: neither names a policy.
            ConfigError: as of `moderator`.
        """
        chosen = policy or self.settings.moderate.policy
        if chosen is None:
            raise InputError(
                "no policy to judge the index by: give --policy FILE, or name one in the settings "
                "(moderate: {policy: FILE})"
            )
        judge = ModerationJudge(self.moderator(chosen))
        tenant, digest = self.settings.index.tenant, judge.moderator.policy.digest
        found = reassess(self._store, [judge], tenant, policy=digest, progress=progress)
        self._rescale()
        return found

    def release(self, source: str) -> DocumentRecord:
        """Let a document in quarantine be found, or a refused file be indexed by the next run.

        It stays so until the content changes, whatever a policy says.

        Raises:
            InputError: it is neither.
        """
        before = release(self._store, source, self.settings.index.tenant)
        self._rescale()
        return before

    def why_kept_out(self, record: DocumentRecord) -> list[str]:
        """The reasons of a document of `kept_out`."""
        return reasons_of(self._store, record)

    def compress(
        self, kind: Quantization | None = None, *, spaces: Sequence[str] | None = None
    ) -> list[Compressed]:
        """Make codes beside the vectors, which stay, and search by these; blocks.

        Call it again for what was indexed since.

        Args:
            kind: "int8", "binary", "turbo", or "none" to take them away; None is what the settings
                say, or else what there is.
            spaces: only these dense ones; None is all.

        Raises:
            ConfigError: a space is unknown, sparse, or has too few dimensions.
            InputError: no kind is said anywhere, and there are no codes.
        """
        return compress(self._store.engine, self.settings.index, kind, spaces=spaces)

    def optimize(self) -> int:
        """Build graphs over the vectors of a large index, to search in place of scanning; blocks.

        Call it again for what was indexed since, and after `compress`, which takes graphs away.

        Returns:
            How many vectors have a graph now. Below 50,000 points there is none, for a scan is
            exact and takes some milliseconds; a server builds its own.
        """
        return self._store.engine.optimize()

    def _sweep(self, before: float) -> None:
        """Delete fetched files that no document needs any more."""
        spool = self._record.spool
        if spool.used:
            spool.sweep((record.source for record in self._record.held()), before=before)

    def _rescale(self) -> None:
        """Measure what matches score, if calibrated fusion is in use and the index has changed."""
        self._forget_retriever()
        if self.fusion != "calibrated":
            return
        described = self._record.described
        if Scales.of(described.manifest.calibration).stale(self._store.engine):
            described.amend(calibration=measure(self._store, self.channels()).as_dict())

    @property
    @abstractmethod
    def fusion(self) -> Fusion:
        """How channels are fused."""

    @property
    @abstractmethod
    def _bridges(self) -> Bridges:
        """What makes words of media."""

    @abstractmethod
    def channels(self) -> list[Channel]:
        """One channel a space."""

    @abstractmethod
    def _forget_retriever(self) -> None:
        """The next search sees what has changed."""
