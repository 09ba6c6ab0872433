"""Moves an index from its directory to a Qdrant server, and compares both sides point by point.

    python pipelines/migrate_to_server.py --index .mmrag --server http://127.0.0.1:6333

The directory is only read. Interrupted, it goes on where it was when it is run again; until it is
done, the copy cannot be opened as an index. Then set `index: {qdrant_url: …}` in mmrag.yaml. Exit
codes: 0, 1 error (also when both sides differ), 2 usage.
"""

from __future__ import annotations

from pydantic import Field
from running import OK, Keys, run

from mmrag import Settings, migrate


class MigrateToServer(Keys):
    server: str = Field(pattern="^https?://", description="URL or URL#COLLECTION")


def main(keys: MigrateToServer, settings: Settings) -> int:
    """Copy, and tell what is on both sides."""
    done = migrate(settings.index.directory, keys.server, settings=settings)
    kinds = ", ".join(f"{count} {kind}" for kind, count in done.kinds.items())
    print(f"{done.points} points ({kinds}) are in {done.target} as in {done.source}")
    for name, space in done.spaces.items():
        print(f"{name}: {space.vectors} vectors, largest difference {space.deviation:.1g}")
    return OK


if __name__ == "__main__":
    run(main, MigrateToServer, __doc__)
