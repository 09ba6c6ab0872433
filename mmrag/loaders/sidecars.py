"""Files that stand beside another one and tell of it: captions, metadata, subtitles."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

SidecarKind = Literal["text", "metadata", "subtitles"]


@dataclass(frozen=True)
class Sidecar:
    """A file that tells of its neighbour, as it is now.

    Attributes:
        kind: "text" describes what is seen or heard, "metadata" gives fields, "subtitles" what is
            said and when.
    """

    kind: SidecarKind
    path: Path
    size: int
    mtime_ns: int
