"""Files moderated without an index: read as `mmrag index` reads them, embedded and judged."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from llama_index.core.schema import Node

from mmrag.config import Settings
from mmrag.errors import InputError
from mmrag.ingest.readers import Readers, shared_out
from mmrag.ingest.reading import Read, ReadOptions
from mmrag.ingest.report import reason_of
from mmrag.ingest.scan import scan
from mmrag.ingest.sources.spool import Spool, Terms
from mmrag.profiles import Profile
from mmrag.spaces import Columns, Spaces, space_models
from mmrag.tasks.moderation.flags import Flag, strictest
from mmrag.tasks.moderation.moderator import Moderator
from mmrag.tasks.moderation.policy import Action, Policy


@dataclass(frozen=True)
class Embedded:
    """A file's nodes with their vectors, or why there are none."""

    source: str
    path: Path
    nodes: Sequence[Node] = ()
    columns: Columns | None = None
    error: str | None = None


@dataclass(frozen=True)
class Moderated:
    """What was found in one file.

    Attributes:
        nodes: how many passages, pictures and stretches were judged.
        error: why it could not be judged; it is neither clean nor flagged then.
    """

    source: str
    flags: tuple[Flag, ...] = ()
    nodes: int = 0
    error: str | None = None

    @property
    def action(self) -> Action | None:
        """What the policy would do with the file; None for one that is clean or was not judged."""
        return strictest(self.flags)


class FileModerator:
    """Moderates files by a policy, with the models of a profile.

    Args:
        settings: models in place of the profile's, and how files are read.

    Raises:
        ConfigError: nothing of the profile can judge by the policy.
        ModelUnavailable: weights are not within reach.
    """

    def __init__(self, policy: Policy, profile: Profile, settings: Settings) -> None:
        self._settings, self._profile = settings, profile
        rows = space_models(profile, settings.models, ollama=settings.ollama)
        self._spaces = Spaces(rows, ollama=settings.ollama)
        dense = {r.space: self._spaces.embedding(r.space) for r in rows if r.size is not None}
        self.moderator = Moderator(policy, dense)

    def moderate(self, given: Sequence[str | Path]) -> Iterator[Moderated]:
        """What is found in files, folders and archives, one file after the other.

        Raises:
            InputError: something does not exist, or there is no file.
        """
        for file in self.embedded(given):
            if file.error is not None:
                yield Moderated(file.source, error=file.error)
                continue
            rows = self.moderator.flags(file.nodes, file.columns)
            flags = tuple(flag for row in rows for flag in row)
            yield Moderated(file.source, flags, len(file.nodes))

    def embedded(self, given: Sequence[str | Path]) -> Iterator[Embedded]:
        """Files with the vectors of their nodes, in the order in which they are read."""
        ingest = self._settings.ingest
        with tempfile.TemporaryDirectory(prefix="mmrag-") as folder:
            limits, terms = ingest.limits, Terms.of(ingest)
            scope = scan(given, (), spool=Spool(Path(folder)), terms=terms, limits=limits)
            if not scope.files:
                raise InputError(f"nothing to moderate: no files in {', '.join(map(str, given))}")
            options = ReadOptions.of(ingest, asr_model=self._profile.asr_model)
            count, options = shared_out(options, ingest.workers, len(scope.files))
            bound = ingest.queue * ingest.batch_nodes
            readers = Readers(scope.files, options, count=count, after=_as_it_is, bound=bound)
            try:
                for read in readers:
                    if read is not None:
                        yield self._embed(read)
            finally:
                readers.stop()

    def embed(self, nodes: Sequence[Node]) -> Columns:
        """The vectors by which nodes are judged."""
        return self._spaces.encode(nodes, list(self.moderator.spaces.values())).columns

    def _embed(self, read: Read) -> Embedded:
        source, path = read.file.source, read.file.path
        if read.error is not None:
            return Embedded(source, path, error=read.error.reason)
        found = self._spaces.encode(read.nodes, list(self.moderator.spaces.values()))
        if found.faults:
            return Embedded(source, path, error=reason_of(next(iter(found.faults.values()))))
        return Embedded(source, path, read.nodes, found.columns)


def _as_it_is(read: Read) -> None:
    """No server is asked for captions of what is only looked at."""
