"""Taking files in for one index: all that is needed for it, and the engines that can do it.

The local engine reads, embeds and writes on this machine. Others are packages of their own, found
by their entry point in the group `mmrag.engines`: a function of the settings that says what of them
it cannot use, and gives an `Engine`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import TypeAlias

from mmrag.bridges.carrying import Bridge
from mmrag.bridges.chain import Bridges
from mmrag.config import Settings
from mmrag.errors import InputError
from mmrag.ingest.judging import Judge
from mmrag.ingest.pipeline import Run
from mmrag.ingest.reading import ReadOptions
from mmrag.ingest.scan import SourceFile
from mmrag.ingest.verdicts import Judges
from mmrag.spaces import Spaces
from mmrag.store.manifest import SpaceModel
from mmrag.tasks.label_judge import LabelJudge
from mmrag.tasks.moderation.judge import ModerationJudge
from mmrag.tasks.moderation.moderator import Moderator
from mmrag.tasks.moderation.policy import read_policy

GROUP = "mmrag.engines"
LOCAL = "local"


@dataclass(frozen=True)
class Work:
    """What it takes to take files in for an index; travels to other processes and machines.

    Attributes:
        settings: of the index, which say where it is.
        rows: the model of every space, as the manifest keeps them.
        asr_model: of the profile.
    """

    settings: Settings
    rows: tuple[SpaceModel, ...]
    asr_model: str

    @property
    def options(self) -> ReadOptions:
        """How files are read."""
        return ReadOptions.of(self.settings.ingest, asr_model=self.asr_model)

    def spaces(self) -> Spaces:
        """The spaces; models load on first use."""
        passages = self.settings.ingest.passages_in_media_spaces
        return Spaces(self.rows, passages=passages, ollama=self.settings.ollama)

    def words(self) -> list[Bridge]:
        """What the nodes of a file go over when it has been read."""
        index = self.settings.index
        folder = None if index.qdrant_url else index.directory
        return Bridges.of(self.settings, asr_model=self.asr_model, folder=folder).after_reading()

    def judges(self, spaces: Spaces) -> Judges:
        """Those who judge nodes before they are written: labels first, then moderation.

        Raises:
            ConfigError: labels or the policy cannot be used.
        """
        each: list[Judge] = []
        classify, policy = self.settings.classify, self.settings.moderate.policy
        if classify.labels:
            each.append(LabelJudge.of(spaces, classify))
        if policy is None:
            return Judges(each)
        moderator = moderator_over(spaces, policy)
        return Judges([*each, ModerationJudge(moderator)], moderator.policy.digest)


Engine: TypeAlias = Callable[[Work, Sequence[SourceFile], Run], None]
"""Takes files in as an `Intake` does, wherever it sees fit."""


def moderator_over(spaces: Spaces, policy: Path) -> Moderator:
    """What judges by a policy file with the models of spaces.

    Raises:
        ConfigError: the policy cannot be used, or none of the models can judge by it.
    """
    dense = {r.space: spaces.embedding(r.space) for r in spaces.rows if r.size is not None}
    return Moderator(read_policy(policy), dense)


def engine_named(name: str, settings: Settings) -> Engine | None:
    """The engine of that name; None is the local one.

    Raises:
        InputError: there is none, or it cannot write to the index of the settings.
        MissingExtra: it is not installed.
    """
    if name == LOCAL:
        return None
    known = {entry.name: entry for entry in entry_points(group=GROUP)}
    if name not in known:
        there = ", ".join([LOCAL, *sorted(known)])
        raise InputError(f"no engine {name!r} to index with; there is: {there}")
    if settings.index.qdrant_url is None:
        raise InputError(
            f"engine {name} writes from several processes, and an index in a directory "
            f"({settings.index.directory}) is one process's own; name a Qdrant server: --qdrant URL"
        )
    made: Callable[[Settings], Engine] = known[name].load()
    return made(settings)
