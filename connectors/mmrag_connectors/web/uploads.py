"""Files that the browser has sent and nobody has used yet; each belongs to who sent it."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import AsyncIterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import anyio

from mmrag import Settings
from mmrag.errors import InputError
from mmrag_connectors.hosting.hosted import HostedIndex
from mmrag_connectors.http.callers import Caller
from mmrag_connectors.http.problems import Problem

KEPT_S = 3600.0
"""How long a file waits to be asked by or indexed before it is thrown away."""
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}$")


@dataclass
class Upload:
    """A file on its way: who sent it, how it is called, where it lies."""

    caller: Caller
    name: str
    path: Path
    size: int = 0
    whole: bool = False
    since: float = field(default_factory=time.monotonic)


class Uploads:
    """What was sent, by an id that only the sender knows.

    Gradio's own upload answers with paths of the server and believes those that it is given back,
    so the page does without it. Here a name never becomes a path, and an id is worth nothing to
    others.
    """

    def __init__(self, hosted: HostedIndex, settings: Settings) -> None:
        self._hosted = hosted
        self._files = settings.serve.upload_files
        self._bytes = settings.serve.upload_mb * 1024 * 1024
        self._waiting: dict[str, Upload] = {}

    async def take(self, caller: Caller, name: str, body: AsyncIterable[bytes]) -> str:
        """Receive a file; its id.

        Raises:
            Problem: it is too large together with what the caller has sent already (413), there are
                too many of them (429), or it is empty (400).
        """
        await self._sweep()
        if len(self._of(caller)) >= self._files:
            raise Problem(429, f"more than {self._files} files are waiting", "too_many_files")
        suffix = _SUFFIX.search(name)
        key = secrets.token_urlsafe(16)
        path = await self._hosted.spool() / f"page-{key}{suffix.group().lower() if suffix else ''}"
        upload = self._waiting[key] = Upload(caller, name, path)
        try:
            await self._write(upload, body)
        except BaseException:  # whatever ended it, also the sender going away: half a file is none
            self._waiting.pop(key, None)
            path.unlink(missing_ok=True)
            raise
        return key

    def claim(self, caller: Caller, ids: Sequence[str]) -> list[Upload]:
        """Take files out to use them; who claims them removes them.

        Raises:
            InputError: one is not there (any more), or belongs to somebody else.
        """
        for key in ids:
            upload = self._waiting.get(key)
            if upload is None or upload.caller != caller or not upload.whole:
                raise InputError("the file is not here any more; choose it again")
        return [self._waiting.pop(key) for key in dict.fromkeys(ids)]

    def clear(self) -> None:
        """Throw away what nobody used."""
        for upload in self._waiting.values():
            upload.path.unlink(missing_ok=True)
        self._waiting.clear()

    async def _write(self, upload: Upload, body: AsyncIterable[bytes]) -> None:
        async with await anyio.open_file(upload.path, "xb") as file:
            async for chunk in body:
                upload.size += len(chunk)
                if sum(one.size for one in self._of(upload.caller)) > self._bytes:
                    raise Problem(413, f"more than {self._bytes >> 20} MB", "too_large")
                await file.write(chunk)
        if not upload.size:
            raise Problem(400, "the file is empty", "empty")
        upload.whole = True

    def _of(self, caller: Caller) -> list[Upload]:
        return [one for one in self._waiting.values() if one.caller == caller]

    async def _sweep(self) -> None:
        old = [k for k, u in self._waiting.items() if time.monotonic() - u.since > KEPT_S]
        for key in old:
            upload = self._waiting.pop(key)
            with suppress(OSError):
                await anyio.Path(upload.path).unlink()
