"""Moves an index from its directory to a Qdrant server, and compares both sides point by point.

    python pipelines/migrate_to_server.py --index .mmrag --server http://127.0.0.1:6333

The directory is only read. Interrupted, it goes on where it was when it is run again; until it is
done, the copy cannot be opened as an index. `search` is asked of the new place in the end: what is
found there is what the old one finds. Then set `index: {qdrant_url: …}` in mmrag.yaml. Exit codes:
0, 1 error (also when both sides differ), 2 usage.
"""

from __future__ import annotations

from pydantic import Field
from running import OK, Keys, run

from mmrag import MmragError, MMRagIndex, Settings, migrate


class MigrateToServer(Keys):
    server: str = Field(description="URL or URL#COLLECTION")
    search: str = Field("", description="words to search both places for; none: no search")


def main(keys: MigrateToServer, settings: Settings) -> int:
    """Copy, compare, and search on both sides."""
    directory = settings.index.directory
    done = migrate(directory, keys.server, settings=settings)
    kinds = ", ".join(f"{count} {kind}" for kind, count in done.kinds.items())
    print(f"{done.points} points ({kinds}) are in {done.target} as in {done.source}")
    for name, space in done.spaces.items():
        print(f"{name}: {space.vectors} vectors, largest difference {space.deviation:.1g}")
    if keys.search:
        url, _, collection = keys.server.partition("#")
        there = {"index.qdrant_url": url, "index.collection": collection or None}
        ours, theirs = (found(settings.with_changes(place), keys.search) for place in ({}, there))
        if ours != theirs:
            raise MmragError(f"{done.target} finds {theirs} where {done.source} finds {ours}")
        print(f"both find the same {len(ours)} for {keys.search!r}")
    return OK


def found(settings: Settings, words: str) -> list[str]:
    """The ids of what a search finds, the best first."""
    with MMRagIndex(settings=settings, create=False) as index:
        return [hit.id for hit in index.search(words).hits]


if __name__ == "__main__":
    run(main, MigrateToServer, __doc__)
