"""Writing behind the embedding, in a thread of its own."""

from __future__ import annotations

import queue
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from mmrag.ingest.report import Outcome
from mmrag.ingest.stages import Stage
from mmrag.ingest.writing import Batch, Writing
from mmrag.store.documents import DocumentRecord


@dataclass
class Writer:
    """Writes batches in the order in which they are put, at most `waiting` behind.

    Args:
        known, stage: as of `Writing.write`.
    """

    writing: Writing
    known: Mapping[str, DocumentRecord]
    stage: Stage
    waiting: int = 2

    _batches: queue.Queue[Batch | None] = field(init=False)
    _done: queue.SimpleQueue[Outcome] = field(init=False, default_factory=queue.SimpleQueue)
    _error: BaseException | None = field(init=False, default=None)
    _thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self._batches = queue.Queue(maxsize=self.waiting)
        self._thread = threading.Thread(target=self._work, name="mmrag-write", daemon=True)
        self._thread.start()

    def put(self, batch: Batch) -> None:
        """Hand a batch over, when there is room.

        Raises:
            StoreError: an earlier batch could not be written.
        """
        self._check()
        self._batches.put(batch)

    def outcomes(self) -> list[Outcome]:
        """What was written since the last call."""
        found: list[Outcome] = []
        while not self._done.empty():
            found.append(self._done.get())
        return found

    def close(self) -> None:
        """Wait until everything is written; raises as `put` does. Harmless when called again."""
        if self._thread.is_alive():
            self._batches.put(None)
            self._thread.join()
        self._check()

    def _check(self) -> None:
        if self._error is not None:
            error, self._error = self._error, None
            raise error

    def _work(self) -> None:
        while (batch := self._batches.get()) is not None:
            if self._error is None:
                try:
                    for outcome in self.writing.write(batch, self.known, self.stage):
                        self._done.put(outcome)
                except BaseException as exc:  # noqa: BLE001  (handed to the main thread)
                    self._error = exc
