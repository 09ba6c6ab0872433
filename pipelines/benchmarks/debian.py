"""Data sets from Debian packages, unpacked into a cache folder without installing anything."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from pipelines.benchmarks.result import CACHE


class Unreachable(RuntimeError):
    """The data set cannot be fetched on this machine."""


def unpacked(package: str) -> Path:
    """Folder with the files of a Debian package; fetched once.

    Raises:
        Unreachable: no apt or dpkg here, or the package cannot be downloaded.
    """
    folder = CACHE / package
    if folder.is_dir():
        return folder
    for tool in ("apt-get", "dpkg"):
        if shutil.which(tool) is None:
            raise Unreachable(f"{tool} is needed to fetch the Debian package {package}")
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
        _run(["apt-get", "download", package], Path(scratch))
        archive = next(Path(scratch).glob("*.deb"))
        fresh = Path(scratch) / "files"
        _run(["dpkg", "-x", str(archive), str(fresh)], Path(scratch))
        fresh.rename(folder)
    return folder


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise Unreachable(f"`{' '.join(command)}` failed: {said}")
