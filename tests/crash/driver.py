"""`mmrag index` with letters in place of a model, and a blow at a chosen moment.

Everything else is real: the command line, the workers, the embedded engine, the files.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from standins.letters import by_letters

from mmrag import spaces
from mmrag.cli.app import app
from mmrag.cli.progress import IndexProgress
from mmrag.ingest.report import Outcome
from mmrag.modalities import Modality
from mmrag.store.edge import EdgeEngine
from mmrag.store.spec import FloatArray

DIMENSION = 384
"""Of the model that the letters stand in for."""

When = Literal["before", "inside", "after"]

CALLS = (
    *("_upsert", "_update_vectors", "_set_payload"),
    *("_delete_where", "_delete_ids", "_flush", "_add_space"),
)
"""Methods of the engine that change what is on the disk."""


@dataclass(frozen=True)
class Blow:
    """A signal to the own process when a method of the engine is called for the `nth` time.

    Attributes:
        call: one of `CALLS`.
        part: of the time that the call before took, when the blow falls inside.
    """

    call: str
    nth: int
    when: When = "before"
    part: float = 0.5
    signal: int = signal.SIGKILL


@dataclass(frozen=True)
class Run:
    """One command line.

    Attributes:
        arguments: of `mmrag`.
        place: a folder to be made, for what is printed and for what was acknowledged.
        environment: settings.
    """

    arguments: tuple[str, ...]
    place: Path
    blows: tuple[Blow, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def acknowledged(self) -> list[tuple[str, str]]:
        """(status, source) of every file that the run had said to be done."""
        path = self.place / "acknowledged"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return [(row[0], row[1]) for row in map(json.loads, lines)]

    @property
    def calls(self) -> dict[str, int]:
        """How often a run that had ended called each of `CALLS`; nothing of others."""
        path = self.place / "calls"
        counted: dict[str, int] = json.loads(path.read_bytes()) if path.exists() else {}
        return counted

    @property
    def out(self) -> str:
        """What was printed."""
        return (self.place / "out").read_text(encoding="utf-8")

    @property
    def err(self) -> str:
        """What was said while working."""
        return (self.place / "err").read_text(encoding="utf-8")


def indexing(
    folder: Path, index: Path, place: Path, *, blows: tuple[Blow, ...] = (), workers: int = 0
) -> Run:
    """A run of `mmrag index` in batches of few nodes."""
    words = ("index", str(folder), "--index", str(index), "--no-ocr", "--no-asr")
    sizes = {"BATCH_NODES": 8, "QUEUE": 1, "WORKERS": workers}
    settings = {f"MMRAG_INGEST__{name}": str(size) for name, size in sizes.items()}
    return Run(words, place, blows, settings)


class LetterEmbedding:
    """Unit vectors made of letters. A stand-in for the packaged MiniLM, which takes seconds."""

    dimension = DIMENSION
    takes = frozenset({Modality.TEXT})

    def embed_texts(self, texts: list[str]) -> FloatArray:
        vectors = by_letters(texts)[:, :DIMENSION] + np.float32(1e-3)
        unit: FloatArray = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit


def carry_out(run: Run) -> int:
    """Run the command in this process, whose exit code it returns if it survives."""
    os.environ.update(run.environment)
    run.place.mkdir()
    for number, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(run.place / name, os.O_WRONLY | os.O_CREAT), number)
    sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
    sys.argv = ["mmrag", *run.arguments]
    spaces.embedding_named = lambda *_: LetterEmbedding()  # type: ignore[assignment]
    _acknowledge(os.open(run.place / "acknowledged", os.O_WRONLY | os.O_CREAT))
    calls = Counter[str]()
    for name in CALLS:
        _arm(name, [blow for blow in run.blows if blow.call == name], calls)
    try:
        app()
    except SystemExit as exc:
        return int(exc.code or 0)
    finally:
        (run.place / "calls").write_text(json.dumps(calls), encoding="utf-8")
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


def _acknowledge(file: int) -> None:
    told = IndexProgress.tell

    def tell(self: IndexProgress, outcome: Outcome) -> None:
        told(self, outcome)
        os.write(file, json.dumps([outcome.status, outcome.source]).encode() + b"\n")

    IndexProgress.tell = tell  # type: ignore[method-assign]


def _arm(name: str, blows: Sequence[Blow], calls: Counter[str]) -> None:
    """Count the calls of a method, and strike at those that are meant."""
    real = getattr(EdgeEngine, name)
    due = {blow.nth: blow for blow in blows}
    took = 1e-3

    def counted(engine: EdgeEngine, *args: Any) -> None:
        nonlocal took
        calls[name] += 1
        blow = due.get(calls[name])
        if blow is None or blow.when == "after":
            started = time.perf_counter()
            real(engine, *args)
            took = time.perf_counter() - started
        if blow is None:
            return
        if blow.when == "inside":
            # an alarm that nobody handles ends the process as abruptly, even in native code
            signal.setitimer(signal.ITIMER_REAL, max(1e-6, blow.part * took))
            real(engine, *args)
        os.kill(os.getpid(), blow.signal)
        if blow.when == "before":  # the process lives: the signal was a polite one
            time.sleep(0.2)  # the main thread hears of it
            real(engine, *args)

    setattr(EdgeEngine, name, counted)
