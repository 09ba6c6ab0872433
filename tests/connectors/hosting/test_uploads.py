"""Files that came in through a door: what is left of a process that was killed goes away."""

from __future__ import annotations

import os
import time
from pathlib import Path

from mmrag.config import IndexSettings
from mmrag_connectors.hosting.uploads import ABANDONED_S, Uploads


def test_what_was_being_received_long_ago_is_swept(tmp_path: Path) -> None:
    uploads = Uploads(IndexSettings(directory=tmp_path / "index"))
    coming, left = uploads.spool / "coming", uploads.spool / "left"
    for path in (coming, left):
        path.write_bytes(b"half of a file")
    long_ago = time.time() - ABANDONED_S - 60
    os.utime(left, (long_ago, long_ago))
    uploads.sweep()
    assert [path.name for path in uploads.spool.iterdir()] == ["coming"]
