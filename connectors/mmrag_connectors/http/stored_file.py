"""A file of the index as a response: whole, or one range of it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import FileResponse
from starlette.types import Receive, Scope, Send

from mmrag_connectors.http.problems import Problem

_ONE_RANGE = re.compile(r"bytes=(?:([0-9]{1,18})-([0-9]{1,18})?|-([0-9]{1,18}))")


class StoredFile(FileResponse):
    """A file, whole or one range of it (RFC 9110, section 14).

    Starlette answers 400 to units that it does not know and to ranges that it cannot read, which
    the standard wants ignored; so only a single good range of bytes gets through to it. No browser
    asks for several.
    """

    chunk_size = 256 << 10  # each is a trip to a thread

    def __init__(
        self,
        path: Path,
        status: os.stat_result,
        *,
        mimetype: str,
        name: str,
        inline: bool,
        headers: Mapping[str, str],
    ) -> None:
        super().__init__(
            path,
            media_type=mimetype,
            headers=headers,
            filename=name,
            stat_result=status,
            content_disposition_type="inline" if inline else "attachment",
        )
        self._size = status.st_size

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = Headers(scope=scope)
        if not self._is_range(asked.get("range", "").strip(), "if-range" in asked):
            kept = [(name, value) for name, value in scope["headers"] if name != b"range"]
            scope = {**scope, "headers": kept}
        await super().__call__(scope, receive, send)

    def _is_range(self, asked: str, conditional: bool) -> bool:
        """Whether it is one range to go by; raises Problem if nothing lies in it."""
        found = _ONE_RANGE.fullmatch(asked)
        if found is None:
            return False
        start, end, last = (None if part is None else int(part) for part in found.groups())
        if start is not None and end is not None and end < start:
            return False
        nothing = last == 0 if start is None else start >= self._size
        if nothing and not conditional:
            raise Problem(
                416,
                f"the file has {self._size} bytes, and none of them lies in the range {asked}",
                "range_not_satisfiable",
                {"Content-Range": f"bytes */{self._size}"},
            )
        return True
