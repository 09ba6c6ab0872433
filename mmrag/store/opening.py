"""Open the engine that the settings name: a directory, or a Qdrant server."""

from __future__ import annotations

from collections.abc import Sequence

from mmrag.config import IndexSettings
from mmrag.errors import InputError
from mmrag.store.spec import Engine, Space


def open_engine(settings: IndexSettings, *, spaces: Sequence[Space], create: bool) -> Engine:
    """Open the collection, or make it when there is none and `create` is set.

    Raises:
        InputError: there is no index and none is to be made.
        StoreError: it is locked, damaged, of another version, or the server does not answer.
    """
    if settings.qdrant_url:
        from mmrag.store.server import ServerEngine  # qdrant-client takes its time to import

        key = settings.qdrant_api_key.get_secret_value() if settings.qdrant_api_key else None
        return ServerEngine.connect(
            settings.qdrant_url,
            spaces if create else None,
            collection=settings.collection,
            api_key=key,
        )
    from mmrag.store.edge import EdgeEngine

    if create:
        return EdgeEngine.open_or_create(settings.directory, spaces)
    if not settings.directory.exists():
        raise InputError(
            f"no index at {settings.directory}; make one with: "
            f"mmrag index FOLDER --index {settings.directory}"
        )
    return EdgeEngine.open(settings.directory)
