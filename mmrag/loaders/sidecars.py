"""Files that stand beside another one and tell of it: captions, metadata, subtitles.

| name | beside | holds |
| --- | --- | --- |
| `photo.jpg.txt` | pictures, recordings, films, arrays | a description |
| `photo.jpg.json` | any file | fields; of a sensor's file its units, too (`sensors/naming.py`) |
| `photo.jpg.supplemental-metadata.json` | any file | fields, as Google Takeout writes them |
| `photo.jpg.xmp`, `photo.xmp` | any file; pictures, recordings, films | fields |
| `talk.mp3.vtt`, `talk.vtt`, `talk.en.vtt`; .srt, .ass, .ssa | recordings, films | what is said |

Suffixes may be in capitals.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Literal, NamedTuple

from mmrag.modalities import FILE_KINDS, Modality

SidecarKind = Literal["text", "metadata", "subtitles"]

_SUBTITLES = (".vtt", ".srt", ".ass", ".ssa")
"""In the order in which they are preferred: WebVTT tells who speaks."""
_KINDS: dict[str, SidecarKind] = {
    ".txt": "text",
    ".json": "metadata",
    ".xmp": "metadata",
    **dict.fromkeys(_SUBTITLES, "subtitles"),
}


def _suffixes(*modalities: Modality) -> frozenset[str]:
    kinds = [kind for kind in FILE_KINDS.values() if kind.modality in modalities]
    return frozenset(suffix for kind in kinds for suffix in kind.suffixes)


_TIMED = _suffixes(Modality.AUDIO, Modality.VIDEO)
_MEDIA = _TIMED | _suffixes(Modality.IMAGE) | {".npy", ".npz"}

# An IETF language tag, and the marks that players know behind it: talk.pt-BR.forced.srt
_TONGUE = re.compile(
    r"(?P<of>.+)\.(?P<tag>[a-z]{2,3}(?:[-_][a-z0-9]{2,8})*)(?:\.(?:forced|sdh|cc|hi|default))?",
    re.IGNORECASE,
)
# Takeout cuts ".supplemental-metadata" off where the name would get too long, and counts copies
# of photo.jpg as photo(1).jpg with photo.jpg.supplemental-metadata(1).json.
_TAKEOUT = "supplemental-metadata"
_TAKEOUT_NAME = re.compile(r"(?P<of>.+?)(?:\.(?P<mark>[a-z-]+))?(?:\((?P<copy>\d+)\))?")


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


class _Named(NamedTuple):
    """A possible sidecar. Of several of a kind the first in order is the best.

    Attributes:
        tongue: the language tag of subtitles, lower case, or "".
        rank: of its suffix, where one is preferred.
    """

    tongue: str
    rank: int
    name: str

    @property
    def kind(self) -> SidecarKind:
        return _KINDS[PurePosixPath(self.name).suffix.lower()]


def find_sidecars(file: Path, siblings: Collection[str]) -> tuple[Sidecar, ...]:
    """The sidecars of a file; of several of a kind the better one first.

    Symbolic links and what is no regular file are none.

    Args:
        siblings: the names in its folder. A frozenset, the same for each file of the folder, is
            sorted out once.
    """
    found = []
    for kind, name in sidecar_names(file.name, siblings):
        path = file.with_name(name)
        try:
            status = path.lstat()
        except OSError:  # it went away since the folder was listed
            continue
        if stat.S_ISREG(status.st_mode):
            found.append(Sidecar(kind, path, status.st_size, status.st_mtime_ns))
    return tuple(found)


def sidecar_names(name: str, siblings: Collection[str]) -> tuple[tuple[SidecarKind, str], ...]:
    """The kinds and names of a file's sidecars among the names beside it, wherever these are."""
    by_owner = _by_owner(siblings if isinstance(siblings, frozenset) else frozenset(siblings))
    if not by_owner:  # as in most folders, of which some are large
        return ()
    path = PurePosixPath(name)
    found = {
        (loose, row)
        for loose, owner in ((False, name), (True, path.stem))
        for row in by_owner.get(_key(owner), ())
        if row.name != name and _belongs(row, path.suffix.lower(), loose)
    }
    return tuple(dict.fromkeys((row.kind, row.name) for _, row in sorted(found)))


def tongue_of(name: str) -> str:
    """The language tag in a name of subtitles, lower case: "talk.en-US.srt" -> "en-us"; or ""."""
    return _tagged(PurePosixPath(name).stem)[1]


def _tagged(stem: str) -> tuple[str, str]:
    """A stem without its language tag, and the tag."""
    found = _TONGUE.fullmatch(stem)
    if found is None or f".{found['tag'].lower()}" in _MEDIA:  # "mp3" looks like one
        return stem, ""
    return found["of"], found["tag"].lower()


def _belongs(row: _Named, suffix: str, loose: bool) -> bool:
    """Whether it goes with files of that suffix; `loose`: it is named without that suffix."""
    if row.kind == "subtitles":
        return suffix in _TIMED
    if row.kind == "text":
        return suffix in _MEDIA and not loose
    if loose:
        return suffix in _MEDIA and row.name.lower().endswith(".xmp")
    return suffix != ""  # config.json is no sidecar of a file called config


@lru_cache(maxsize=8)
def _by_owner(names: frozenset[str]) -> dict[str, list[_Named]]:
    """Possible sidecars by the name, or the stem, of the file that they would belong to."""
    found: dict[str, list[_Named]] = {}
    for owner, row in _owned(names):
        found.setdefault(_key(owner), []).append(row)
    return found


def _owned(names: Iterable[str]) -> Iterator[tuple[str, _Named]]:
    for name in names:
        path = PurePosixPath(name)
        suffix, stem = path.suffix.lower(), path.stem
        if suffix not in _KINDS:
            continue
        rank = _SUBTITLES.index(suffix) if suffix in _SUBTITLES else 0
        yield stem, _Named("", rank, name)
        owner, tongue = _tagged(stem)
        if suffix in _SUBTITLES and tongue:
            yield owner, _Named(tongue, rank, name)
        if suffix == ".json" and (counted := _takeout_owner(stem)) is not None:
            yield counted, _Named("", 1, name)


def _takeout_owner(stem: str) -> str | None:
    found = _TAKEOUT_NAME.fullmatch(stem)
    if found is None:
        return None
    mark = found["mark"]
    if mark is not None and not _TAKEOUT.startswith(mark):
        owner = f"{found['of']}.{mark}"  # its own suffix: photo.jpg(1).json
    else:
        owner = found["of"]
    if found["copy"] is not None:
        path = PurePosixPath(owner)
        owner = f"{path.stem}({found['copy']}){path.suffix}"
    return owner if owner != stem else None


def _key(name: str) -> str:
    """A name with its suffix in lower case."""
    path = PurePosixPath(name)
    return path.stem + path.suffix.lower()
