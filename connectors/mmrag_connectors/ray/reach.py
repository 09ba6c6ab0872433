"""Whether every machine of a cluster sees the files, under the names that they have here."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmrag.errors import InputError
from mmrag.ingest.scan import SourceFile

LOOKED_AT = 32
"""One file each of so many folders."""


def check_reach(ray: Any, files: Sequence[SourceFile], spool: Path) -> None:  # noqa: ANN401
    """Look for some of the files on every machine that works, if there are several.

    Args:
        spool: the folder that files are fetched into, which must be shared if any are.

    Raises:
        InputError: a machine does not see one.
    """
    if sum(bool(node["Alive"]) for node in ray.nodes()) == 1:
        return
    here = _one_a_folder(files)
    if any(file.origin is not None for file in files):
        spool.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=spool, prefix=".reach-") as probe:
            _look(ray, [*here, Path(probe.name)])
    else:
        _look(ray, here)


def missing(paths: Sequence[Path]) -> list[Path]:
    """Those that are not there."""
    return [path for path in paths if not path.exists()]


def _one_a_folder(files: Sequence[SourceFile]) -> list[Path]:
    found: dict[Path, Path] = {}
    for file in files:
        if file.origin is None and len(found) < LOOKED_AT:
            found.setdefault(file.path.parent, file.path)
    return list(found.values())


def _look(ray: Any, paths: Sequence[Path]) -> None:  # noqa: ANN401
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    look = ray.remote(missing)
    asked = []
    for node in ray.nodes():
        if node["Alive"] and node["Resources"].get("CPU"):  # a head may be there to direct only
            there = NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
            looking = look.options(num_cpus=0, scheduling_strategy=there).remote(paths)
            asked.append((node["NodeManagerAddress"], looking))
    for machine, answer in asked:
        if lost := ray.get(answer):
            raise InputError(
                f"machine {machine} of the Ray cluster does not see {lost[0]}; what is indexed, "
                f"and the folder that files are fetched into, must be on a drive that every "
                f"machine has under the same name"
            )
