"""`make bench`: run every benchmark that ends within minutes, or those named.

A benchmark is a module of this folder with `run() -> None`; it publishes its own result. One that
cannot get its data says so and costs nothing else.
"""

from __future__ import annotations

import importlib
import sys

from pipelines.benchmarks.debian import Unreachable

BENCHMARKS = (
    "samples",
    "speech",
    "respelt",
    "tiny",
    "embed_speed",
    "ingest",
    "mixed_pool",
    "retrieval_speed",
    "scale",
    "toolbox",
    "model_compression",
    "serve",
    "grounding",
)


def main(names: list[str]) -> int:
    """Run the benchmarks called `names`, all if none; returns the exit code."""
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        sys.stderr.write(f"no benchmark {', '.join(unknown)}; there are: {', '.join(BENCHMARKS)}\n")
        return 2
    missed = 0
    for name in names or BENCHMARKS:
        try:
            importlib.import_module(f"pipelines.benchmarks.{name}").run()
        except Unreachable as exc:
            sys.stderr.write(f"{name}: not run: {exc}\n")
            missed += 1
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
