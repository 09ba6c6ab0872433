"""The malformed set: files of every kind that are broken, lie, or are far too much.

`python -m hostile.malformed FOLDER` from tests/ writes it, with a manifest beside it.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from hostile.cases import Case, Malformed
from hostile.damaged_files import damaged_files
from hostile.media_bombs import media_bombs
from hostile.odd_names import odd_names
from hostile.packed_bombs import packed_bombs
from hostile.pdf_bombs import pdf_bombs
from hostile.text_bombs import text_bombs

FILES, MANIFEST = "files", "manifest.jsonl"


def cases() -> Iterator[Case]:
    """The whole set, in the same order and with the same bytes each time."""
    yield from damaged_files()
    yield from packed_bombs()
    yield from pdf_bombs()
    yield from text_bombs()
    yield from media_bombs()
    yield from odd_names()


def generate(folder: Path) -> list[Malformed]:
    """Write the set to `files/` in a folder, and what is what to `manifest.jsonl` beside it.

    A folder that was written before is replaced.
    """
    shutil.rmtree(folder / FILES, ignore_errors=True)
    written = []
    for one in cases():
        path = folder / FILES / one.file.name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(one.content, bytes):
            path.write_bytes(one.content)
        else:
            one.content(path)
        if path.exists():  # a device can be made by root alone
            written.append(one.file)
    with (folder / MANIFEST).open("w", encoding="utf-8") as out:
        for file in written:
            out.write(json.dumps(vars(file)) + "\n")
    return written


if __name__ == "__main__":
    target = Path(sys.argv[1])
    files = generate(target)
    kinds = Counter(file.expect for file in files)
    disk = sum(path.lstat().st_blocks for path in target.rglob("*")) * 512 / 1e6
    counted = ", ".join(f"{count} {expect}" for expect, count in sorted(kinds.items()))
    sys.stdout.write(f"{len(files)} files ({counted}), {disk:.0f} MB in {os.fspath(target)}\n")
