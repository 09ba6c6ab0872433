"""What a benchmark leaves behind: a table for people and a JSON file for machines."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table

REPOSITORY = Path(__file__).resolve().parents[2]
RESULTS = REPOSITORY / ".bench"
CACHE = REPOSITORY / ".cache"


def publish(name: str, metrics: Mapping[str, float], notes: str = "") -> Path:
    """Print a table and write `.bench/<name>.json`; returns its path."""
    table = Table(title=name, box=None, title_justify="left", pad_edge=False)
    table.add_column("metric")
    table.add_column("value", justify="right")
    for key, value in metrics.items():
        table.add_row(key, f"{value:.3f}".rstrip("0").rstrip("."))
    console = Console()
    console.print(table)
    if notes:
        console.print(notes, style="dim")
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    result = {
        "name": name,
        "commit": _commit(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {_python()}",
        "metrics": {key: round(float(value), 6) for key, value in metrics.items()},
    }
    path.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    return path


def load() -> str:
    """How busy the machine is, for notes."""
    average, cores = os.getloadavg()[0], os.cpu_count() or 1
    # with its own threads at work alone, the load average is about the number of cores
    crowded = ", with other work on this machine: ratios are not to be quoted" * (
        average > cores + 1
    )
    return f"load average {average:.1f}{crowded}"


def _commit() -> str:
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or "unknown"


def _python() -> str:
    return platform.python_version()
