"""Whether a source is still what was indexed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mmrag.loaders.base import sha256_of
from mmrag.store.documents import DocumentRecord


@dataclass(frozen=True)
class Freshness:
    """Answers for a source: the file is there and holds what the index read.

    Same size and time is taken as unchanged; otherwise the content decides.
    """

    record_of: Callable[[str], DocumentRecord | None]
    path_of: Callable[[str], Path | None]

    def __call__(self, source: str) -> bool:
        record, path = self.record_of(source), self.path_of(source)
        if record is None or path is None:
            return False
        try:
            status = path.stat()
            if (status.st_size, status.st_mtime_ns) == (record.size, record.mtime_ns):
                return True
            return sha256_of(path) == record.sha256
        except OSError:
            return False
