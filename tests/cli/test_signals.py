"""Signals that ask a run to stop: once politely, then as the system does it."""

from __future__ import annotations

import signal
import threading

import pytest
from waiting import join

from mmrag.cli.signals import StopRequest, stoppable


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_the_first_one_is_raised_and_the_second_is_not_caught(
    number: signal.Signals, code: int, capfd: pytest.CaptureFixture[str]
) -> None:
    before = signal.getsignal(number)
    with stoppable() as requests:
        with pytest.raises(StopRequest, match=number.name):
            signal.raise_signal(number)
        assert [request.exit_code for request in requests] == [code]
        assert {signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)} == {
            signal.SIG_DFL
        }
    assert signal.getsignal(number) is before
    assert capfd.readouterr().err == (
        "mmrag: finishing the batch in hand; ask again to end at once\n"
    )


def test_what_nohup_ignores_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stoppable() as requests:
            signal.raise_signal(signal.SIGHUP)
        assert requests == []
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_other_threads_cannot_and_need_not_listen() -> None:
    seen: list[list[StopRequest]] = []

    def work() -> None:
        with stoppable() as requests:
            seen.append(requests)

    thread = threading.Thread(target=work)
    thread.start()
    join(thread)
    assert seen == [[]]
