"""Signals that ask a run to end wait until the step in hand is done and saved."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")  # not every system has all of them
_NOTICE = b"mmrag: finishing the step in hand and saving it; ask again to end at once\n"


@contextmanager
def waiting() -> Iterator[list[int]]:
    """Hold back the first signal; gives a list that its number is put into.

    On the way out, whoever handled the signal before gets it, so that it does then what it would
    have done at once: Ctrl-C raises KeyboardInterrupt. A second signal is not held back. Signals
    that are ignored, as under `nohup`, stay so; in threads other than the main one nothing is held.
    """
    asked: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield asked
        return
    known = [getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in known}
    held = [number for number in known if before[number] not in (signal.SIG_IGN, None)]

    def release() -> None:
        for number in held:
            signal.signal(number, before[number])

    def hold(number: int, frame: FrameType | None) -> None:
        release()
        asked.append(number)
        os.write(2, _NOTICE)  # past Python's buffers, one of which may just be written to

    for number in held:
        signal.signal(number, hold)
    try:
        yield asked
    finally:
        release()
    if asked:
        signal.raise_signal(asked[0])
