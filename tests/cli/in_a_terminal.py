"""Commands in processes of their own: through pipes, or in a terminal that is a real pty."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
PYTHON = (sys.executable, "-m", "mmrag")
CTRL_C = "\x03"
AGAIN_S, PATIENCE_S = 10.0, 300.0


def environment(**extra: str) -> dict[str, str]:
    """As little as a command needs, so that this process's own colours do not show through."""
    path = os.pathsep.join((str(ROOT), str(ROOT / "connectors")))
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {**kept, "PYTHONPATH": path, "TERM": "xterm-256color", "COLUMNS": "100", **extra}


def piped(
    *words: str | Path, cwd: Path, stdin: str = "", **extra: str
) -> subprocess.CompletedProcess[str]:
    """Run `python -m mmrag` with pipes on all sides."""
    return subprocess.run(
        [*PYTHON, *map(str, words)],
        cwd=cwd,
        env=environment(**extra),
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def in_terminal(
    *words: str | Path, cwd: Path, typed: Sequence[str] = (), **extra: str
) -> tuple[int, str]:
    """Run `python -m mmrag` in a terminal; exit code, and all that was shown.

    Args:
        typed: each is sent when a prompt ("[default]:") is the last that was shown since.

    Raises:
        AssertionError: it has not ended after minutes.
    """
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(cwd)
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell's background jobs ignore it
        os.execvpe(PYTHON[0], [*PYTHON, *map(str, words)], environment(**extra))
    shown, answers, since, last = b"", list(typed), 0, ""
    until = time.monotonic() + PATIENCE_S
    while True:
        if not select.select([terminal], [], [], AGAIN_S)[0]:
            if time.monotonic() > until:
                os.kill(pid, signal.SIGKILL)
                raise AssertionError(f"no end and nothing new after {shown.decode()!r}")
            # one that comes as a prompt begins to wait is noticed by Python with the next key only
            if last == CTRL_C:
                os.write(terminal, CTRL_C.encode())
            continue
        try:
            block = os.read(terminal, 1 << 16)
        except OSError:  # Linux says so when the other side is closed
            break
        if not block:
            break
        shown += block
        if answers and shown[since:].rstrip().endswith(b"]:"):
            since, last = len(shown), answers.pop(0)
            os.write(terminal, last.encode())
    os.close(terminal)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status), shown.decode().replace("\r\n", "\n")
