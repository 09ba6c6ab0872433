"""Indexing runs that are killed again and again, and what is left of the index after each."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import get_args

from crash.driver import Blow, Run, When, indexing
from crash.nursery import Nursery
from crash.raw import Faults, compare, unkept
from crash.world import World

KILLED = (-signal.SIGKILL, -signal.SIGALRM)
AIMED = 0.75
"""Share of kills beside or inside a call of the engine; the others fall at a random time."""
NEW = {"_upsert": 8, "_flush": 8, "_delete_where": 4}
"""Calls that a run over a new folder makes at least."""
ROUNDS_OF_ONE_INDEX = 4
"""In the last of them workers read; in the others the run does itself, which takes far less."""


@dataclass
class Kills:
    """What came of it.

    Attributes:
        kills: runs that were killed.
        lost, duplicated, orphaned: faults of passages and markers, after a run was acknowledged or
            had ended.
        running: workers that outlived the run that they read for.
        faults: all of these in words.
    """

    kills: int = 0
    lost: int = 0
    duplicated: int = 0
    orphaned: int = 0
    running: int = 0
    faults: tuple[str, ...] = ()


class _Killer:
    def __init__(self, place: Path, rng: random.Random, nursery: Nursery) -> None:
        self._place, self._rng, self._nursery = place, rng, nursery
        self.found = Kills()
        self._runs = 0
        self._took = 1.0
        self._calls = NEW

    def round(self, world: World, index: Path, kills: int, workers: int) -> None:
        """Kill runs over a folder, so many at most, then let one end and look."""
        code, run = -signal.SIGKILL, None
        while code in KILLED:
            run = self._run(world, index, workers, struck=kills > 0)
            started = time.perf_counter()
            code = self._nursery.run(run, kill_after_s=self._moment(run) if kills > 0 else None)
            kills -= 1
            if code in KILLED:
                self._look_after_a_kill(run, world, index)
        self._took, self._calls = time.perf_counter() - started, run.calls
        if code:
            self._tell(Faults(lost=(f"the run after a kill ended with {code}: {run.err}",)))
        else:
            self._tell(compare(index, world.folder, world.words))

    def _look_after_a_kill(self, run: Run, world: World, index: Path) -> None:
        self.found.kills += 1
        # a copy is looked at, for looking repairs: the next run must do that by itself
        copy = self._place / "copy"
        if run.acknowledged:
            shutil.copytree(index, copy, copy_function=_copy_sparse)
            self._tell(Faults(lost=unkept(copy, world.folder, run.acknowledged)))
            shutil.rmtree(copy)
        self.found.running += self._nursery.left_running()

    def _moment(self, run: Run) -> float | None:
        """When to kill a run that strikes no blow at itself."""
        return None if run.blows else self._rng.random() * self._took

    def _blow(self) -> Blow:
        """Somewhere among the calls that the last whole run made."""
        call = self._rng.choice(sorted(name for name, count in self._calls.items() if count))
        when: When = self._rng.choice(get_args(When))
        return Blow(call, self._rng.randint(1, self._calls[call]), when, self._rng.random())

    def _run(self, world: World, index: Path, workers: int, *, struck: bool) -> Run:
        self._runs += 1
        place = self._place / f"run-{self._runs}"
        aimed = struck and self._rng.random() < AIMED
        blows = (self._blow(),) if aimed else ()
        return indexing(world.folder, index, place, blows=blows, workers=workers)

    def _tell(self, seen: Faults) -> None:
        self.found.lost += len(seen.lost)
        self.found.duplicated += len(seen.duplicated)
        self.found.orphaned += len(seen.orphaned)
        self.found.faults += (*seen.lost, *seen.duplicated, *seen.orphaned)


def _copy_sparse(source: str, target: str) -> None:
    """The engine's files are mostly holes."""
    with Path(source).open("rb") as file, Path(target).open("wb") as out:
        while block := file.read(1 << 16):
            if block.count(0) == len(block):
                out.seek(len(block), os.SEEK_CUR)
            else:
                out.write(block)
        out.truncate(file.tell())


def run_kills(place: Path, kills: int, seed: int, nursery: Nursery) -> Kills:
    """Kill so many runs at moments that depend on the seed.

    Args:
        place: an empty folder.
    """
    rng, number = random.Random(seed), 0
    killer = _Killer(place, rng, nursery)
    while killer.found.kills < kills:
        if number % ROUNDS_OF_ONE_INDEX == 0:
            world = World(place / f"world-{number}", rng.randrange(1 << 30))
            index = place / f"index-{number}"
        else:
            world.change()
        number += 1
        workers = 2 if number % ROUNDS_OF_ONE_INDEX == 0 else 0
        killer.round(world, index, min(rng.randint(1, 3), kills - killer.found.kills), workers)
        sys.stderr.write(f"{killer.found.kills} of {kills} runs killed\n")
    return killer.found


def main() -> None:
    """Print what came of so many kills as a line of JSON."""
    count, seed = (int(word) for word in sys.argv[1:3])
    with tempfile.TemporaryDirectory() as place, Nursery() as nursery:
        found = run_kills(Path(place), count, seed, nursery)
    sys.stdout.write(json.dumps(asdict(found)) + "\n")


if __name__ == "__main__":
    main()
