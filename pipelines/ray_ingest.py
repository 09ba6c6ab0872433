"""Indexes folders on a Ray cluster, or on this machine as one, into a Qdrant server.

    python pipelines/ray_ingest.py --folders /shared/papers --qdrant http://127.0.0.1:6333
    python pipelines/ray_ingest.py --folders /shared/papers --address auto

Every machine of the cluster has to see the folders by the same path. Reading and embedding are
shared out as the section `cluster` says. Interrupted or with machines lost, run it again: what is
in the index is skipped, and runs of `mmrag index` may come between. Exit codes: 0, 3 if some files
could not be read, 130 interrupted, 1 error, 2 usage.
"""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import Field
from running import Keys, ended, run
from telling import summary, write

from mmrag import MMRagIndex, Settings


class RayIngest(Keys):
    folders: tuple[str, ...] = Field(description="folders, files and globs that all machines see")
    address: str | None = Field(None, description="the cluster: auto, or HOST:PORT")
    report: Path | None = Field(None, description="file for what became of each file, JSON")


def main(keys: RayIngest, settings: Settings) -> int:
    """Index on the cluster, and tell how the work was shared."""
    settings = settings.with_changes({"cluster.address": keys.address})
    MMRagIndex.check_paths(keys.folders, settings, engine="ray")
    with MMRagIndex(settings=settings) as index:
        report = index.index(list(keys.folders), engine="ray")
        held, where = len(index.documents()), index.vector_store.engine.location
    if keys.report is not None:
        write(keys.report, json.dumps(report.as_dict(), indent=1) + "\n")
    nodes = sum(row.nodes for row in report.outcomes if row.status == "indexed")
    rate = nodes / max(report.seconds, 1e-9)
    print(f"{summary(report)}; {nodes} nodes in {report.seconds:.0f} s ({rate:.1f} a second)")
    print(f"{held} documents in {where}")
    return ended(report)


if __name__ == "__main__":
    run(main, RayIngest, __doc__)
