"""Files on any file system that fsspec knows: s3://, gs://, sftp://, github:// and others.

Credentials are fsspec's business: its settings file, or the environment as each of them reads it.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fsspec.core import url_to_fs

from mmrag.errors import InputError, LimitExceeded, LoadError
from mmrag.ingest.sources.found import Found, is_plain, shown, tag
from mmrag.ingest.sources.given import place_of
from mmrag.ingest.sources.ignore import NAME, Rules
from mmrag.ingest.sources.local import HIDDEN, IGNORED
from mmrag.ingest.sources.spool import BLOCK, Terms, write_whole

_VERSION = (
    *("etag", "ETag", "md5Hash", "md5", "sha", "checksum", "version", "blob_id"),
    *("mtime", "LastModified", "last_modified", "updated", "modified", "modify", "created"),
)
"""What file systems call that by which a file is seen to have changed."""
_OWN_PROCESS = ("memory",)
"""What other processes do not see."""


@dataclass(frozen=True)
class RemoteFile:
    """The origin of a file on a file system of fsspec.

    Attributes:
        url: as the user gave it, which may hold credentials; path: of the file there.
        mtime_ns: what the fetched file is to have.
    """

    url: str = field(repr=False)
    path: str
    mtime_ns: int
    terms: Terms

    def fetch(self, to: Path) -> None:
        """Copy the file; LoadError if it cannot be had, LimitExceeded if it is too large."""
        blocks = self._blocks()
        write_whole(to, blocks, what=self.path, mtime_ns=self.mtime_ns, terms=self.terms)

    def _blocks(self) -> Iterator[bytes]:
        try:
            system, _ = url_to_fs(self.url)
            with system.open(self.path, "rb") as file:
                while block := file.read(BLOCK):
                    yield block
        except Exception as exc:  # each file system has errors of its own
            raise LoadError(self.path, f"cannot be fetched: {_reason(exc, self.url)}") from exc


class RemotePlace:
    """A file or folder on a file system of fsspec.

    Args:
        url: as the user gave it.

    Raises:
        InputError: no such file system, it does not answer, or there is no such file or folder.
    """

    def __init__(self, url: str, terms: Terms) -> None:
        self._url, self._terms = url, terms
        self.shown = place_of(url)
        if "::" in url:
            raise InputError(f"{self.shown} is a chain of file systems, which is not taken")
        try:
            self._system, path = url_to_fs(url)
            self._path = str(path).rstrip("/")
            self.is_folder = self._system.info(path)["type"] == "directory"
        except FileNotFoundError as exc:
            raise InputError(f"no such file or folder: {self.shown}") from exc
        except Exception as exc:  # each file system has errors of its own
            raise InputError(f"cannot open {self.shown}: {_reason(exc, url)}") from exc

    def one(self) -> Found:
        """The file itself."""
        return self._found(self.shown.rpartition("/")[2], self._system.info(self._path))

    def walk(self, left_out: Counter[str]) -> Iterator[Found]:
        """The files below the folder, by name, by the rules of local folders.

        Raises:
            InputError: it cannot be listed; it must not pass for one without files.
        """
        try:
            listed = self._system.find(self._path, detail=True)
            rules = self._rules(listed)
        except InputError:
            raise
        except Exception as exc:  # each file system has errors of its own
            raise InputError(f"cannot look into {self.shown}: {_reason(exc, self._url)}") from exc
        for path in sorted(listed):
            name = self._name(path)
            *_, own = parts = name.split("/")
            if own == NAME:
                continue
            if any(part.startswith(".") for part in parts):
                left_out[HIDDEN] += 1
            elif rules.leave_out_below(name):
                left_out[IGNORED] += 1
            else:
                yield self._found(name, listed[path])

    def _rules(self, listed: dict[str, Any]) -> Rules:
        rules = Rules()
        for path in sorted(listed):
            folder, _, own = self._name(path).rpartition("/")
            if own == NAME:
                folder = f"{folder}/" if folder else ""
                content, file = self._system.cat_file(path), f"{self.shown}/{folder}{NAME}"
                rules = rules.below(folder, content, file=file)
        return rules

    def _name(self, path: str) -> str:
        return path[len(self._path) :].lstrip("/")

    def _found(self, name: str, info: dict[str, Any]) -> Found:
        path, size = str(info["name"]), int(info.get("size") or 0)
        if not is_plain(name):
            return Found.refused(shown(name), LoadError(path, "its name is no Unicode; rename it"))
        if size > self._terms.most:
            reason = f"has {size} bytes, more than the {self._terms.most} that are fetched"
            return Found.refused(name, LimitExceeded(path, reason))
        version = [str(info[key]) for key in _VERSION if info.get(key)]
        mtime_ns = tag(*version) if version else time.time_ns()
        origin = RemoteFile(self._url, path, mtime_ns, self._terms)
        at_once = not version or self._url.partition("://")[0] in _OWN_PROCESS
        return Found(name, size, mtime_ns, origin=origin, at_once=at_once)


def _reason(exc: Exception, url: str) -> str:
    """What went wrong, in one line, without the credentials of the address."""
    reason = " ".join(str(exc).split()) or type(exc).__name__
    login = url.partition("://")[2].partition("/")[0].rpartition("@")[0]
    for secret in filter(None, (login, login.partition(":")[2])):
        reason = reason.replace(secret, "***")
    return reason
