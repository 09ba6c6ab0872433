"""Being asked to stop while indexing: by Ctrl-C, by `kill`, by a terminal that closes."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from mmrag.cli.terminal import obeys_codes

SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
"""Not every system has all of them."""
NOTICE = "mmrag: finishing the batch in hand; ask again to end at once\n"
ELSEWHERE = "mmrag: ending the run; ask again to end at once\n"
"""Where the batches are in other processes' hands."""
SHOW_CURSOR = "\x1b[?25h"


class StopRequest(KeyboardInterrupt):
    """Somebody wants the run to end.

    Attributes:
        exit_code: 128 and the number of the signal, as shells have it.
    """

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.exit_code = 128 + number


@contextmanager
def stoppable(notice: str = NOTICE) -> Iterator[list[StopRequest]]:
    """Raise StopRequest in the main thread for the first signal; gives a list that it is put into.

    A second one has its default action and ends the process at once, even inside native code: an
    index takes no harm from it. Signals that are ignored, as under `nohup`, stay so.

    Args:
        notice: told at the first signal, on standard error.
    """
    requests: list[StopRequest] = []
    if threading.current_thread() is not threading.main_thread():
        yield requests
        return
    known = [getattr(signal, name) for name in SIGNALS if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in known}
    heard = [number for number in known if before[number] is not signal.SIG_IGN]

    def stop(number: int, frame: FrameType | None) -> None:
        for each in heard:
            signal.signal(each, signal.SIG_DFL)
        # written past Python's buffers, in one of which the main thread may just be
        os.write(2, ((SHOW_CURSOR if obeys_codes(sys.stderr) else "") + notice).encode())
        requests.append(StopRequest(number))
        raise requests[0]

    for number in heard:
        signal.signal(number, stop)
    try:
        yield requests
    finally:
        for number in heard:
            signal.signal(number, before[number])
