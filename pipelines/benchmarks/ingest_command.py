"""`mmrag index` as a user runs it, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from pipelines.benchmarks.result import REPOSITORY


def mmrag_index(folder: Path, index: Path, *, timeout_s: float | None = None) -> dict[str, Any]:
    """Index a folder without OCR and speech; returns what `--json` prints.

    Raises:
        subprocess.CalledProcessError: it ended otherwise than by success or with files left out.
        subprocess.TimeoutExpired: it did not end in time.
    """
    command = [
        *(sys.executable, "-c", "from mmrag.cli import main; main()"),
        *("index", str(folder), "--index", str(index), "--no-ocr", "--no-asr", "--json"),
    ]
    path = os.pathsep.join((str(REPOSITORY), str(REPOSITORY / "connectors")))
    done = subprocess.run(
        command,
        env={**os.environ, "PYTHONPATH": path, "MMRAG_INGEST__TIMEOUT_S": "20"},
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )
    if done.returncode not in (0, 3):
        raise subprocess.CalledProcessError(done.returncode, command, done.stdout, done.stderr)
    found: dict[str, Any] = json.loads(done.stdout)
    return found
