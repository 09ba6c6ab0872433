"""What a user may give to be indexed: paths, globs, and addresses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import takewhile
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from pathspec import GitIgnoreSpec

from mmrag.errors import InputError

_ADDRESS = re.compile(r"([a-z][a-z0-9+.-]+)(?:::.*)?://", re.IGNORECASE)
"""A scheme of one letter would be a drive of Windows."""
_NO_SECRET = ("github",)
"""Where what stands before an @ names a place."""
_MAGIC = re.compile(r"[*?\[]")


@dataclass(frozen=True)
class Glob:
    """A pattern such as "**/*.pdf", below a folder. A folder that it matches is meant whole."""

    pattern: str

    def matches(self, name: str) -> bool:
        """Whether a file is meant, by its name below the folder."""
        return _spec(self.pattern).match_file(name)


@dataclass(frozen=True)
class Given:
    """One thing that was given.

    Attributes:
        path: a file or folder of this machine that exists; None for an address.
        url: an address, which may hold credentials.
        glob: what is meant of a folder; None is all of it.
    """

    path: Path | None = None
    url: str = field(default="", repr=False)
    glob: Glob | None = None

    @property
    def scheme(self) -> str:
        """Of an address, lower case; "" for a path."""
        found = _ADDRESS.match(self.url)
        return found[1].lower() if found else ""

    @property
    def shown(self) -> str:
        """What was given, for messages, without credentials."""
        place = place_of(self.url) if self.path is None else str(self.path)
        return f"{place}/{self.glob.pattern}" if self.glob else place

    @classmethod
    def of(cls, given: str | Path) -> Given:
        """Tell what was given, without going there.

        Raises:
            InputError: no such file or folder on this machine.
        """
        text = str(given)
        if isinstance(given, str) and _ADDRESS.match(given):
            if not text.lower().startswith("file://"):
                return cls._address(text)
            text = url2pathname(urlsplit(text).path)
        path = Path(text).expanduser()
        if path.exists():
            return cls(path.resolve())
        fixed = _before_magic(path.parts)
        if len(fixed) == len(path.parts) or not (folder := Path(*fixed)).is_dir():
            raise InputError(f"no such file or folder: {given}")
        return cls(folder.resolve(), glob=Glob("/".join(path.parts[len(fixed) :])))

    @classmethod
    def _address(cls, url: str) -> Given:
        parts = url.split("/")
        fixed = _before_magic(parts)
        if url.lower().startswith(("http://", "https://")) or len(fixed) == len(parts):
            return cls(url=url)
        return cls(url="/".join(fixed), glob=Glob("/".join(parts[len(fixed) :])))


def place_of(url: str) -> str:
    """An address in one spelling, and without credentials."""
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.strip("/").partition("/")
    if scheme not in _NO_SECRET:
        host = host.rpartition("@")[2]
    if scheme.lower() in ("http", "https"):
        path = path.partition("?")[0]
    return f"{scheme}://{host}{slash}{path}"


def folder_of(place: str) -> str:
    """The folder that a file is in, both by their addresses."""
    scheme, _, rest = place.partition("://")
    return f"{scheme}://{rest.rpartition('/')[0]}"


def _before_magic(parts: Sequence[str]) -> list[str]:
    return list(takewhile(lambda part: not _MAGIC.search(part), parts))


@lru_cache(maxsize=64)
def _spec(pattern: str) -> GitIgnoreSpec:
    # the slash binds it to the folder, as patterns without one are not in .gitignore
    return GitIgnoreSpec.from_lines([f"/{pattern}"])
