"""Archives: what they hold, told without unpacking them, and within limits."""

from __future__ import annotations

import lzma
import tarfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from mmrag.errors import EmptyFile
from mmrag.ingest.sources import tarred, zipped
from mmrag.ingest.sources.found import Found
from mmrag.ingest.sources.members import Allowance
from mmrag.loaders.damage import damage_reported

SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")


def named_like_archive(name: str) -> bool:
    """Whether a file is to be looked into; its content then decides what it is."""
    return name.lower().endswith(SUFFIXES)


def members(
    path: Path, allowance: Allowance, *, place: Callable[[str], Path], left_out: Counter[str]
) -> list[Found] | None:
    """The files in an archive; None if it is none, or a document such as a Word file.

    A member that cannot be indexed (a link, a device, encrypted, badly named) is among them with
    an origin that says so.

    Args:
        allowance: what may still be read of the archive and those around it.
        place: where a member goes that is fetched at once, by its name.
        left_out: is told how many hidden members were left out.

    Raises:
        LoadError: it cannot be read; CorruptFile: it is damaged; EmptyFile: nothing is in it.
        LimitExceeded: it has or holds more than the limits allow.
    """
    kept: dict[str, Found] = {}
    with damage_reported(path, "archive", tarfile.TarError, lzma.LZMAError):
        if _starts_like_zip(path):
            found = zipped.members(path, allowance)
        elif tarred.is_tar(path):
            found = tarred.members(path, allowance, place)
        else:
            return None
        if found is None:
            return None
        empty = True
        for member in found:
            empty = False
            if member is None:
                left_out["hidden"] += 1
            else:
                kept[member.name] = member  # of two of one name, unpacking leaves the later one
        if empty:
            raise EmptyFile(path, "is an archive without files")
    return list(kept.values())


def _starts_like_zip(path: Path) -> bool:
    # not zipfile.is_zipfile, which looks at the end and takes a tar for the zip that is last in it
    with path.open("rb") as file:
        return file.read(4) in (b"PK\x03\x04", b"PK\x05\x06")
