"""constraints.txt can be kept on every Python that pyproject.toml lets in."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[2]


def oldest() -> str:
    """ "3.10": the first Python of requires-python."""
    found = re.search(
        r'^requires-python = ">=(\d+\.\d+)"$', (ROOT / "pyproject.toml").read_text(), re.M
    )
    assert found
    return found[1]


def test_what_is_held_still_runs_on_the_oldest_python_or_is_not_held_there() -> None:
    python, wrong, looked_at = oldest(), [], 0
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        row = Requirement(line)
        (pin,) = row.specifier
        there = row.marker is None or row.marker.evaluate({"python_version": python})
        try:
            found = metadata(row.name)
        except PackageNotFoundError:
            continue
        if there and found["Version"].partition("+")[0] == pin.version:
            looked_at += 1
            wants = found["Requires-Python"] or ""
            if not SpecifierSet(wants).contains(f"{python}.99"):
                wrong.append(f"{row.name} {pin.version} needs Python {wants}")
    assert wrong == []
    assert looked_at > 5
