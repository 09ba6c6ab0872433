"""A disk that fills up: one line says so, and the run goes on once there is room."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from crash.driver import Run, indexing
from crash.nursery import Nursery
from crash.raw import Faults, compare, unkept
from crash.world import World
from mmrag.store.room import NEEDED_MB

LOG_MB = 32
"""What opening an index takes of it."""


class Disk:
    """A small file system in memory."""

    def __init__(self, folder: Path, options: str) -> None:
        self.folder = folder
        folder.mkdir()
        self._mount("-t", "tmpfs", "-o", options, "tmpfs")

    def remount(self, options: str) -> None:
        self._mount("-o", f"remount,{options}")

    def leave(self, megabytes: int) -> None:
        """Let so many megabytes be free."""
        used = shutil.disk_usage(self.folder).used
        self.remount(f"size={used + (megabytes << 20)}")

    def release(self) -> None:
        subprocess.run(["umount", self.folder], check=True)

    def _mount(self, *words: str) -> None:
        subprocess.run(["mount", *words, self.folder], check=True, capture_output=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    try:
        made = Disk(tmp_path / "disk", "size=400m")
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("file systems cannot be mounted here")
    try:
        yield made
    finally:
        made.release()


def refusal(run: Run) -> str:
    """The one line that a run says; a progress bar may have left an empty one before it."""
    assert run.out == ""
    (line,) = filter(None, run.err.splitlines())
    return line


def test_a_disk_that_fills_up(tmp_path: Path, nursery: Nursery, disk: Disk) -> None:
    world, index = World(tmp_path / "world", 9), disk.folder / "index"
    begun = indexing(world.folder, index, tmp_path / "begun")
    assert nursery.run(begun) == 0
    world.change()
    disk.leave(NEEDED_MB - 1)
    full = indexing(world.folder, index, tmp_path / "full")
    assert nursery.run(full) == 1
    assert refusal(full).startswith(f"mmrag: {index}: the disk is full: ")
    disk.leave(0)
    asked = Run(("search", "x", "--index", str(index)), tmp_path / "asked")
    assert nursery.run(asked) == 1
    assert refusal(asked).startswith(f"mmrag: {index}: the disk is full: 0 MB are free")
    disk.leave(2 * NEEDED_MB)
    rest = indexing(world.folder, index, tmp_path / "rest")
    assert nursery.run(rest) == 0, rest.err
    assert unkept(index, world.folder, rest.acknowledged) == ()
    assert compare(index, world.folder, world.words) == Faults()


def test_a_disk_that_fills_up_after_the_index_was_opened(
    tmp_path: Path, nursery: Nursery, disk: Disk
) -> None:
    world, index = World(tmp_path / "world", 10), disk.folder / "index"
    begun = indexing(world.folder, index, tmp_path / "begun")
    assert nursery.run(begun) == 0
    world.change()
    disk.leave(NEEDED_MB + LOG_MB - 1)
    full = indexing(world.folder, index, tmp_path / "full")
    assert nursery.run(full) == 1
    assert refusal(full).startswith(f"mmrag: {index}: the disk is full: ")
    disk.leave(2 * NEEDED_MB)
    assert unkept(index, world.folder, full.acknowledged) == ()
    rest = indexing(world.folder, index, tmp_path / "rest")
    assert nursery.run(rest) == 0, rest.err
    assert compare(index, world.folder, world.words) == Faults()


def test_an_index_that_cannot_be_written_to(tmp_path: Path, nursery: Nursery, disk: Disk) -> None:
    world, index = World(tmp_path / "world", 11), disk.folder / "index"
    assert nursery.run(indexing(world.folder, index, tmp_path / "made")) == 0
    disk.remount("ro")
    for number, command in enumerate((["index", str(world.folder)], ["search", "x"], ["status"])):
        asked = Run((*command, "--index", str(index)), tmp_path / f"asked-{number}")
        assert nursery.run(asked) == 1
        assert "the index cannot be written to (Read-only file system)" in asked.err
        assert "copy the directory to where you can write" in asked.err
        assert asked.out == ""
    copy = tmp_path / "copy"
    shutil.copytree(index, copy)
    asked = Run(("status", "--index", str(copy)), tmp_path / "of-the-copy")
    assert nursery.run(asked) == 0, asked.err
