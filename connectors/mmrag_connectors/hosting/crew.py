"""Threads that do what is asked at a desk: quick things beside slow ones, that none waits long."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from mmrag import MmragError
from mmrag_connectors.hosting.desk import Desk

QUICK = 8
"""Threads for what takes milliseconds; questions that wait for one another are embedded at once."""
SLOW = 8
"""Threads for answers: they wait for a language model most of the time."""

ENDING = "the server is ending"

_SLOW = {"ask", "ask_stream", "chat_stream", "classify", "embed_files"}
_log = logging.getLogger("mmrag.hosting")


class HostError(RuntimeError):
    """Something went wrong beside the index that is nobody's input; its log has the traceback."""


@dataclass(frozen=True)
class Ended:
    """The end of a stream: as it should, or by an error."""

    error: Exception | None = None


class Crew:
    """Runs a desk's methods in threads.

    Args:
        desk: the methods. Only public ones can be called.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._quick = ThreadPoolExecutor(QUICK, "mmrag-quick")
        self._slow = ThreadPoolExecutor(SLOW, "mmrag-slow")
        self._ending = threading.Event()

    def call(self, name: str, args: tuple[Any, ...]) -> Future[Any]:
        """Start a method; the future has its result, or a MmragError or HostError.

        One that was not begun when the crew closed is cancelled.
        """
        return self._pool(name).submit(self._done, self._method(name), args)

    def stream(
        self, name: str, args: tuple[Any, ...], put: Callable[[object], None]
    ) -> threading.Event:
        """Start a generator method: `put` takes what it yields, and an `Ended` at last.

        Returns:
            An event that ends it before its next item.
        """
        stop = threading.Event()
        following = self._pool(name).submit(self._follow, self._method(name), args, put, stop)
        following.add_done_callback(
            lambda done: put(Ended(HostError(ENDING))) if done.cancelled() else None
        )
        return stop

    def close(self) -> None:
        """End streams before their next item, wait for all threads, close the desk."""
        self._ending.set()
        for pool in (self._quick, self._slow):
            pool.shutdown(wait=True, cancel_futures=True)
        self._desk.close()

    def _pool(self, name: str) -> ThreadPoolExecutor:
        return self._slow if name in _SLOW else self._quick

    def _method(self, name: str) -> Callable[..., Any]:
        if name.startswith("_") or name == "close":
            raise HostError(f"a desk has nothing that is called {name!r}")
        method: Callable[..., Any] = getattr(self._desk, name)
        return method

    def _done(self, method: Callable[..., Any], args: tuple[Any, ...]) -> Any:  # noqa: ANN401
        try:
            return method(*args)
        except BaseException as exc:  # noqa: BLE001  (told to whoever asked, in a form of ours)
            raise _told(exc) from None

    def _follow(
        self,
        method: Callable[..., Generator[Any, None, None]],
        args: tuple[Any, ...],
        put: Callable[[object], None],
        stop: threading.Event,
    ) -> None:
        try:
            if not self._over(stop):
                items = method(*args)
                try:
                    for item in items:
                        if self._over(stop):
                            break
                        put(item)
                finally:
                    items.close()
            put(Ended(HostError(ENDING) if self._ending.is_set() else None))
        except BaseException as exc:  # noqa: BLE001  (told to whoever asked)
            put(Ended(_told(exc)))

    def _over(self, stop: threading.Event) -> bool:
        return stop.is_set() or self._ending.is_set()


def _told(error: BaseException) -> Exception:
    """The error for whoever asked; one that nobody expects is written down here.

    What is no Exception, as a panic in Rust is none, is one to whoever asked: else they would wait.
    """
    if isinstance(error, MmragError):
        return error
    _log.error("a call failed", exc_info=error)
    return HostError(f"{type(error).__name__}: {error}")
