"""What every kind of archive shares: names of members, and limits on all of them together."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from mmrag.errors import LoadError
from mmrag.ingest.sources.found import is_plain, shown
from mmrag.loaders.limits import Limits, check_count

_DRIVE = re.compile(r"[A-Za-z]:")
_DEVICE = re.compile(r"(con|prn|aux|nul|(com|lpt)[0-9])( *\.| *$)", re.IGNORECASE)
"""Names that Windows opens a device for, whatever their suffix."""
_LONGEST = 1024


@dataclass
class Allowance:
    """What an archive on disk may unpack to, together with all archives in it.

    Args:
        path: of the outermost archive.
        limits: `zip_entries`, `zip_total_bytes` and `zip_ratio` of all that is read of it.
    """

    path: Path
    limits: Limits
    entries: int = 0
    size: int = 0

    def take(self, size: int) -> None:
        """Count a member of `size` bytes in; LimitExceeded when that is too much."""
        self.entries += 1
        self.size += size
        check_count(self.path, "zip_entries", self.entries, self.limits.zip_entries)
        check_count(self.path, "zip_total_bytes", self.size, self.limits.zip_total_bytes)

    def check_ratio(self, size: int, packed: int) -> None:
        """LimitExceeded when `packed` bytes unpack to suspiciously many."""
        if size > self.limits.zip_ratio_from:
            check_count(self.path, "zip_ratio", size / max(1, packed), self.limits.zip_ratio)


@dataclass(frozen=True)
class MemberName:
    """How a member is cited, and why it is not read, if it is not.

    No name ever becomes a path here. One that would lead elsewhere, had it been unpacked, is
    refused all the same: whoever made it meant no good.
    """

    cited: str
    fault: str | None
    hidden: bool

    @classmethod
    def of(cls, raw: str) -> MemberName:
        """Judge a name as it stands in an archive; backslashes are slashes, as some tools write."""
        name = raw.replace("\\", "/")
        parts = [part for part in name.split("/") if part not in ("", ".")]
        fault = None
        if name.startswith("/") or _DRIVE.match(name):
            fault = "is an absolute path"
        elif ".." in parts:
            fault = "leads out of the archive"
        elif not is_plain(name):
            fault = "holds control characters or is no Unicode"
        elif any(_DEVICE.match(part) for part in parts):
            fault = "is that of a device"
        elif not 0 < len(name) <= _LONGEST:
            fault = f"has {len(name)} characters"
        hidden = fault is None and any(part.startswith(".") for part in parts)
        if fault is None:
            return cls("/".join(parts), None, hidden)
        cited = "/".join(shown(part.replace("..", "%2E%2E")) for part in parts)
        if name.startswith("/"):
            cited = f"%2F{cited}"
        return cls(cited[:_LONGEST].replace(":", "%3A"), f"its name in the archive {fault}", hidden)


def stamp_of(path: Path) -> tuple[int, int]:
    """Size and time of change of an archive."""
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def check_stamp(path: Path, stamp: tuple[int, int]) -> None:
    """LoadError if an archive is not any more as it was when it was looked into."""
    if stamp_of(path) != stamp:
        raise LoadError(path, "its archive changed while it was being indexed; index again")
