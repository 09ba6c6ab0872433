"""How the work is shared out: how many actors each pool has, and what each of them may use."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mmrag.config import ClusterSettings
from mmrag.errors import ConfigError
from mmrag.store.manifest import SpaceModel

MOST_FILES = 16
"""Files that an actor takes at once; more would be lost with it when it dies."""
ROUNDS = 4
"""Each actor of a pool has work so many times at least, if there are files enough."""
HUNDREDTH = 100
"""Ray knows ten thousandths of a processor; hundredths are fine enough."""


@dataclass(frozen=True)
class Cluster:
    """What there is.

    Attributes:
        each: processors of every machine that has some for actors.
        gpus: of all of them.
    """

    each: tuple[float, ...]
    gpus: float

    @property
    def machines(self) -> int:
        """How many there are."""
        return len(self.each)

    @property
    def cpus(self) -> float:
        """Processors of all machines."""
        return sum(self.each)

    @property
    def left(self) -> float:
        """Processors that are there when any one of several machines is lost."""
        return self.cpus - max(self.each) if self.machines > 1 else self.cpus


@dataclass(frozen=True)
class Pool:
    """Actors that fill spaces with one model.

    Attributes:
        spaces: that they fill.
        size: how many actors.
    """

    spaces: tuple[str, ...]
    size: int


@dataclass(frozen=True)
class Shares:
    """Who does what.

    Attributes:
        readers, writers: how many actors read and write.
        pools: those who embed, one pool a model.
        cpus: that each actor claims.
        gpus: that each embedder claims.
        threads: that each embedder uses.
        reading, embedding: files that an actor takes at once.
    """

    readers: int
    writers: int
    pools: tuple[Pool, ...]
    cpus: float
    gpus: float
    threads: int
    reading: int
    embedding: int


def shares_of(
    rows: Sequence[SpaceModel], settings: ClusterSettings, cluster: Cluster, files: int
) -> Shares:
    """Share out the work on so many files.

    Actors claim no more than there is, or Ray would wait for room for ever, and no more than is
    left when a machine is lost, or it would wait for another: where they are more than those
    processors, each claims a part of one, and an embedder that uses several claims one. Nobody is
    there who could have no file.

    Raises:
        ConfigError: a space is unknown, or the embedders want more GPUs than there are.
    """
    models = _by_model(rows)
    with_gpus = cluster.gpus > 0 and settings.gpus != 0
    usual = cluster.gpus // len(models) if with_gpus else cluster.machines
    wanted = _counts(models, settings.embedders, max(1, int(usual)))
    counts = [min(count, files) for count in wanted]
    embedders = sum(counts)
    readers = min(settings.readers or max(1, int(cluster.cpus // 2)), files)
    writers = min(settings.writers, files)
    others = readers + writers
    left = (cluster.cpus - others) // embedders
    return Shares(
        readers=readers,
        writers=writers,
        pools=tuple(map(Pool, models.values(), counts)),
        cpus=_part(1 / math.ceil((others + embedders) / cluster.left)),
        gpus=_gpus(settings.gpus, cluster.gpus, embedders),
        threads=max(1, int(min(left, *cluster.each))),
        reading=_at_once(files, readers),
        embedding=_at_once(files, max(counts)),
    )


def _by_model(rows: Sequence[SpaceModel]) -> dict[str, tuple[str, ...]]:
    """Spaces of the same model share its actors."""
    models: dict[str, tuple[str, ...]] = {}
    for row in rows:
        if row.size is not None:
            models[row.model] = (*models.get(row.model, ()), row.space)
    return models


def _counts(
    models: Mapping[str, tuple[str, ...]], given: int | Mapping[str, int] | None, usual: int
) -> list[int]:
    if not isinstance(given, Mapping):
        return [given or usual] * len(models)
    known = [space for spaces in models.values() for space in spaces]
    for space in given:
        if space not in known:
            raise ConfigError(
                f"cluster.embedders: the index has no dense space {space!r}, "
                f"it has: {', '.join(known)}"
            )
    return [
        max((given[space] for space in spaces if space in given), default=usual)
        for spaces in models.values()
    ]


def _gpus(wanted: float | None, there: float, embedders: int) -> float:
    each = _part(1 / math.ceil(embedders / there)) if wanted is None and there else wanted or 0.0
    if each * embedders > there:
        raise ConfigError(
            f"cluster.gpus: {embedders} embedders with {each:g} each need {each * embedders:g} "
            f"GPUs, and the cluster has {there:g}; lower it, or cluster.embedders"
        )
    return each


def _part(share: float) -> float:
    """Rounded down, so that all parts fit."""
    return math.floor(share * HUNDREDTH) / HUNDREDTH


def _at_once(files: int, actors: int) -> int:
    return max(1, min(MOST_FILES, files // (actors * ROUNDS)))
