"""The two sides of `mmrag eval drift`: what was there, and what is new."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from mmrag.errors import InputError

if TYPE_CHECKING:
    from mmrag.config import Settings
    from mmrag.engine import MMRagIndex
    from mmrag.evaluation.drift.snapshot import Snapshot
    from mmrag.ingest.report import Outcome
    from mmrag.store.documents import DocumentRecord


@dataclass(frozen=True)
class Sampling:
    """What is looked at: up to `size` items of a kind, in these dense spaces (all if none)."""

    size: int
    spaces: tuple[str, ...] = ()

    def of(
        self,
        index: MMRagIndex,
        *,
        documents: Sequence[DocumentRecord] | None = None,
        part: str = "all of it",
    ) -> Snapshot:
        """A snapshot of an index, or of some of its documents.

        Raises:
            InputError: a space is not there, or is sparse.
        """
        from mmrag.evaluation.drift.sampling import snapshot_of

        return snapshot_of(
            index.vector_store.engine,
            index.manifest,
            size=self.size,
            spaces=self.spaces,
            documents=documents,
            of=part,
        )

    def parted(self, index: MMRagIndex, since: datetime) -> tuple[Snapshot, Snapshot]:
        """What an index holds of files that were last changed before a time, and since.

        Markers keep the time of change of a file, not that of its indexing. A document that came
        from a server or an archive has a version in its place, which counts as long ago.

        Raises:
            InputError: there is nothing on one of the sides.
        """
        records, limit = index.documents(), since.timestamp() * 1e9
        day = since.isoformat(sep=" ", timespec="minutes")
        sides = []
        for word, new in (("before", False), ("since", True)):
            own = [record for record in records if (record.mtime_ns >= limit) is new]
            if not own:
                raise InputError(
                    f"of the {len(records)} documents in {index.vector_store.engine.location} "
                    f"none was changed {word} {day}; give another --since"
                )
            sides.append(self.of(index, documents=own, part=f"files changed {word} {day}"))
        return sides[0], sides[1]

    def of_files(
        self, paths: Sequence[str], reference: Snapshot, settings: Settings
    ) -> tuple[Snapshot, list[Outcome]]:
        """Files in the spaces of a reference, by its models; and those that could not be read.

        Raises:
            MmragError: a path does not exist, or a model is not within reach.
        """
        # indexed into a folder that is thrown away: nothing else reads and embeds them just so
        with _aside(reference, settings) as index:
            report = index.index(list(paths))
            found = self.of(index, part="files")
        return replace(found, location=", ".join(paths)), report.failed


@dataclass(frozen=True)
class New:
    """What is new: files, another index, or what changed since; and questions. One of the first
    three at most."""

    paths: tuple[str, ...] = ()
    index: Path | None = None
    since: datetime | None = None
    questions: Path | None = None


@dataclass(frozen=True)
class Sides:
    """What there is to compare.

    Attributes:
        failed: new files that could not be read.
    """

    before: Snapshot
    now: Snapshot
    failed: tuple[Outcome, ...] = ()


def both_sides(settings: Settings, sampling: Sampling, reference: Path | None, new: New) -> Sides:
    """Sample what was there, an index or a kept reference, and what is new.

    Raises:
        MmragError: an index, file or model is not there or not what it should be.
    """
    from mmrag.engine import MMRagIndex
    from mmrag.evaluation.drift.compare import check_models
    from mmrag.evaluation.drift.sampling import narrowed
    from mmrag.evaluation.drift.snapshot import load

    kept = None if reference is None else narrowed(load(reference), sampling.spaces)
    now: Snapshot | None = None
    failed: list[Outcome] = []
    if new.since is not None:
        with MMRagIndex(settings=settings, create=False) as index:
            before, now = sampling.parted(index, new.since)
            before = kept or before
    elif kept is not None:
        before = kept
    else:
        with MMRagIndex(settings=settings, create=False) as index:
            before = sampling.of(index)
    if new.index is not None:
        place = settings.index.model_copy(update={"directory": new.index, "qdrant_url": None})
        with MMRagIndex(
            settings=settings.model_copy(update={"index": place}), create=False
        ) as other:
            now = sampling.of(other)
    elif new.paths:
        now, failed = sampling.of_files(new.paths, before, settings)
    if new.questions is not None:
        asked = only_asked(new.questions, before, settings)
        check_models(before, asked)
        now = asked if now is None else replace(now, clouds={**now.clouds, **asked.clouds})
    if now is None:
        raise InputError("nothing is new: give files, another index, a time, or questions")
    return Sides(before, now, tuple(failed))


def with_asked(
    snapshot: Snapshot, index: MMRagIndex, questions: Path, spaces: Collection[str]
) -> Snapshot:
    """The same with the vectors of questions in some spaces, as the index encodes them.

    Raises:
        InputError: the questions cannot be read or asked.
    """
    from mmrag.evaluation.drift.sampling import with_questions
    from mmrag.evaluation.questions import read_questions

    rows = read_questions(questions, labelled=False)
    return with_questions(snapshot, index.channels(), rows, spaces)


def only_asked(questions: Path, reference: Snapshot, settings: Settings) -> Snapshot:
    """Questions alone, in the spaces in which a reference has questions, by its models.

    Raises:
        InputError: it has none, or these cannot be read or asked.
        MmragError: a model is not within reach.
    """
    from mmrag.evaluation.drift.snapshot import QUESTIONS

    spaces = {space for space, kind in reference.clouds if kind == QUESTIONS}
    if not spaces:
        raise InputError(
            f"{reference.location} keeps no earlier questions to compare with; save them with: "
            "mmrag eval drift --save-reference FILE --questions FILE, then give --reference FILE"
        )
    with _aside(reference, settings) as index:
        empty = Sampling(1).of(index, part="questions")
        asked = with_asked(empty, index, questions, spaces)
        return replace(asked, location=str(questions))


@contextmanager
def _aside(reference: Snapshot, settings: Settings) -> Iterator[MMRagIndex]:
    """An empty index with the models of a reference, for as long as it takes."""
    from mmrag.engine import MMRagIndex

    models = {row.space: row.model for row in reference.models if row.size is not None}
    changes = {"profile": reference.profile, "models": models, "retrieval.fusion": "dbsf"}
    with tempfile.TemporaryDirectory(prefix="mmrag-drift-") as folder:
        place = settings.index.model_copy(
            update={"directory": Path(folder) / "index", "qdrant_url": None, "tenant": None}
        )
        own = settings.with_changes(changes).model_copy(update={"index": place})
        with MMRagIndex(settings=own) as index:
            yield index
