"""What is asked: the sample archive, and a generated one of facts that are easily confused."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mmrag.samples import ARCHIVE, questions
from pipelines.benchmarks.grounding_files import Archive
from pipelines.benchmarks.result import REPOSITORY

Row = dict[str, Any]


def archives(folder: Path) -> tuple[Archive, Archive]:
    """The samples, and the generated world, which is written below `folder`."""
    subprocess.run(
        [sys.executable, REPOSITORY / "pipelines/make_grounding_world.py", "--to", folder],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    world = Archive(
        "world",
        folder / "archive",
        tuple({**row, "archive": "world"} for row in read(folder / "questions.jsonl")),
        tuple(read(folder / "places.jsonl")),
    )
    samples = Archive(
        "samples", ARCHIVE, tuple({**row, "archive": "samples"} for row in questions())
    )
    return samples, world


def read(path: Path) -> Iterator[Row]:
    """The objects of a JSON-lines file."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
