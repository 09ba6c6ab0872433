"""Files that came in through a door, in a folder of the index for each tenant."""

from __future__ import annotations

import json
import re
import time
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from mmrag.config import IndexSettings
from mmrag.errors import InputError
from mmrag.ingest.belongings import kept_at, owned_at

LONGEST = 200
"""Bytes of a file's name; file systems take 255, and some room is wanted for what is put to it."""
ABANDONED_S = 3600.0
"""A file that is being received and has not grown for so long was left behind by a process."""
WHOSE = "tenant.json"
"""Beside a tenant's folder: its name, for a digest cannot be turned back into one."""
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)


class Uploads:
    """Where uploaded files of an index are kept: they belong to it, and go when it goes.

    In the index's directory, or in mmrag's cache for one on a Qdrant server.
    """

    def __init__(self, index: IndexSettings) -> None:
        self._index = index
        self._folder = kept_at(index, "uploads").absolute()

    @property
    def spool(self) -> Path:
        """A folder for files that are being received."""
        return self._made(self._folder / "receiving")

    def sweep(self) -> None:
        """Delete what was being received when a process was killed."""
        before = time.time() - ABANDONED_S
        for path in self.spool.iterdir():
            with suppress(FileNotFoundError):
                if path.is_file() and path.stat().st_mtime < before:
                    path.unlink()

    def folder(self, tenant: str | None) -> Path:
        """The folder of a tenant's uploads. Its last name is what their sources begin with."""
        theirs = self._index.model_copy(update={"tenant": tenant})
        folder = self._made(owned_at(theirs, "uploads") / "uploads")
        whose = folder.with_name(WHOSE)
        if not whose.exists():
            whose.write_text(json.dumps(tenant), encoding="utf-8")
        return folder

    def folders(self) -> Iterator[tuple[str | None, Path]]:
        """Every tenant that has uploaded something, and its folder."""
        for whose in sorted(self._folder.glob(f"*/{WHOSE}")):
            tenant = json.loads(whose.read_text(encoding="utf-8"))
            yield tenant, self.folder(tenant)

    def take_in(self, tenant: str | None, files: Sequence[tuple[str, Path]]) -> list[Path]:
        """Move files to where they stay, each under its name; one of that name is replaced.

        Raises:
            InputError: nothing was given, a name comes twice, or cannot be that of a file.
        """
        if not files:
            raise InputError("no file was given")
        names = [file_name(name) for name, _ in files]
        for name in names:
            if names.count(name) > 1:
                raise InputError(f"two files are named {name!r}; give each a name of its own")
        folder = self.folder(tenant)
        for name, (_, path) in zip(names, files, strict=True):
            path.replace(folder / name)
        return [folder / name for name in names]

    def holds(self, tenant: str | None, path: Path) -> bool:
        """Whether a file is one of a tenant's uploads."""
        return path.parent == self.folder(tenant)

    @staticmethod
    def _made(folder: Path) -> Path:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder


def file_name(given: str) -> str:
    """A name as it may stand in a folder, in composed characters.

    Raises:
        InputError: it cannot be made one; what is wrong is said, nothing is silently replaced.
    """
    name = unicodedata.normalize("NFC", given).strip()
    wrong = ""
    if not name or name.strip(".") == "":
        wrong = "is empty"
    elif "/" in name or "\\" in name or ":" in name:
        wrong = "has a separator of folders in it"
    elif not name.isprintable():
        wrong = "has characters in it that cannot be shown"
    elif name.startswith("."):
        wrong = "begins with a dot, as hidden files do, which are not indexed"
    elif name.endswith(".") or _DEVICES.fullmatch(name):
        wrong = "is none on some systems"
    elif len(name.encode()) > LONGEST:
        wrong = f"is longer than {LONGEST} bytes"
    if wrong:
        raise InputError(f"the file name {given[:60]!r} {wrong}; rename the file")
    return name
