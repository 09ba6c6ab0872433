"""Reads each file in a process of its own, with limits of the system on memory and time.

`python -m hostile.reading FOLDER [PART]` from tests/ reads the malformed set and prints what became
of each file, one JSON object a line, the slowest and the largest last.
"""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from hostile.malformed import FILES, MANIFEST
from mmrag.errors import LoadError
from mmrag.loaders import registry
from mmrag.modalities import FILE_KINDS

_PATIENCE = 10
Ending = Literal["nodes", "refused", "raised", "crashed", "hung"]


@dataclass(frozen=True)
class Fate:
    """What became of one file.

    Attributes:
        ending: "nodes", or "refused" with a LoadError; the others must not be.
        detail: the reason, or the number of nodes.
        stderr: what was printed on the way.
        seconds: processor time, for the clock depends on what else runs.
        mb: peak memory of the process.
    """

    name: str
    ending: Ending
    detail: str
    stderr: str
    seconds: float
    mb: int


def read_each(
    folder: Path, names: Iterable[str], *, memory_mb: int = 4096, seconds: int = 30
) -> Iterator[Fate]:
    """Read files of a folder through `read_file`, each in a fork of this process.

    Args:
        memory_mb: address space of the process.
        seconds: processor time of the process; ten times that by the clock is taken for a hang.
    """
    for kind in FILE_KINDS.values():
        registry.reader_for(kind)  # import before the fork, so that only reading is measured
    for name in names:
        yield _read_one(folder, name, memory_mb, seconds)


def _read_one(folder: Path, name: str, memory_mb: int, seconds: int) -> Fate:
    said, telling = os.pipe()
    printed, printing = os.pipe()
    child = os.fork()
    if not child:
        os.close(said)
        os.dup2(printing, 2)
        resource.setrlimit(resource.RLIMIT_AS, (memory_mb << 20, memory_mb << 20))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        _tell(telling, folder, name)
    os.close(telling)
    os.close(printing)
    ready, _, _ = select.select([said], [], [], _PATIENCE * seconds)
    if not ready:
        os.kill(child, signal.SIGKILL)
    with os.fdopen(said, "rb") as pipe:
        answer = pipe.read()
    with os.fdopen(printed, "rb") as pipe:
        stderr = pipe.read().decode(errors="replace")
    _, status, used = os.wait4(child, 0)
    took, mb = used.ru_utime + used.ru_stime, used.ru_maxrss >> 10
    if answer:
        ending, detail = json.loads(answer)
        return Fate(name, ending, detail, stderr, round(took, 2), mb)
    killed = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    hung = not ready or killed in (signal.SIGXCPU, signal.SIGKILL)
    detail = f"signal {killed}" if killed else f"exit {os.WEXITSTATUS(status)}"
    return Fate(name, "hung" if hung else "crashed", detail, stderr, round(took, 2), mb)


def _tell(pipe: int, folder: Path, name: str) -> None:
    """Read the file in this process, say what came of it, and end the process."""
    answer: tuple[Ending, str]
    try:
        nodes = registry.read_file(folder / name, name)
        json.dumps(
            [[node.text_resource.text, node.metadata] for node in nodes], ensure_ascii=False
        ).encode()  # type: ignore[union-attr]
        answer = "nodes", str(len(nodes))
    except LoadError as exc:
        answer = "refused", exc.reason
    except BaseException as exc:  # noqa: BLE001  (that is what is looked for)
        answer = "raised", f"{type(exc).__name__}: {exc}"
    os.write(pipe, json.dumps(answer).encode()[:60_000])
    os._exit(0)


if __name__ == "__main__":
    root, part = Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else ""
    rows = [json.loads(line) for line in (root / MANIFEST).open(encoding="utf-8")]
    wanted = [
        r["name"] for r in rows if r["expect"] not in ("absent", "stopped") and part in r["name"]
    ]
    fates = []
    for fate in read_each(root / FILES, wanted):
        fates.append(fate)
        sys.stdout.write(json.dumps(asdict(fate)) + "\n")
        sys.stdout.flush()
