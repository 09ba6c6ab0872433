"""`--verbose`: where the time of a command went, on stderr, when it is at its end."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from mmrag.timing import Timings, recording, timed

VerboseOption = Annotated[
    bool,
    typer.Option("--verbose", "-v", help="Say on stderr how long each step took."),
]


@contextmanager
def told(command: str, verbose: bool) -> Iterator[None]:
    """Tell what each step within took; nothing at all without `verbose`."""
    if not verbose:
        yield
        return
    with recording() as timings:
        try:
            with timed(command):
                yield
        finally:
            sys.stderr.write(table(timings))


def table(timings: Timings) -> str:
    """A line a step: milliseconds, its name below what it is a part of, how often if not once."""
    lines = ["      ms"]
    for path, spent in timings.steps.items():
        often = f" ({spent.times} times)" if spent.times > 1 else ""
        lines.append(f"{spent.seconds * 1000:8.1f}  {'  ' * (len(path) - 1)}{path[-1]}{often}")
    return "".join(f"{line}\n" for line in lines)
