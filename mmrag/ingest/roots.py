"""Roots: the places that were indexed, and how what lies under them is cited.

A root is a folder, a file system's folder or a web server given to `index`. Sources are relative to
their root. The first folder has no prefix; whatever comes after it is prefixed with its name and a
colon ("photos:2024/hut.jpg"), so that two roots that hold the same relative path do not meet. What
is not on this machine always has a prefix.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mmrag.errors import InputError
from mmrag.ingest.sources.spool import Spool
from mmrag.systems import below


@dataclass(frozen=True)
class Root:
    """A place that is indexed, and what its sources begin with.

    Attributes:
        path: its absolute path; None where it is not on this machine.
        url: where it is then, without credentials.
    """

    path: Path | None
    prefix: str = ""
    url: str = ""

    @classmethod
    def at(cls, place: str, prefix: str) -> Root:
        """The root of a path or an address."""
        return cls(None, prefix, place) if "://" in place else cls(Path(place), prefix)

    @property
    def place(self) -> str:
        """Its path or address."""
        return self.url or str(self.path)

    def source_of(self, path: Path) -> str:
        """How a file below this root is cited; ValueError if it is not below it."""
        if self.path is None:
            raise ValueError(f"{path} is not below {self.url}")
        return self.prefix + path.relative_to(self.path).as_posix()

    def below(self, folder: str) -> str:
        """What the sources begin with of files in a folder, given by its path or address."""
        if self.path is None:
            relative = folder[len(self.url) :].strip("/")
        else:
            relative = Path(folder).relative_to(self.path).as_posix().removeprefix(".")
        return f"{self.prefix}{relative}/" if relative else self.prefix

    def holds(self, place: str) -> bool:
        """Whether a path or address is this root, or below it."""
        if self.path is not None:
            return "://" not in place and Path(place).is_relative_to(self.path)
        return place == self.url or place.startswith(self.url.rstrip("/") + "/")


def owner(source: str, roots: Sequence[Root]) -> Root | None:
    """The root that a source belongs to."""
    fitting = [root for root in roots if source.startswith(root.prefix)]
    return max(fitting, key=lambda root: len(root.prefix), default=None)


def path_of(source: str, roots: Sequence[Root], spool: Spool | None = None) -> Path | None:
    """The file behind a source; None when no root owns it.

    Args:
        spool: where files are that are not on this machine, or in an archive.
    """
    root = owner(source, roots)
    if root is None:
        return None
    path = None if root.path is None else below(root.path, source[len(root.prefix) :])
    if spool is not None and (path is None or not path.exists()):
        fetched = spool.path_of(source)
        return fetched if path is None or fetched.exists() else path
    return path


def root_for(place: str, known: list[Root]) -> Root:
    """The root of a folder's path or address; a new one is added to those that are known.

    Raises:
        InputError: it holds one that is known.
    """
    for root in known:
        if root.holds(place):
            return root
        if Root.at(place, "").holds(root.place):
            # its files would be indexed a second time under other names
            raise InputError(
                f"{place} holds {root.place}, which this index knows as a folder of its own; "
                f"make a new index for the larger folder with --index"
            )
    new = Root.at(place, "")
    taken = {root.prefix for root in known}
    scheme, _, address = place.partition("://")
    name = address.rpartition("/")[2] or scheme
    if new.path is not None:  # "/" has no name, and of C:\\ there is the letter
        name = new.path.name or new.path.drive.rstrip(":\\") or "root"
    prefix, number = ("" if new.path is not None and "" not in taken else f"{name}:"), 2
    while prefix in taken:
        prefix, number = f"{name}-{number}:", number + 1
    root = Root.at(place, prefix)
    known.append(root)
    return root
