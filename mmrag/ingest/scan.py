"""Files on disk: which belong to an index, and how each is cited.

A root is a folder given to `index`. Sources are paths relative to their root. The first root of an
index has no prefix; a further one is prefixed with its folder's name and a colon
("photos:2024/hut.jpg"), so that two roots that hold the same relative path do not meet.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from mmrag.errors import InputError
from mmrag.loaders.sidecars import Sidecar


@dataclass(frozen=True)
class Root:
    """A folder that is indexed: its absolute path, and what its sources begin with."""

    path: Path
    prefix: str = ""

    def source_of(self, path: Path) -> str:
        """How a file below this root is cited."""
        return self.prefix + path.relative_to(self.path).as_posix()


def owner(source: str, roots: Sequence[Root]) -> Root | None:
    """The root that a source belongs to."""
    prefixed = [root for root in roots if root.prefix and source.startswith(root.prefix)]
    plain = [root for root in roots if not root.prefix]
    return next(iter(prefixed + plain), None)


def path_of(source: str, roots: Sequence[Root]) -> Path | None:
    """The file behind a source; None when no root owns it."""
    root = owner(source, roots)
    return root.path / PurePosixPath(source[len(root.prefix) :]) if root else None


class Origin(Protocol):
    """Where a file comes from that is not on this machine, or not as a file of its own.

    An origin goes to the worker that reads the file, so it must pickle.
    """

    def fetch(self, to: Path) -> None:
        """Write the content to `to`, whole or not at all; raises LoadError."""
        ...


@dataclass(frozen=True)
class SourceFile:
    """A file to index, as it is now.

    Attributes:
        path: where it is; with an `origin`, where it will be once it is fetched.
        source: how it is cited.
        origin: where it must be fetched from; None: it is at `path`.
        sidecars: files beside it that tell of it.
    """

    path: Path
    source: str
    size: int
    mtime_ns: int
    origin: Origin | None = None
    sidecars: tuple[Sidecar, ...] = ()


@dataclass(frozen=True)
class Scope:
    """What one run looks at: its files, and the folders in which absence means removal.

    A folder is its root and what the sources below it begin with.
    """

    roots: tuple[Root, ...]
    files: tuple[SourceFile, ...]
    folders: tuple[tuple[Root, str], ...]

    def covers(self, source: str) -> bool:
        """Whether this run walked the place where `source` would be."""
        root = owner(source, self.roots)
        return any(root == of and source.startswith(folder) for of, folder in self.folders)


def scan(paths: Sequence[Path], roots: Iterable[Root], *, exclude: Path | None = None) -> Scope:
    """Walk the paths.

    Args:
        paths: files and folders given by the user.
        roots: the roots that the index already knows.
        exclude: a folder to leave out, the index itself.

    Raises:
        InputError: a path that does not exist or cannot be looked into.
    """
    known = list(roots)
    files: dict[str, SourceFile] = {}
    folders: list[tuple[Root, str]] = []
    for given in paths:
        path = given.expanduser()
        if not path.exists():
            raise InputError(f"no such file or folder: {given}")
        path = path.resolve()
        root = _root_for(path, known)
        if path.is_dir():
            folders.append((root, _as_folder(root, path)))
        for found in _walk(path, exclude.resolve() if exclude else None):
            status = found.stat()
            source = root.source_of(found)
            files[source] = SourceFile(found, source, status.st_size, status.st_mtime_ns)
    ordered = tuple(files[source] for source in sorted(files))
    return Scope(tuple(known), ordered, tuple(folders))


def _root_for(path: Path, known: list[Root]) -> Root:
    folder = path if path.is_dir() else path.parent
    for root in known:
        if folder.is_relative_to(root.path):
            return root
        if root.path.is_relative_to(folder):
            # its files would be indexed a second time under other names
            raise InputError(
                f"{folder} holds {root.path}, which this index knows as a folder of its own; "
                f"make a new index for the larger folder with --index"
            )
    taken = {root.prefix for root in known}
    prefix, number = ("" if not known else f"{folder.name}:"), 2
    while prefix in taken:
        prefix, number = f"{folder.name}-{number}:", number + 1
    root = Root(folder, prefix)
    known.append(root)
    return root


def _as_folder(root: Root, path: Path) -> str:
    relative = path.relative_to(root.path).as_posix()
    return root.prefix if relative == "." else f"{root.prefix}{relative}/"


def _walk(path: Path, exclude: Path | None) -> Iterator[Path]:
    """Regular files below `path`; hidden ones and symbolic links are left out."""
    if path.is_file():
        yield path
        return
    for folder, subfolders, names in os.walk(path, onerror=_refuse):
        here = Path(folder)
        subfolders[:] = sorted(
            name for name in subfolders if not name.startswith(".") and here / name != exclude
        )
        for name in sorted(names):
            file = here / name
            if not name.startswith(".") and file.is_file() and not file.is_symlink():
                yield file


def _refuse(error: OSError) -> None:
    """A folder that cannot be read must not pass for one whose files were removed."""
    raise InputError(f"cannot look into {error.filename}: {error.strerror}") from error
