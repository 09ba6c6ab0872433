"""What travels between the stages: one row a file, in columns of pickles.

Pickles, for nodes, vectors and errors are objects of our own; Arrow around them, for Ray Data then
neither copies nor looks into them.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mmrag.errors import MmragError
from mmrag.ingest.reading import Read
from mmrag.ingest.report import Outcome
from mmrag.ingest.scan import SourceFile
from mmrag.spaces import Columns
from mmrag.store.documents import DocumentRecord

if TYPE_CHECKING:
    import pyarrow as pa

TASK, DONE, TOLD = "task", "done", "told"
"""Columns: a `Task`, a `Done`, a `Told`; vectors are in columns named by `vectors_of`."""


@dataclass(frozen=True)
class Task:
    """A file to take in, and what the index knows of it."""

    file: SourceFile
    known: DocumentRecord | None


@dataclass(frozen=True)
class Done:
    """A file that was read."""

    read: Read
    known: DocumentRecord | None


@dataclass(frozen=True)
class Vectors:
    """What one pool made of the nodes of a file.

    Attributes:
        columns: by space, one vector or None for each node.
        faults: by row, what is wrong with a node.
        ms: milliseconds that it took.
    """

    columns: Columns
    faults: dict[int, MmragError]
    ms: float


@dataclass(frozen=True)
class Told:
    """What became of a file.

    Attributes:
        nodes: that were embedded.
        write_s: seconds of writing it.
    """

    outcome: Outcome
    nodes: int
    write_s: float


def vectors_of(pool: int) -> str:
    """The column of a pool's `Vectors`."""
    return f"vectors_{pool}"


def packed(rows: Iterable[object]) -> pa.Array:
    """A column of pickles."""
    import pyarrow as pa

    pickles = [pickle.dumps(row, protocol=pickle.HIGHEST_PROTOCOL) for row in rows]
    return pa.array(pickles, pa.large_binary())


def unpacked(table: pa.Table, column: str) -> list[Any]:
    """The objects of a column."""
    return [pickle.loads(row) for row in table.column(column).to_pylist()]


def one_column(name: str, rows: Sequence[object]) -> pa.Table:
    """A table of one column."""
    import pyarrow as pa

    return pa.table({name: packed(rows)})
