"""An index that follows its files while they change."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Event

from mmrag.errors import InputError
from mmrag.ingest.changes import Concerned, changes, folders_of, watched
from mmrag.ingest.report import Listener, Report
from mmrag.ingest.scan import SourceFile


class Watching(ABC):
    """The side of an index that waits for changes. How it is brought in line is the other's."""

    def watch(
        self,
        paths: str | Path | Sequence[str | Path],
        *,
        stop: Event | None = None,
        listener: Listener | None = None,
        allow_empty: bool = False,
    ) -> Iterator[Report]:
        """Bring the index in line with folders, and go on as they change.

        Changes are gathered until the files are quiet for a moment. Only folders with changes are
        looked into, and of them only files that a change concerns: one that failed is tried again
        when it changes. An index in a directory is this process's alone all the while: search it
        with this object, from another thread, or keep it on a Qdrant server.

        Args:
            paths: folders of this machine.
            stop: ends the watch when it is set, after the changes in hand. Ctrl-C does too.
            listener, allow_empty: as of `index`, of which the first run is one. Afterwards a
                watched folder that is empty suddenly is left alone unless `allow_empty` says so.

        Yields:
            The report of the first run, and of each later one in which something was done. One
            that could not be has an `error`; what it was about is tried again with the next change.

        Raises:
            InputError: a path is no folder or cannot be watched, or there is nothing to index.
        """
        given = [paths] if isinstance(paths, str | Path) else list(paths)
        folders = watched(given)
        batches = changes(folders, exclude=self._directory, stop=stop or Event())
        try:
            next(batches, None)
            report = self.index(given, listener=listener, allow_empty=allow_empty)
            yield report
            pending: frozenset[Path] = frozenset()
            while not report.interrupted and (batch := next(batches, None)) is not None:
                if not batch:
                    continue
                pending |= batch
                report = self._follow(pending, folders, listener, allow_empty=allow_empty)
                if not report.error:
                    pending = frozenset()
                if report.error or report.interrupted or report.counts.keys() - {"unchanged"}:
                    yield report
        except KeyboardInterrupt:
            return

    def _follow(
        self,
        changed: frozenset[Path],
        folders: Sequence[Path],
        listener: Listener | None,
        *,
        allow_empty: bool,
    ) -> Report:
        places = folders_of(changed, folders)
        emptied = allow_empty or not set(places) & set(folders)
        try:
            return self.index(
                places, listener=listener, allow_empty=emptied, only=Concerned(changed)
            )
        except InputError as exc:
            return Report(error=str(exc))

    @abstractmethod
    def index(
        self,
        paths: str | Path | Sequence[str | Path],
        *,
        listener: Listener | None = None,
        allow_empty: bool = False,
        only: Callable[[SourceFile], bool] | None = None,
    ) -> Report:
        """Bring the index in line with files and folders."""

    @property
    @abstractmethod
    def _directory(self) -> Path | None:
        """Where the index is; None for one on a server."""
