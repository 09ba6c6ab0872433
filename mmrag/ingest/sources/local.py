"""Files in folders of this machine."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from mmrag.config import DEFAULT_FILE
from mmrag.errors import InputError, LoadError
from mmrag.ingest.sources.found import Found, shown
from mmrag.ingest.sources.ignore import NAME, Rules
from mmrag.loaders.sidecars import find_sidecars
from mmrag.schema import whole

HIDDEN, IGNORED, LINKS = "hidden", "ignored", "links"
OURS = frozenset({NAME, DEFAULT_FILE.name})
"""Files that tell mmrag what to do. The settings can hold the key of a server."""


def walk(
    folder: Path, *, top: Path, exclude: Path | None, left_out: Counter[str]
) -> Iterator[Found]:
    """Regular files below a folder, by name, with their sidecars.

    Hidden files and folders, symbolic links and what an ignore file names are left out; so are the
    ignore files and mmrag.yaml, of which nothing is told.

    Args:
        top: the folder, or one above it: from there downwards ignore files count.
        exclude: a folder to leave out, the index itself.
        left_out: is told how many were left out, and why.

    Raises:
        InputError: a folder cannot be looked into; it must not pass for one without files.
    """
    above = folder.relative_to(top).parts
    rules = Rules()
    for depth in range(len(above)):
        at = top.joinpath(*above[:depth])
        if (at / NAME).is_file():
            rules = _with_rules(rules, "".join(f"{part}/" for part in above[:depth]), str(at))
    start = "".join(f"{part}/" for part in above)
    yield from _walk(str(folder), start, len(start), rules, str(exclude), left_out)


def _walk(
    folder: str, name: str, start: int, rules: Rules, exclude: str, left_out: Counter[str]
) -> Iterator[Found]:
    """`name` is that of the folder, from where rules count; what is found is told from `start`."""
    entries = _entries(folder)
    if NAME in entries:
        rules = _with_rules(rules, name, folder)
    files: dict[str, os.DirEntry[str]] = {}
    folders: list[str] = []
    for own, entry in entries.items():
        is_folder = entry.is_dir(follow_symlinks=False)
        if own in OURS:
            continue
        if own.startswith("."):
            left_out[HIDDEN] += 1
        elif entry.is_symlink():
            left_out[LINKS] += 1
        elif entry.path == exclude:
            continue
        elif rules.files and rules.leave_out(name + own, is_folder=is_folder):
            left_out[IGNORED] += 1
        elif is_folder:
            folders.append(own)
        elif entry.is_file(follow_symlinks=False):
            files[own] = entry
    yield from _found(files, name[start:])
    for own in folders:
        below = f"{name}{own}/"
        yield from _walk(entries[own].path, below, start, rules, exclude, left_out)


def names_in(folder: Path) -> frozenset[str]:
    """Names of the regular files in a folder; InputError if it cannot be looked into."""
    return frozenset(
        name
        for name, entry in _entries(str(folder)).items()
        if not name.startswith(".") and entry.is_file(follow_symlinks=False)
    )


def one(file: Path, siblings: frozenset[str]) -> Found:
    """A file that the user named; what it is called does not matter then.

    Args:
        siblings: the names in its folder, among which its sidecars are.
    """
    status = file.stat()
    sidecars = find_sidecars(file, siblings)
    return Found(file.name, status.st_size, status.st_mtime_ns, file, sidecars=sidecars)


def _found(files: dict[str, os.DirEntry[str]], folder: str) -> Iterator[Found]:
    names = frozenset(files)
    paths = {name: Path(entry.path) for name, entry in files.items()}
    beside = {name: find_sidecars(path, names) for name, path in paths.items()}
    tell_of_others = {sidecar.path.name for sidecars in beside.values() for sidecar in sidecars}
    for name, entry in files.items():
        if name in tell_of_others:
            continue
        try:
            status = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            continue  # it went away since the folder was read
        path = paths[name]
        if name != whole(name):
            reason = f"its name {name!r} is no Unicode; rename it"
            yield Found.refused(folder + shown(name), LoadError(path, reason), path)
            continue
        yield Found(folder + name, status.st_size, status.st_mtime_ns, path, sidecars=beside[name])


def _entries(folder: str) -> dict[str, os.DirEntry[str]]:
    """What a folder holds, by name."""
    try:
        with os.scandir(folder) as listing:
            return {entry.name: entry for entry in sorted(listing, key=lambda entry: entry.name)}
    except OSError as exc:
        raise InputError(f"cannot look into {folder}: {exc.strerror}") from exc


def _with_rules(rules: Rules, name: str, folder: str) -> Rules:
    file = Path(folder) / NAME
    try:
        content = file.read_bytes()
    except OSError as exc:
        # without it, files would be indexed that nobody wants there
        raise InputError(f"cannot read {file}: {exc.strerror}") from exc
    return rules.below(name, content, file=str(file))
