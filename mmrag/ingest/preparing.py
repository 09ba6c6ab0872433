"""Models loaded in a thread while the first files are read."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable


class Preparing:
    """Runs `prepare` at once; a daemon thread, for an interrupted run does not wait for it."""

    def __init__(self, prepare: Callable[[], object]) -> None:
        self._prepare = prepare
        self._error: BaseException | None = None
        # with its context, in which the time of loading is counted
        work = contextvars.copy_context().run
        self._thread = threading.Thread(
            target=work, args=(self._work,), name="mmrag-load", daemon=True
        )
        self._thread.start()

    @property
    def done(self) -> bool:
        """Whether everything is ready."""
        return not self._thread.is_alive() and self._error is None

    def wait(self) -> None:
        """Wait until everything is ready; raises what went wrong."""
        self._thread.join()
        if self._error is not None:
            raise self._error

    def _work(self) -> None:
        try:
            self._prepare()
        except BaseException as exc:  # noqa: BLE001  (handed to whoever waits)
            self._error = exc
