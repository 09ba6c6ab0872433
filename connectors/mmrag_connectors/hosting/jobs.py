"""Indexing jobs: one at a time, in a thread that makes way for questions."""

from __future__ import annotations

import os
import sys
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue

from mmrag import MmragError, MMRagIndex
from mmrag.ingest.report import Outcome
from mmrag.ingest.stages import Stages
from mmrag_connectors.hosting.calls import FileFate, Job, State
from mmrag_connectors.hosting.memory import give_back

KEPT = 1000
"""Jobs that are remembered."""
NICENESS = 5
"""Of the thread that indexes, and of threads and processes that it starts. Questions go first, and
where there are always some it still gets about a quarter of a processor."""
BATCH_NODES = 64
"""Of a job, at most: files are done by and by, and a batch holds up the end of the server less."""


class Jobs:
    """A queue of jobs and the thread that does them.

    Args:
        index_of: the index as a tenant has it.
        changed: called after each job: what was known of the index may be out of date.
    """

    def __init__(
        self, index_of: Callable[[str | None], MMRagIndex], changed: Callable[[], None]
    ) -> None:
        self._index_of, self._changed = index_of, changed
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._lock = threading.Lock()
        self._waiting: SimpleQueue[tuple[str, Sequence[str | Path]] | None] = SimpleQueue()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="mmrag-jobs", daemon=True)
        self._thread.start()

    def submit(self, tenant: str | None, names: Sequence[str], paths: Sequence[str | Path]) -> Job:
        """Index paths or addresses as soon as it is their turn; `names` are shown for them."""
        job = Job(uuid.uuid4().hex, tenant, "waiting", tuple(names), time.time())
        with self._lock:
            self._jobs[job.id] = job
            for old in [j.id for j in self._jobs.values() if j.ended is not None][:-KEPT]:
                del self._jobs[old]
        self._waiting.put((job.id, paths))
        return job

    def get(self, tenant: str | None, id: str) -> Job | None:
        """A tenant's job."""
        with self._lock:
            job = self._jobs.get(id)
        return job if job is not None and job.tenant == tenant else None

    def all(self, tenant: str | None) -> list[Job]:
        """A tenant's jobs, the newest first."""
        with self._lock:
            return [job for job in reversed(self._jobs.values()) if job.tenant == tenant]

    def close(self) -> None:
        """Let the job in hand finish its batch; those that wait are not begun."""
        self._stopping.set()
        self._waiting.put(None)
        self._thread.join()

    def _work(self) -> None:
        if sys.platform == "linux":  # elsewhere niceness is that of a whole process
            with suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
        while (item := self._waiting.get()) is not None and not self._stopping.is_set():
            self._do(*item)

    def _do(self, id: str, paths: Sequence[str | Path]) -> None:
        self._amend(id, state="running")
        state: State = "done"
        error = ""
        try:
            told = _Told(lambda **changes: self._amend(id, **changes), self._stopping)
            report = self._index_of(self._jobs[id].tenant).index(
                paths, listener=told, allow_empty=True
            )
            if report.interrupted:
                raise KeyboardInterrupt
        except KeyboardInterrupt:
            state, error = "failed", "the server ended before this job was done"
        except MmragError as exc:
            state, error = "failed", str(exc)
        except BaseException as exc:  # noqa: BLE001  (a job of its own; the next one goes on)
            state, error = "failed", f"{type(exc).__name__}: {exc}"
        finally:
            self._changed()
            if self._waiting.empty():
                give_back()
            self._amend(id, state=state, error=error, ended=time.time())

    def _amend(self, id: str, **changes: object) -> None:
        with self._lock:
            self._jobs[id] = replace(self._jobs[id], **changes)  # type: ignore[arg-type]


class _Told:
    """Writes into a job what a run tells, and ends the run when it should."""

    def __init__(self, amend: Callable[..., None], stopping: threading.Event) -> None:
        self._amend, self._stopping = amend, stopping
        self._fates: list[FileFate] = []
        self._done = 0

    def start(self, total: int) -> None:
        self._amend(total=total)

    def tell(self, outcome: Outcome) -> None:
        self._done += 1
        if outcome.status != "unchanged":
            fate = FileFate(outcome.source, outcome.status, outcome.reason, outcome.nodes)
            self._fates.append(fate)
        self._amend(done=self._done, fates=tuple(self._fates))

    def progress(self, stages: Stages) -> None:
        self._amend(stages={stage.name: stages.as_dict(stage) for stage in stages})
        if self._stopping.is_set():
            self._stopping = threading.Event()  # once: what is in hand is finished after it
            raise KeyboardInterrupt
