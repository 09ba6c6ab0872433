"""Files read ahead by several processes, as many as fit into a bounded queue."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Generic, TypeVar

from mmrag.ingest.pool import WorkerSlot
from mmrag.ingest.reading import Read, ReadOptions, read
from mmrag.ingest.scan import SourceFile

T = TypeVar("T")


def default_workers() -> int:
    """Half the cores: the others embed."""
    return max(1, (os.cpu_count() or 1) // 2)


class WeighedQueue(Generic[T]):
    """A queue bounded by the weight of what waits in it, not by its number.

    Something heavier than the whole bound passes when nothing else waits.
    """

    def __init__(self, bound: float) -> None:
        self._bound = bound
        self._held: deque[tuple[T, float]] = deque()
        self._weight = 0.0
        self._changed = threading.Condition()
        self._closed = self._complete = False

    def put(self, item: T, weight: float) -> None:
        """Wait until there is room; a closed queue takes and forgets."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._closed or not self._held or self._weight + weight <= self._bound
            )
            if not self._closed:
                self._held.append((item, weight))
                self._weight += weight
                self._changed.notify_all()

    def get(self, timeout: float | None = None) -> T | None:
        """The next item; None when none came in time, or none comes any more."""
        with self._changed:
            self._changed.wait_for(lambda: bool(self._held) or self._complete, timeout)
            if not self._held:
                return None
            item, weight = self._held.popleft()
            self._weight -= weight
            self._changed.notify_all()
            return item

    @property
    def over(self) -> bool:
        """Whether everything was taken and nothing more comes."""
        with self._changed:
            return self._complete and not self._held

    def complete(self) -> None:
        """Say that nothing more comes; who waits for it is let go."""
        with self._changed:
            self._complete = True
            self._changed.notify_all()

    def close(self) -> None:
        """Let everybody who waits go."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()


class Readers:
    """Reads files in `count` processes, or for 0 in a thread of this one.

    Args:
        after: what nodes go through in this process, such as captions from a server.
        bound: how many nodes may wait.

    Iterating gives what was read, in the order in which it is done, and None whenever `patience_s`
    pass without any, or at the end.
    """

    def __init__(
        self,
        files: Iterable[SourceFile],
        options: ReadOptions,
        *,
        count: int,
        after: Callable[[Read], None],
        bound: int,
        patience_s: float = 1.0,
    ) -> None:
        self._files = iter(files)
        self._options = options
        self._after = after
        self._patience = patience_s
        self._lock = threading.Lock()
        self._done: WeighedQueue[Read | BaseException] = WeighedQueue(bound)
        self._stopped = threading.Event()
        self._slots = [WorkerSlot() for _ in range(count)]
        self.busy_s = 0.0
        self._left = max(1, count)
        for number in range(self._left):
            slot = self._slots[number] if count else None
            threading.Thread(
                target=self._work, args=(slot,), name="mmrag-read", daemon=True
            ).start()

    def __iter__(self) -> Iterator[Read | None]:
        while not self._done.over:
            item = self._done.get(self._patience)
            if isinstance(item, BaseException):
                raise item
            yield item

    def stop(self) -> None:
        """Read nothing more, and end what is being read."""
        self._stopped.set()
        for slot in self._slots:
            slot.stop()
        self._done.close()

    def _next(self) -> SourceFile | None:
        with self._lock:
            return None if self._stopped.is_set() else next(self._files, None)

    def _work(self, slot: WorkerSlot | None) -> None:
        try:
            try:
                while (file := self._next()) is not None:
                    started = time.perf_counter()
                    done = slot.read(file, self._options) if slot else read(file, self._options)
                    self._after(done)
                    self.busy_s += time.perf_counter() - started
                    self._done.put(done, max(1, len(done.nodes)))
            finally:
                if slot:
                    slot.give_back()
        except BaseException as exc:  # noqa: BLE001  (handed to the main thread, which raises it)
            self._done.put(exc, 0)
        finally:
            with self._lock:
                self._left -= 1
                last = self._left == 0
            if last:
                self._done.complete()


def shared_out(options: ReadOptions, workers: int | None, files: int) -> tuple[int, ReadOptions]:
    """How many processes read so many files, and with how many threads each."""
    count = default_workers() if workers is None else workers
    count = min(count, files)
    cores = os.cpu_count() or 1
    return count, replace(options, threads=max(1, cores // max(1, count)))
