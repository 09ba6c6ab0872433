"""Who holds a directory: what the second one is told, and what a killed owner leaves behind."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import pytest
from filelock import FileLock

from mmrag.errors import StoreLocked
from mmrag.store.locking import LOCK, OWNER, DirectoryLock


def refusal(directory: Path, **owner: object) -> str:
    """What is said when somebody holds the lock and the file of the owner says `owner`."""
    with FileLock(directory / LOCK, thread_local=False):
        (directory / OWNER).write_text(json.dumps(owner) if owner else "17")
        with pytest.raises(StoreLocked) as caught:
            DirectoryLock(directory)
    return str(caught.value)


def test_the_owner_is_named_with_what_it_does_and_since_when(tmp_path: Path) -> None:
    said = refusal(tmp_path, pid=os.getpid(), since=time.time(), command="mmrag index")
    assert f"in use by mmrag index (pid {os.getpid()}) since {time.strftime('%Y-%m-%d')}" in said
    assert "wait for it to end" in said


@pytest.mark.parametrize(
    "owner",
    [
        {"pid": 2**22 + 1, "since": time.time(), "command": "mmrag index"},  # nobody
        {"pid": os.getpid(), "since": 1e9, "command": "mmrag index"},  # somebody born later
        {"pid": os.getpid()},
        {},
    ],
)
def test_a_file_of_somebody_who_is_gone_misleads_nobody(
    tmp_path: Path, owner: dict[str, object]
) -> None:
    said = refusal(tmp_path, **owner)
    assert "in use by another process;" in said


@pytest.mark.parametrize(
    ("words", "command"),
    [
        (["/usr/bin/mmrag", "index", "secret", "--tenant", "t"], "mmrag index"),
        (["/usr/bin/mmrag", "--version"], ""),
        (["app.py", "what is the password"], ""),
        ([""], ""),
    ],
)
def test_of_a_command_line_only_the_name_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], command: str
) -> None:
    monkeypatch.setattr(sys, "argv", words)
    lock = DirectoryLock(tmp_path)
    row = json.loads((tmp_path / OWNER).read_text())
    lock.release()
    assert (row["pid"], row["command"]) == (os.getpid(), command)
    assert not (tmp_path / OWNER).exists()
