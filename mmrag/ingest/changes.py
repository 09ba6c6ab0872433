"""Changes below folders as they happen, and what has to be looked at for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import Event

from mmrag.errors import InputError
from mmrag.ingest.scan import SourceFile

QUIET_MS, LONGEST_MS = 300, 5000
"""A batch ends when nothing has changed for so long, or when it is that old."""
WAKE_MS = 500
IGNORE_FILE = ".mmragignore"


def watched(paths: Sequence[str | Path]) -> list[Path]:
    """The folders of this machine that paths name, absolute.

    Raises:
        InputError: one is no folder; a file that is replaced, as editors do, leaves no trace.
    """
    folders = []
    for given in paths:
        path = Path(given).expanduser()
        if not path.is_dir():
            raise InputError(f"only folders can be watched, and {given} is none; name its folder")
        folders.append(path.resolve())
    return folders


def changes(
    folders: Sequence[Path], *, exclude: Path | None, stop: Event
) -> Iterator[frozenset[Path]]:
    """Batches of paths that changed; an empty one whenever nothing has for a while.

    The first one comes when the watching has begun: whatever changes from then on is told.

    Args:
        exclude: a folder whose changes are nobody's, the index itself.
        stop: ends the batches when it is set.

    Raises:
        InputError: the system cannot watch so much.
    """
    import watchfiles

    def counts(_: watchfiles.Change, changed: str) -> bool:
        path = Path(changed)
        if exclude is not None and path.is_relative_to(exclude):
            return False
        top = max((f for f in folders if path.is_relative_to(f)), key=lambda f: len(f.parts))
        parts = path.relative_to(top).parts
        return not any(part.startswith(".") and part != IGNORE_FILE for part in parts)

    batches = watchfiles.watch(
        *folders,
        watch_filter=counts,
        debounce=LONGEST_MS,
        step=QUIET_MS,
        stop_event=stop,
        rust_timeout=WAKE_MS,
        yield_on_timeout=True,
        ignore_permission_denied=True,
    )
    try:
        for batch in batches:
            yield frozenset(Path(path) for _, path in batch)
    except OSError as exc:
        raise InputError(
            f"cannot watch {', '.join(map(str, folders))}: {exc}; the system's limit may be raised "
            f"(sysctl fs.inotify.max_user_watches), or set WATCHFILES_FORCE_POLLING=1"
        ) from exc


@dataclass(frozen=True)
class Concerned:
    """Tells of a file whether one of some changes concerns it: itself, what lies beside it, a
    folder above it, or the ignore file of one.
    """

    paths: frozenset[Path]

    def __call__(self, file: SourceFile) -> bool:
        if file.origin is not None:  # in an archive, say, which is what has changed
            return True
        path = file.path
        if path in self.paths or not self._folders.isdisjoint(path.parents):
            return True
        beside = self._names.get(path.parent, ())
        return any(name.startswith(path.stem) for name in beside)

    @cached_property
    def _folders(self) -> set[Path]:
        return {p.parent if p.name == IGNORE_FILE else p for p in self.paths}

    @cached_property
    def _names(self) -> dict[Path, list[str]]:
        found: dict[Path, list[str]] = {}
        for path in self.paths:
            found.setdefault(path.parent, []).append(path.name)
        return found


def folders_of(changed: Iterable[Path], watched: Sequence[Path]) -> list[Path]:
    """The folders to be scanned for changes: those nearest to them that are there and hold
    something, and none that lies in another one.

    A file that left is missed in its folder, and a folder in the one above it.
    """
    found: set[Path] = set()
    for path in changed:
        top = max((f for f in watched if path.is_relative_to(f)), key=lambda f: len(f.parts))
        folder = path.parent if path != top else top
        while folder != top and not (folder.is_dir() and any(folder.iterdir())):
            folder = folder.parent
        found.add(folder)
    return sorted(f for f in found if not any(f != o and f.is_relative_to(o) for o in found))
