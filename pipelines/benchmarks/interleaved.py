"""Times of several jobs in turns, so that a shared machine slows all of them alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping


class Rounds:
    """Seconds of each job in each round: on the wall, and of the processor in all threads.

    Args:
        warm_up: what pays for caches and threads; by default each job once, not counted.
    """

    def __init__(
        self,
        jobs: Mapping[str, Callable[[], object]],
        rounds: int,
        *,
        warm_up: Callable[[], object] | None = None,
    ) -> None:
        for job in jobs.values() if warm_up is None else (warm_up,):
            job()
        self.wall: dict[str, list[float]] = {name: [] for name in jobs}
        self.processor: dict[str, list[float]] = {name: [] for name in jobs}
        for _ in range(rounds):
            for name, job in jobs.items():
                start, used = time.perf_counter(), time.process_time()
                job()
                self.wall[name].append(time.perf_counter() - start)
                self.processor[name].append(time.process_time() - used)

    def seconds(self, name: str) -> float:
        """Of the median round, on the wall."""
        return statistics.median(self.wall[name])

    def rate(self, name: str, items: int) -> float:
        """Items a second, of the median round."""
        return items / self.seconds(name)

    def faster(
        self, name: str, than: str, *, items: int = 1, of: int = 1, processor: bool = False
    ) -> float:
        """Median over the rounds of how many times as many items a second `name` does.

        Args:
            items: of `name` in a round.
            of: items of `than` in a round.
            processor: by the processor's time, which others on the machine disturb less.
        """
        seconds = self.processor if processor else self.wall
        pairs = zip(seconds[name], seconds[than], strict=True)
        return statistics.median((items / mine) / (of / theirs) for mine, theirs in pairs)
