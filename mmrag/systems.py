"""What differs between Linux, macOS and Windows: folders of an application, paths, sizes on disk.

Where an application keeps things is platformdirs' to say: $XDG_CACHE_HOME and $XDG_STATE_HOME (or
~/.cache and ~/.local/state) on Linux, ~/Library on macOS, %LOCALAPPDATA% on Windows.
"""

from __future__ import annotations

import os
from pathlib import Path, PurePath, PureWindowsPath
from typing import TypeVar

import platformdirs

APP = "mmrag"
BLOCK = 512
"""Bytes of what POSIX counts in `st_blocks`, whatever the file system's own blocks are."""

P = TypeVar("P", bound=PurePath)


def cache_folder() -> Path:
    """Where mmrag keeps what can be fetched or made again."""
    return Path(platformdirs.user_cache_dir(APP, appauthor=False))


def state_folder() -> Path:
    """Where mmrag keeps what is the user's and not an index's."""
    return Path(platformdirs.user_state_dir(APP, appauthor=False))


def means_path(text: str) -> bool:
    r"""Whether a text that may also name a model is surely a path: ./x, ~/x, /x, C:\x, .\x."""
    return text.startswith((".", "/", "~")) or "\\" in text or bool(PureWindowsPath(text).drive)


def below(folder: P, relative: str) -> P | None:
    """The path of a source below its folder; None for what would lead out of it.

    Sources are written with slashes on every system. What the system of `folder` reads otherwise
    in one (a drive, a stream, a backslash) cannot have come from a walk there.
    """
    inner = type(folder)(relative)
    if inner.anchor or ".." in inner.parts:
        return None
    if isinstance(folder, PureWindowsPath) and ("\\" in relative or ":" in relative):
        return None
    return folder / inner


def disk_bytes(file: os.stat_result) -> int:
    """What a file takes on the disk: less than its size where it has holes.

    Windows does not tell; the size stands for it there.
    """
    blocks: int | None = getattr(file, "st_blocks", None)
    return file.st_size if blocks is None else blocks * BLOCK
