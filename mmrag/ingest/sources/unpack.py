"""Archives among the files that were found: the files in them take their place."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

from mmrag.errors import LimitExceeded, LoadError
from mmrag.ingest.sources.archive import members, named_like_archive
from mmrag.ingest.sources.found import Found, Refused
from mmrag.ingest.sources.members import Allowance
from mmrag.ingest.sources.spool import Spool, is_current
from mmrag.loaders.limits import Limits


@dataclass
class Unpacking:
    """Looks into archives, and fetches what has to be fetched for that.

    Files are named by their sources here: what is in an archive is cited as "reports.zip/a.pdf".

    Args:
        left_out: is told how many hidden files in archives were left out.

    Attributes:
        closed: what the sources begin with that may be in archives which were not looked into.
    """

    spool: Spool
    limits: Limits
    left_out: Counter[str]
    closed: list[str] = field(default_factory=list)

    def files(self, file: Found) -> list[Found]:
        """The file, or those in it. An archive that cannot be read is a file that says why."""
        try:
            return self._files(file, None, depth=1)
        except LoadError as exc:
            return [self._refused(file, exc)]

    def _files(self, file: Found, around: Allowance | None, *, depth: int) -> list[Found]:
        """LimitExceeded is left to the outermost archive, for it counts for all in it."""
        if file.at_once:
            path = self._here(file)
            file = replace(file, path=path, size=path.stat().st_size, origin=None)
        if not named_like_archive(file.name):
            return [file]
        if isinstance(file.origin, Refused):
            return [self._refused(file, file.origin.error)]
        if depth > self.limits.archive_depth:
            reason = f"is an archive in others; limit archive_depth={self.limits.archive_depth}"
            return [self._refused(file, LimitExceeded(file.name, reason))]
        inside = f"{file.name}/"
        try:
            path = self._here(file)
            allowance = around or Allowance(path, self.limits)
            found = members(
                path,
                allowance,
                place=lambda name: self.spool.path_of(inside + name),
                left_out=self.left_out,
            )
        except LimitExceeded:
            raise
        except LoadError as exc:
            return [self._refused(file, exc)]
        if found is None:
            self.closed.append(inside)
            return [file]
        named = (replace(member, name=inside + member.name) for member in found)
        return [
            each for member in named for each in self._files(member, allowance, depth=depth + 1)
        ]

    def _here(self, file: Found) -> Path:
        """The file on this machine."""
        if file.path is not None or file.origin is None:
            return file.path or self.spool.path_of(file.name)
        path = self.spool.path_of(file.name)
        if not is_current(path, file.size, file.mtime_ns):
            file.origin.fetch(path)
        return path

    def _refused(self, file: Found, error: LoadError) -> Found:
        self.closed.append(f"{file.name}/")
        return replace(file, path=None, origin=Refused(error))
