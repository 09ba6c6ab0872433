"""Captions that were made once, kept in a file: a line of JSON each, written as they come."""

from __future__ import annotations

import json
import os
from pathlib import Path


class CaptionCache:
    """Captions by picture and by who made them.

    A run that is killed loses at most the line that it was writing; a line that cannot be read is
    passed over, and its caption made again.

    Args:
        file: made with the first caption.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._known: dict[tuple[str, str], str] | None = None

    def get(self, picture: str, by: str) -> str | None:
        """The caption of a picture; None if there is none yet.

        Args:
            picture: SHA-256 of its pixels.
            by: model, version of it and question.
        """
        if self._known is None:
            self._known = self._read()
        return self._known.get((picture, by))

    def put(self, picture: str, by: str, caption: str) -> None:
        """Keep a caption, on disk before this returns.

        Raises:
            OSError: the file cannot be written.
        """
        row = json.dumps({"picture": picture, "by": by, "caption": caption}, ensure_ascii=False)
        self._file.parent.mkdir(parents=True, exist_ok=True)
        start = b"\n" if self._ends_torn() else b""
        with self._file.open("ab") as lines:
            lines.write(start + row.encode() + b"\n")
        if self._known is not None:
            self._known[picture, by] = caption

    def _ends_torn(self) -> bool:
        """Whether the last line was never finished."""
        if not self._file.exists() or not self._file.stat().st_size:
            return False
        with self._file.open("rb") as lines:
            lines.seek(-1, os.SEEK_END)
            return lines.read() != b"\n"

    def _read(self) -> dict[tuple[str, str], str]:
        try:
            lines = self._file.read_bytes().splitlines()
        except FileNotFoundError:
            return {}
        found: dict[tuple[str, str], str] = {}
        for line in lines:
            try:
                row = json.loads(line)
                found[str(row["picture"]), str(row["by"])] = str(row["caption"])
            except (ValueError, KeyError, TypeError):
                continue
        return found
