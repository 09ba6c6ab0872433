"""Pairs as a model's inputs: decoded in threads, ahead of the step, kept while there is room."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from mmrag.embeddings.ahead import THREADS
from mmrag.embeddings.base import MediaEmbedding
from mmrag.errors import MmragError
from mmrag.extras import require
from mmrag.modalities import Modality
from mmrag.training.pairs import Fault, Pairs, Value

if TYPE_CHECKING:
    import torch
else:
    torch = require("torch", extra="train", purpose="train")

Key: TypeAlias = tuple[Modality, Value]

ROOM = 1 << 30
"""Bytes of prepared media that are kept; what is beyond is decoded anew for every step."""
_AT_ONCE = 64


class Inputs:
    """What an embedding takes of each text, picture and recording. Close it, or use it in `with`.

    Attributes:
        embedding: that prepares and, for `fix`, encodes; may be changed for a later version of it.

    Args:
        room: bytes that are kept.
    """

    def __init__(self, embedding: MediaEmbedding, *, room: int = ROOM) -> None:
        self.embedding = embedding
        self._room = room
        self._kept: dict[Key, Any] = {}
        self._coming: dict[Key, Future[Any]] = {}
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="mmrag-pairs")

    def __enter__(self) -> Inputs:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    def faults(self, pairs: Pairs, progress: Callable[[int, int], None]) -> list[Fault]:
        """Prepare everything once, and say which rows have media that cannot be read.

        Args:
            progress: told how many files are done, of how many.
        """
        wanted = [key for side in (0, 1) for key in dict.fromkeys(_keys(pairs, side))]
        bad: dict[Key, str] = {}
        for start in range(0, len(wanted), _AT_ONCE):
            chosen = wanted[start : start + _AT_ONCE]
            self.ahead(chosen)
            for key in chosen:
                try:
                    self._take(key)
                except MmragError as error:
                    bad[key] = str(error)
            progress(min(start + _AT_ONCE, len(wanted)), len(wanted))
        found: list[Fault] = []
        for row in pairs.rows:
            keys = zip((pairs.left, pairs.right), row.sides, strict=True)
            found += [Fault(row.place, bad[key]) for key in keys if key in bad][:1]
        return found

    def fix(self, modality: Modality, values: Iterable[Value], size: int) -> None:
        """Keep the vectors of a tower that does not change, in place of what it takes."""
        todo = list(dict.fromkeys(values))
        for rows in _parts(todo, size):
            with torch.no_grad():
                vectors = self.embedding.raw_vectors(modality, self.of(modality, rows))
            for value, vector in zip(rows, vectors, strict=True):
                self._kept[modality, value] = vector

    def ahead(self, keys: Iterable[Key]) -> None:
        """Begin with these in threads, and forget what was begun and is not among them."""
        wanted = dict.fromkeys(keys)
        for key in [key for key in self._coming if key not in wanted]:
            self._coming.pop(key).cancel()
        for key in wanted:
            self._begin(key)

    def of(self, modality: Modality, values: Sequence[Value]) -> list[Any]:
        """Each as the model, or a tower that does not change, takes it.

        Raises:
            LoadError: a file that could be read before cannot be read now.
        """
        keys = [(modality, value) for value in values]
        for key in keys:
            self._begin(key)
        taken = {key: self._take(key) for key in dict.fromkeys(keys)}
        return [taken[key] for key in keys]

    def _begin(self, key: Key) -> None:
        if key not in self._kept and key not in self._coming:
            self._coming[key] = self._pool.submit(self.embedding.prepared, *key)

    def _take(self, key: Key) -> Any:  # noqa: ANN401  (of the model)
        if key in self._kept:
            return self._kept[key]
        made = self._coming.pop(key).result()
        size = _bytes(made)
        if size <= self._room:
            self._room -= size
            self._kept[key] = made
        return made


def _keys(pairs: Pairs, side: int) -> Iterator[Key]:
    modality = (pairs.left, pairs.right)[side]
    return ((modality, row.sides[side]) for row in pairs.rows)


def _parts(values: list[Value], size: int) -> Iterator[list[Value]]:
    return (values[start : start + size] for start in range(0, len(values), size))


def _bytes(made: Any) -> int:  # noqa: ANN401
    parts = made if isinstance(made, tuple) else (made,)
    return sum(part.nbytes if isinstance(part, np.ndarray) else len(part) for part in parts)
