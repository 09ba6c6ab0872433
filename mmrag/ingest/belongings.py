"""Files that belong to an index and are no points: where they are, and how they move with it."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

from mmrag.config import IndexSettings
from mmrag.errors import StoreError
from mmrag.store.locking import TOKENS
from mmrag.store.manifest import Root
from mmrag.systems import cache_folder

Belonging = Literal["spool", "reports", "uploads", "tokens"]
NAMES: dict[Belonging, str] = {
    "spool": "spool",
    "reports": "reports",
    "uploads": "uploaded",
    "tokens": TOKENS[0],
}
"""What each is called in the directory of an index. Fetched files are in the spool, reports are of
indexing runs, uploads came in through a door, and tokens say who may."""
CAPTIONS = "captions.jsonl"
"""What a vision model said of pictures, by their content. Indexes on servers share one, so it only
goes from directory to directory."""
_UNDER_ITS_NAME: frozenset[Belonging] = frozenset({"uploads", "tokens"})
"""Which have their name in the cache too; the others are the folder of the index there."""


def kept_at(index: IndexSettings, what: Belonging) -> Path:
    """Where it is: in the index's directory, or in mmrag's cache for an index on a server."""
    if not index.qdrant_url:
        return index.directory / NAMES[what]
    home = hashlib.sha256(f"{index.qdrant_url}\0{index.collection}".encode()).hexdigest()[:16]
    folder = cache_folder() / what / home
    return folder / NAMES[what] if what in _UNDER_ITS_NAME else folder


def owned_at(index: IndexSettings, what: Literal["spool", "uploads"]) -> Path:
    """Where those of the tenant of the settings are; without one, those of nobody."""
    whose = index.tenant
    digest = hashlib.sha256((whose or "").encode("utf-8", "surrogatepass")).hexdigest()
    return kept_at(index, what).absolute() / (digest[:16] if whose else "nobody")


def delete_belongings(index: IndexSettings) -> None:
    """Delete the tenant's uploads and fetched files.

    Raises:
        StoreError: one cannot be deleted.
    """
    for folder in (owned_at(index, "uploads"), owned_at(index, "spool")):
        try:
            if folder.exists():
                shutil.rmtree(folder)
        except OSError as error:
            raise StoreError(
                f"{error.filename or folder} cannot be deleted: {error.strerror or error}"
            ) from error


def copy_belongings(
    source: IndexSettings, target: IndexSettings, told: Callable[[int, int], object]
) -> int:
    """Copy the files of an index to where another one looks for them; returns how many there are.

    A file that is there with the same size and time is left as it is.

    Args:
        told: how many of how many are done.

    Raises:
        StoreError: one cannot be read or written.
    """
    places = [(kept_at(source, what), kept_at(target, what)) for what in NAMES]
    if not source.qdrant_url and not target.qdrant_url:
        places.append((source.directory / CAPTIONS, target.directory / CAPTIONS))
    files = [(file, new / file.relative_to(old)) for old, new in places for file in _files(old)]
    for done, (file, to) in enumerate(files, start=1):
        try:
            _copy(file, to)
        except OSError as error:
            raise StoreError(
                f"{file} cannot be copied to {to}: {error.strerror or error}; what is copied "
                "stays, and the same command goes on from there"
            ) from error
        told(done, len(files))
    return len(files)


def moved(root: Root, source: IndexSettings, target: IndexSettings) -> Root:
    """A place that was indexed as the copy has it: that of uploads moves with these."""
    old, new = (kept_at(index, "uploads").absolute() for index in (source, target))
    if "://" in root.path or not Path(root.path).is_relative_to(old):
        return root
    return Root(root.prefix, str(new / Path(root.path).relative_to(old)), root.tenant)


def _files(place: Path) -> Iterator[Path]:
    if place.is_file():
        yield place
    elif place.is_dir():
        yield from (file for file in sorted(place.rglob("*")) if file.is_file())


def _copy(file: Path, to: Path) -> None:
    size, time = _version(file)
    if to.exists() and _version(to) == (size, time):
        return
    to.parent.mkdir(parents=True, exist_ok=True)
    part = to.with_name(f"{to.name}.{os.getpid()}.part")
    try:
        shutil.copy2(file, part)  # with its time, by which a fetched file is known to be current
        part.replace(to)
    finally:
        part.unlink(missing_ok=True)


def _version(file: Path) -> tuple[int, int]:
    status = file.stat()
    return status.st_size, status.st_mtime_ns
