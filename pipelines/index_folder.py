"""Brings an index in line with folders, and says what became of each file.

    python pipelines/index_folder.py --folders ~/papers --report report.json

Run it again whenever you like: unchanged files are skipped, changed ones are read again, and
removed ones leave. Exit codes: 0, 3 if some files could not be read (each is named), 1 error, 2
usage.
"""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import Field
from running import Keys, ended, run
from telling import summary, write

from mmrag import MMRagIndex, Settings


class IndexFolder(Keys):
    folders: tuple[str, ...] = Field(description="folders, files, globs, archives, addresses")
    report: Path | None = Field(None, description="file for what became of each file, JSON")


def main(keys: IndexFolder, settings: Settings) -> int:
    """Index, report, and tell by the exit code."""
    MMRagIndex.check_paths(keys.folders, settings)
    with MMRagIndex(settings=settings) as index:
        report = index.index(list(keys.folders))
        held, where = len(index.documents()), index.vector_store.engine.location
    if keys.report is not None:
        write(keys.report, json.dumps(report.as_dict(), indent=1) + "\n")
    print(f"{summary(report)}; {held} documents in {where}")
    return ended(report)


if __name__ == "__main__":
    run(main, IndexFolder, __doc__)
