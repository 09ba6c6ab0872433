"""What indexing survives: being killed, and files that are made to break it.

Both are packages of the tests, run as programs.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from pipelines.benchmarks.ingest_command import mmrag_index
from pipelines.benchmarks.result import REPOSITORY

TESTS = REPOSITORY / "tests"
SEED = 20_261_129
FILES, MANIFEST = "files", "manifest.jsonl"
"""What `python -m hostile.malformed FOLDER` writes."""
CRASHED, HUNG = "its reader crashed", "gave no sign of life"
"""What is said of a file whose reader had to be replaced; the run goes on."""
PATIENCE_S = 1800.0


def kills(count: int) -> dict[str, float]:
    """Kill so many indexing runs, and look at the index after each: see tests/crash."""
    found = json.loads(_from_tests("crash.kills", str(count), str(SEED)))
    for fault in found.pop("faults"):
        sys.stderr.write(f"  {fault}\n")
    return {key: float(value) for key, value in found.items()}


def hostile(folder: Path, index: Path) -> dict[str, float]:
    """Index the malformed set, with OCR and speech off; empty where the tests have none.

    - `hostile_files`: files of the set that are regular files;
    - `crashes`, `hangs`: runs that died, or did not end; a reading process that is replaced costs
      its file alone, and is counted as `readers_replaced`;
    - `unaccounted`: files of which the report says nothing.
    """
    if not (TESTS / "hostile" / "malformed.py").is_file():
        return {}
    _from_tests("hostile.malformed", str(folder))
    rows = [json.loads(line) for line in (folder / MANIFEST).read_text("utf-8").splitlines()]
    wanted = sum(row["expect"] != "absent" for row in rows)
    crashes = hangs = 0
    counts, failed = {}, []
    try:
        said = mmrag_index(folder / FILES, index, timeout_s=PATIENCE_S)
        counts, failed = said["files"], said["failed"]
    except subprocess.CalledProcessError:
        crashes = 1
    except subprocess.TimeoutExpired:
        hangs = 1
    replaced = [row for row in failed if CRASHED in row["reason"] or HUNG in row["reason"]]
    return {
        "hostile_files": wanted,
        "crashes": crashes,
        "hangs": hangs,
        "readers_replaced": len(replaced),
        "unaccounted": wanted - sum(counts.values()),
    }


def _from_tests(module: str, *words: str) -> str:
    path = os.pathsep.join((str(REPOSITORY), str(REPOSITORY / "connectors"), str(TESTS)))
    done = subprocess.run(
        [sys.executable, "-m", module, *words],
        env={**os.environ, "PYTHONPATH": path},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout
