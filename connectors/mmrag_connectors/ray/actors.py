"""The actors of each stage: they read files, embed what was read, and write it.

Nothing is loaded when they are made, but with the first batch, for an error there is told as it is
while one in a constructor is told as the death of an actor.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from mmrag.embeddings.bm25 import Bm25
from mmrag.ingest.filling import Filler
from mmrag.ingest.pool import WorkerSlot
from mmrag.ingest.reading import Read, finish
from mmrag.ingest.stages import Stage
from mmrag.ingest.writing import Batch, Writing
from mmrag.spaces import Columns, Encoded, Spaces
from mmrag.store.opening import open_engine
from mmrag.store.qdrant import MMRagQdrantStore
from mmrag.work import Work
from mmrag_connectors.ray.rows import (
    DONE,
    TASK,
    TOLD,
    Done,
    Task,
    Told,
    Vectors,
    one_column,
    packed,
    unpacked,
    vectors_of,
)

if TYPE_CHECKING:
    import pyarrow as pa

    from mmrag.bridges.carrying import Bridge


class Reader:
    """Reads files in a process below it, which a file may take down."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._options = replace(work.options, threads=1)
        self._slot = WorkerSlot()

    def __call__(self, table: pa.Table) -> Iterator[pa.Table]:
        """One row of `Done` for each of `Task`, as soon as it is."""
        for task in unpacked(table, TASK):
            yield one_column(DONE, [self._done(task)])

    def _done(self, task: Task) -> Done:
        read = self._slot.read(task.file, self._options)
        finish(read, self._words, self._work.settings.index.tenant)
        return Done(read, task.known)

    @cached_property
    def _words(self) -> list[Bridge]:
        return self._work.words()


class Embedder:
    """Fills spaces with one model, which it holds.

    Args:
        pool: the number of its column.
        spaces: that it fills.
        threads: that it may use.
    """

    def __init__(self, work: Work, pool: int, spaces: Sequence[str], threads: int) -> None:
        self._work, self._pool, self._names, self._threads = work, pool, tuple(spaces), threads

    def __call__(self, table: pa.Table) -> pa.Table:
        """The same rows with their vectors."""
        reads = [done.read for done in unpacked(table, DONE)]
        spaces = self._spaces
        started = time.perf_counter()
        encoded = spaces.encode([node for read in reads for node in read.nodes], self._names)
        ms = (time.perf_counter() - started) * 1000
        rows = packed(_parted(reads, encoded, ms))
        return table.append_column(vectors_of(self._pool), rows)

    @cached_property
    def _spaces(self) -> Spaces:
        import torch

        torch.set_num_threads(self._threads)
        return self._work.spaces()


class Writer:
    """Judges what was embedded and writes it to the server.

    Args:
        pools: how many columns of vectors there are.
    """

    def __init__(self, work: Work, pools: int) -> None:
        self._work, self._pools = work, pools

    def __call__(self, table: pa.Table) -> pa.Table:
        """One row of `Told` for each, whose documents are complete on the server."""
        dones: list[Done] = unpacked(table, DONE)
        reads = [done.read for done in dones]
        known = {row.read.file.source: row.known for row in dones if row.known is not None}
        vectors = [unpacked(table, vectors_of(pool)) for pool in range(self._pools)]
        for read, *rows in zip(reads, *vectors, strict=True):
            read.ms["embed"] = round(sum(row.ms for row in rows), 3)
        batch = Batch(reads, self._joined(reads, vectors))
        counts = [len(read.nodes) for read in reads]
        self._writing.judges.settle(reads, batch.encoded.columns, known)
        stage = Stage("write", "passages")
        outcomes = self._writing.write(batch, known, stage)
        each = stage.busy_s / len(reads)
        told = [Told(outcome, n, each) for outcome, n in zip(outcomes, counts, strict=True)]
        return one_column(TOLD, told)

    def _joined(self, reads: Sequence[Read], vectors: Sequence[Sequence[Vectors]]) -> Encoded:
        """The columns of all pools for all files, and those that need no model."""
        spaces = self._writing.filler.spaces
        sparse = [row.space for row in spaces.rows if row.size is None]
        nodes = [node for read in reads for node in read.nodes]
        columns: Columns = {row.space: [] for row in spaces.rows}
        columns |= spaces.encode(nodes, sparse).columns
        faults = {}
        for rows in vectors:
            first = 0
            for read, row in zip(reads, rows, strict=True):
                for space, column in row.columns.items():
                    columns[space] += column
                faults.update({first + place: fault for place, fault in row.faults.items()})
                first += len(read.nodes)
        return Encoded(columns, faults)

    @cached_property
    def _writing(self) -> Writing:
        settings, spaces = self._work.settings, self._work.spaces()
        index, engine = settings.index, open_engine(settings.index, settings.server)
        store = MMRagQdrantStore.from_engine(engine, sparse_encoder=Bm25())
        return Writing(
            Filler(store, spaces),
            tenant=index.tenant,
            captions=settings.ingest.captions,
            judges=self._work.judges(spaces),
        )


def _parted(reads: Sequence[Read], encoded: Encoded, ms: float) -> Iterator[Vectors]:
    """The part of each file, in order."""
    total = max(1, sum(len(read.nodes) for read in reads))
    first = 0
    for read in reads:
        rows = range(first, first + len(read.nodes))
        first = rows.stop
        columns = {
            space: column[rows.start : rows.stop] for space, column in encoded.columns.items()
        }
        faults = {row - rows.start: encoded.faults[row] for row in rows if row in encoded.faults}
        yield Vectors(columns, faults, ms * len(rows) / total)
