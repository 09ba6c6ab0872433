"""The process that holds an index for a server; it ends when its pipe does."""

from __future__ import annotations

import logging
import os
import pickle
import signal
import sys
import threading
from concurrent.futures import Future
from typing import Any, BinaryIO

from mmrag import MmragError
from mmrag_connectors.hosting.crew import ENDING, Crew, Ended, HostError
from mmrag_connectors.hosting.desk import Desk
from mmrag_connectors.hosting.frames import Ask, Leave, Opened, Told, packed, read


def main() -> None:
    """Serve one index over stdin and stdout. What libraries print goes to stderr."""
    asked = sys.stdin.buffer
    told = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    # those that are sent to all of a terminal or service are the server's, which then closes us
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        crew = Crew(Desk(read(asked)))
    except MmragError as exc:
        told.write(packed(Opened(exc)))
        told.flush()
        return
    holder = _Holder(crew, told)
    try:
        holder.tell(Opened())
        holder.listen(asked)
    finally:
        crew.close()


class _Holder:
    """Takes what is asked to the crew, and what it says back."""

    def __init__(self, crew: Crew, pipe: BinaryIO) -> None:
        self._crew, self._pipe = crew, pipe
        self._lock = threading.Lock()
        self._streams: dict[int, threading.Event] = {}

    def listen(self, pipe: BinaryIO) -> None:
        """Until the server closes its end, or is no more."""
        while True:
            try:
                message = read(pipe)
            except EOFError:
                return
            if isinstance(message, Leave):
                if stop := self._streams.pop(message.id, None):
                    stop.set()
            else:
                self._begin(message)

    def tell(self, message: Told | Opened) -> None:
        """Send a message. That nobody reads any more is found out by `listen`."""
        try:
            content = packed(message)
        except (pickle.PicklingError, TypeError, AttributeError) as exc:
            content = (
                packed(Told(message.id, error=HostError(str(exc))))
                if isinstance(message, Told)
                else b""
            )
        with self._lock:
            try:
                self._pipe.write(content)
                self._pipe.flush()
            except OSError:
                pass

    def _begin(self, ask: Ask) -> None:
        try:
            if ask.stream:
                self._streams[ask.id] = self._crew.stream(ask.name, ask.args, self._teller(ask))
                return
            future = self._crew.call(ask.name, ask.args)
        except HostError as exc:
            self.tell(Told(ask.id, error=exc))
            return
        future.add_done_callback(lambda done: self._answer(ask, done))

    def _answer(self, ask: Ask, done: Future[Any]) -> None:
        error = HostError(ENDING) if done.cancelled() else done.exception()
        if error is not None:
            assert isinstance(error, Exception)
            self.tell(Told(ask.id, error=error))
        else:
            self.tell(Told(ask.id, done.result()))

    def _teller(self, ask: Ask) -> Any:  # noqa: ANN401
        def put(item: object) -> None:
            if isinstance(item, Ended):
                self._streams.pop(ask.id, None)
                self.tell(Told(ask.id, error=item.error))
            else:
                self.tell(Told(ask.id, item, more=True))

        return put
