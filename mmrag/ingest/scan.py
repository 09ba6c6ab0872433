"""What one run looks at: from what the user gave to files, each with its source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from mmrag.errors import InputError
from mmrag.ingest.roots import Root as Root
from mmrag.ingest.roots import owner as owner
from mmrag.ingest.roots import path_of as path_of
from mmrag.ingest.roots import root_for
from mmrag.ingest.sources.archive import named_like_archive
from mmrag.ingest.sources.found import Found
from mmrag.ingest.sources.found import Origin as Origin
from mmrag.ingest.sources.given import Given, Glob, folder_of
from mmrag.ingest.sources.local import names_in, one, walk
from mmrag.ingest.sources.spool import DEFAULT_TERMS, Spool, Terms
from mmrag.ingest.sources.unpack import Unpacking
from mmrag.loaders.limits import DEFAULT, Limits
from mmrag.loaders.sidecars import Sidecar


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
    """What one run looks at: its files, and the places in which absence means removal.

    A place is its root and what the sources below it begin with.

    Attributes:
        folders: places that were walked.
        globs: places of which those files were looked for that a pattern matches.
        closed: places within these that could not be looked into, such as a damaged archive.
        left_out: how many files and folders were left out, by reason.
    """

    roots: tuple[Root, ...]
    files: tuple[SourceFile, ...]
    folders: tuple[tuple[Root, str], ...]
    globs: tuple[tuple[Root, str, Glob], ...] = ()
    closed: tuple[str, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)

    def covers(self, source: str) -> bool:
        """Whether this run walked the place where `source` would be."""
        root = owner(source, self.roots)
        if source.startswith(self.closed):
            return False
        return any(root == of and source.startswith(folder) for of, folder in self.folders) or any(
            root == of and source.startswith(folder) and glob.matches(source[len(folder) :])
            for of, folder, glob in self.globs
        )


def scan(
    given: Sequence[str | Path],
    roots: Iterable[Root],
    *,
    spool: Spool,
    exclude: Path | None = None,
    terms: Terms = DEFAULT_TERMS,
    limits: Limits = DEFAULT,
) -> Scope:
    """Look for files.

    Args:
        given: files, folders and globs of this machine, and addresses.
        roots: the roots that the index already knows.
        exclude: a folder to leave out, the index itself.
        spool: where files go that are in archives or not on this machine.
        terms: on what files are fetched.
        limits: of archives.

    Raises:
        InputError: something does not exist or cannot be looked into.
    """
    looking = _Scan(list(roots), exclude.resolve() if exclude else None, spool, terms, limits)
    for item in given:
        looking.look(Given.of(item))
    return looking.scope()


def expect_files(paths: Iterable[str | Path], directory: Path | None) -> None:
    """Tell of paths that nothing can be indexed of, before an index is made for them.

    Args:
        directory: of the index; None for one on a server. Where it is there already, a folder may
            be empty.

    Raises:
        InputError: a path does not exist, or there is nothing to begin an index with.
    """
    given = [Given.of(path) for path in paths]
    new = directory is not None and not directory.exists()
    if given and new and not finds_something(given):
        raise InputError(f"nothing to index: no files in {', '.join(i.shown for i in given)}")


def finds_something(given: Iterable[Given]) -> bool:
    """Whether there may be a file in what was given; goes nowhere beyond this machine.

    Raises:
        InputError: a folder cannot be looked into.
    """
    return any(each.path is None or any(_meant(each, each.path)) for each in given)


def _meant(given: Given, path: Path) -> Iterator[bool]:
    if path.is_file():
        yield True
        return
    for file in walk(path, top=path, exclude=None, left_out=Counter()):
        yield given.glob is None or given.glob.matches(file.name)


class _Scan:
    """Gathers what belongs to a scope."""

    def __init__(
        self,
        roots: list[Root],
        exclude: Path | None,
        spool: Spool,
        terms: Terms,
        limits: Limits,
    ) -> None:
        self._roots, self._exclude, self._spool, self._terms = roots, exclude, spool, terms
        self._left_out: Counter[str] = Counter()
        self._unpacking = Unpacking(spool, limits, self._left_out)
        self._files: dict[str, SourceFile] = {}
        self._folders: list[tuple[Root, str]] = []
        self._globs: list[tuple[Root, str, Glob]] = []
        self._closed: list[str] = []
        self._names: dict[Path, frozenset[str]] = {}

    def look(self, given: Given) -> None:
        """Take in one thing that was given."""
        if given.path is not None:
            self._look_here(given, given.path)
        elif given.scheme in ("http", "https"):
            self._look_at_web(given)
        else:
            self._look_at_remote(given)

    def scope(self) -> Scope:
        """All that was found, files by source."""
        # one that was named itself, as by the shell's docs/*, is no file of its own all the same
        beside = {sidecar.path for file in self._files.values() for sidecar in file.sidecars}
        files = (self._files[source] for source in sorted(self._files))
        closed = (*self._closed, *self._unpacking.closed)
        return Scope(
            tuple(self._roots),
            tuple(file for file in files if file.path not in beside),
            tuple(self._folders),
            tuple(self._globs),
            closed,
            dict(self._left_out),
        )

    def _look_here(self, given: Given, path: Path) -> None:
        if path.is_file():
            folder = path.parent
            if folder not in self._names:  # a shell's docs/* names many files of one folder
                self._names[folder] = names_in(folder)
            root = root_for(str(folder), self._roots)
            self._add_one(root, str(folder), one(path, self._names[folder]))
            return
        root = root_for(str(path), self._roots)
        found = walk(path, top=root.path or path, exclude=self._exclude, left_out=self._left_out)
        self._add_all(root, str(path), found, given.glob)

    def _look_at_web(self, given: Given) -> None:
        from mmrag.ingest.sources.web import WebFile

        file = WebFile.of(given.url, self._terms)
        self._add_one(root_for(file.root, self._roots), file.root, file.look())

    def _look_at_remote(self, given: Given) -> None:
        from mmrag.ingest.sources.remote import RemotePlace

        place = RemotePlace(given.url, self._terms)
        if place.is_folder:
            root = root_for(place.shown, self._roots)
            self._add_all(root, place.shown, place.walk(self._left_out), given.glob)
        else:
            folder = folder_of(place.shown)
            self._add_one(root_for(folder, self._roots), folder, place.one())

    def _add_one(self, root: Root, folder: str, file: Found) -> None:
        source = root.below(folder) + file.name
        if named_like_archive(source):
            self._folders.append((root, f"{source}/"))
        self._add(replace(file, name=source))

    def _add_all(self, root: Root, folder: str, found: Iterable[Found], glob: Glob | None) -> None:
        below = root.below(folder)
        if glob is None:
            self._folders.append((root, below))
        else:
            self._globs.append((root, below, glob))
        for file in found:
            source = below + file.name
            if glob is None or glob.matches(file.name):
                self._add(replace(file, name=source))
            elif named_like_archive(source):
                self._closed.append(f"{source}/")

    def _add(self, file: Found) -> None:
        """Add a file that is named by its source, or what is in it."""
        for each in self._unpacking.files(file):
            path = each.path or self._spool.path_of(each.name)
            self._files[each.name] = SourceFile(
                path, each.name, each.size, each.mtime_ns, each.origin, each.sidecars
            )
