"""Files taken in by a Ray cluster: pools of actors that read, embed and write, one after another.

Ray Data moves blocks of rows from pool to pool, holds up those who are ahead, and gives the work of
an actor that died to another one. What is written twice has the same ids.
"""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

from mmrag.config import Settings
from mmrag.errors import ConfigError, MmragError
from mmrag.ingest.pipeline import Run
from mmrag.ingest.scan import SourceFile
from mmrag.ingest.sources.spool import Spool
from mmrag.work import Engine, Work
from mmrag_connectors.ray.actors import Embedder, Reader, Writer
from mmrag_connectors.ray.reach import check_reach
from mmrag_connectors.ray.rows import TASK, TOLD, Task, Told, one_column, unpacked
from mmrag_connectors.ray.session import ray_itself, session
from mmrag_connectors.ray.sharing import Shares, shares_of

TRIES = 4
"""So often a batch is given to another actor, when those who had it died."""
CLIENT = "ray://"
FINDS_OUT_S = 40.0
"""Ray takes a machine for lost that has not answered for some 20 s (`health_check_period_ms`)."""
SPAN = 100_000
"""Files that Ray is given at once: less than 100 MB. With each such part models are loaded anew."""


def engine(settings: Settings) -> Engine:
    """What `mmrag index --engine ray` finds.

    Raises:
        MissingExtra: Ray is not installed.
        ConfigError: the address is one for Ray's client.
    """
    ray_itself()
    address = settings.cluster.address
    if address is not None and address.startswith(CLIENT):
        raise ConfigError(
            f"cluster.address: {address} is for Ray's client, which Ray Data does without; run "
            f"mmrag on a machine of the cluster and give auto, or HOST:6379"
        )
    return take_in


def take_in(work: Work, files: Sequence[SourceFile], run: Run) -> None:
    """Read, embed and write files; what was told of as indexed is in the index.

    Ctrl-C ends the actors at once: a document that was being written is written again by the next
    run.

    Raises:
        InputError: no cluster, or one whose machines do not see the files.
        ConfigError: it has too few GPUs for the settings.
        MmragError: what concerns every file, or a batch that one actor after the other died of.
    """
    settings = work.settings
    try:
        with session(settings.cluster.address) as cluster:
            shares = shares_of(work.rows, settings.cluster, cluster, len(files))
            stages = run.stages
            stages.read.width, stages.write.width = shares.readers, shares.writers
            stages.embed.width = sum(pool.size for pool in shares.pools)
            with _plainly(ray_itself()):
                check_reach(ray_itself(), files, Spool.of(settings.index).folder)
                for span in spans(files):
                    _take_in(work, span, run, shares)
    except KeyboardInterrupt:
        run.report.interrupted = True


def spans(files: Sequence[SourceFile], most: int = SPAN) -> Iterator[Sequence[SourceFile]]:
    """Files in parts of nearly the same size, for Ray keeps all that it is given at once."""
    parts = math.ceil(len(files) / most)
    bounds = [len(files) * part // parts for part in range(parts + 1)]
    return (files[first:last] for first, last in pairwise(bounds))


def _take_in(work: Work, files: Sequence[SourceFile], run: Run, shares: Shares) -> None:
    """Take in a part of the files; what is left of it once more, where a machine was lost.

    Until Ray knows that it is, the actors there are "unavailable", and a batch's tries soon used.
    """
    ray = ray_itself()
    while files:  # all may have been told of when it was lost
        machines, done = _machines(ray), set[str]()
        try:
            for told in _told(work, files, run, shares):
                _count(told, run)
                run.tell([told.outcome])
                done.add(told.outcome.source)
        except ray.exceptions.ActorUnavailableError:
            if not _one_was_lost(ray, machines):
                raise
            files = [file for file in files if file.source not in done]
        else:
            return


def _machines(ray: Any) -> set[str]:  # noqa: ANN401
    return {node["NodeID"] for node in ray.nodes() if node["Alive"]}


def _one_was_lost(ray: Any, before: set[str]) -> bool:  # noqa: ANN401
    """Whether a machine is gone that was there; it may take Ray some time to find out."""
    until = time.monotonic() + FINDS_OUT_S
    while before <= _machines(ray):
        if len(before) == 1 or time.monotonic() > until:
            return False
        time.sleep(0.5)
    return True


def _told(work: Work, files: Sequence[SourceFile], run: Run, shares: Shares) -> Iterator[Told]:
    with warnings.catch_warnings():  # of how retries are set, which has no other way yet
        warnings.simplefilter("ignore")
        dataset = _dataset(ray_itself(), work, files, run, shares)
    for table in dataset.iter_batches(batch_size=None, batch_format="pyarrow", prefetch_batches=0):
        yield from unpacked(table, TOLD)


@contextmanager
def _plainly(ray: Any) -> Iterator[None]:  # noqa: ANN401
    """Turn Ray's errors into one of mmrag."""
    try:
        yield
    except ray.exceptions.RayError as exc:
        raise _own(exc) from exc


def _dataset(
    ray: Any,  # noqa: ANN401
    work: Work,
    files: Sequence[SourceFile],
    run: Run,
    shares: Shares,
) -> Any:  # noqa: ANN401
    def after(dataset: Any, actor: type, size: int, *args: object, **claims: Any) -> Any:  # noqa: ANN401
        return dataset.map_batches(
            actor,
            fn_constructor_args=(work, *args),
            compute=ray.data.ActorPoolStrategy(size=min(size, len(blocks))),
            batch_format="pyarrow",
            zero_copy_batch=True,
            num_cpus=shares.cpus,
            ray_remote_args_fn=_patience,
            **claims,
        )

    tasks = [Task(file, run.known.get(file.source)) for file in files]
    blocks = [
        one_column(TASK, tasks[start : start + shares.reading])
        for start in range(0, len(tasks), shares.reading)
    ]
    dataset = ray.data.from_arrow(blocks)
    context = dataset.context  # of this one and those made of it
    context.enable_progress_bars = context.print_on_execution_start = False
    context.raise_original_map_exception = True
    context.execution_no_progress_timeout_s = -1  # a film takes long, and readers are timed anyway
    dataset = after(dataset, Reader, shares.readers, batch_size=None)
    for number, pool in enumerate(shares.pools):
        claims = {"batch_size": shares.embedding, "num_gpus": shares.gpus}
        told = (number, pool.spaces, shares.threads)
        dataset = after(dataset, Embedder, pool.size, *told, **claims)
    return after(dataset, Writer, shares.writers, len(shares.pools), batch_size=None)


def _patience() -> dict[str, int]:
    return {"max_task_retries": TRIES}


def _count(told: Told, run: Run) -> None:
    """Add up what the actors were busy with."""
    stages, ms = run.stages, dict(told.outcome.ms)
    embedding = ms.pop("embed", 0.0)
    stages.read.done += 1
    stages.read.busy_s += sum(ms.values()) / 1000
    stages.embed.done += told.nodes
    stages.embed.busy_s += embedding / 1000
    stages.write.done += told.nodes
    stages.write.busy_s += told.write_s


def _own(error: Any) -> MmragError:  # noqa: ANN401
    """The error of mmrag that an actor raised, or one line for what Ray says."""
    cause = getattr(error, "cause", None)
    if isinstance(cause, MmragError):
        return cause
    said = " ".join(str(cause or error).split())[:300]
    return MmragError(
        f"Ray gave up: {said}; what was indexed stays, and a rerun goes on from there"
    )
