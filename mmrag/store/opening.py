"""Open the engine that the settings name: a directory, or a Qdrant server."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from mmrag.config import IndexSettings, ServerSettings
from mmrag.errors import InputError
from mmrag.store import sidecar
from mmrag.store.quantization import Rescoring
from mmrag.store.spec import DenseSpace, Engine, Point, Quantization, Space

if TYPE_CHECKING:
    from mmrag.store.server import ServerEngine
    from mmrag.store.server_differences import Difference

EVERY_OTHER = "*"
"""In the settings' `quantization`, every dense space that is not named."""


AS_IT_IS = ServerSettings()


def index_exists(settings: IndexSettings, server: ServerSettings = AS_IT_IS) -> bool:
    """Whether there is a collection to open.

    Raises:
        StoreError: the server does not answer.
    """
    if settings.qdrant_url:
        from mmrag.store.server import ServerEngine

        return ServerEngine.exists(
            settings.qdrant_url,
            collection=settings.collection,
            api_key=_key(settings),
            server=server,
        )
    return sidecar.is_index(settings.directory)


def open_engine(
    settings: IndexSettings,
    server: ServerSettings = AS_IT_IS,
    *,
    spaces: Sequence[Space] | None = None,
    first: Sequence[Point] = (),
) -> Engine:
    """Open the collection; with `spaces` it is made if there is none.

    Args:
        server: what holds where it is on one.
        first: points that a new one has before anything else.

    Raises:
        InputError: there is no index and none is to be made.
        StoreError: it is locked, damaged, of another version, or the server does not answer.
    """
    if settings.qdrant_url:
        return open_server(settings, server, spaces=spaces, first=first)
    rescoring = Rescoring(settings.oversampling, settings.rescore)
    from mmrag.store.edge import EdgeEngine

    if spaces is not None:
        return EdgeEngine.open_or_create(
            settings.directory,
            spaces,
            quantization=wanted_quantization(settings, spaces),
            rescoring=rescoring,
            first=first,
        )
    if not settings.directory.exists():
        raise InputError(
            f"no index at {settings.directory}; make one with: "
            f"mmrag index FOLDER --index {settings.directory}",
            hint="mmrag init",
        )
    return EdgeEngine.open(settings.directory, rescoring=rescoring)


def open_server(
    settings: IndexSettings,
    server: ServerSettings = AS_IT_IS,
    *,
    spaces: Sequence[Space] | None = None,
    first: Sequence[Point] = (),
) -> ServerEngine:
    """As `open_engine`, of settings that name a server.

    Raises:
        InputError: they name none.
        ConfigError: an index of another kind is wanted for a key of mmrag's own.
        StoreError: as of `open_engine`.
    """
    if not settings.qdrant_url:
        raise InputError("no Qdrant server is named; set index.qdrant_url, or give --qdrant URL")
    from mmrag.store.server import ServerEngine  # qdrant-client takes its time to import
    from mmrag.store.server_differences import check_indexes

    check_indexes(server)

    return ServerEngine.connect(
        settings.qdrant_url,
        spaces,
        collection=settings.collection,
        api_key=_key(settings),
        quantization=wanted_quantization(settings, spaces or ()),
        rescoring=Rescoring(settings.oversampling, settings.rescore),
        server=server,
        first=first,
    )


def add_indexes(engine: Engine, settings: IndexSettings) -> None:
    """Make payload indexes that a collection on a server lacks, as one whose making was cut off.

    An embedded one is not there before it has all of them.
    """
    if not settings.qdrant_url:
        return
    from mmrag.store.server import ServerEngine

    if isinstance(engine, ServerEngine):
        engine.add_indexes()


def server_differences(engine: Engine, settings: IndexSettings) -> list[Difference]:
    """Where a collection on a server is otherwise than its settings; none of an embedded one."""
    if not settings.qdrant_url:
        return []
    from mmrag.store.server import ServerEngine

    return engine.differences() if isinstance(engine, ServerEngine) else []


def wanted_quantization(
    settings: IndexSettings, spaces: Iterable[Space]
) -> dict[str, Quantization]:
    """What the settings say, by dense space; and of others, which are then told to be wrong."""
    given = settings.quantization
    by_space = dict(given) if isinstance(given, dict) else {EVERY_OTHER: given}
    rest = by_space.pop(EVERY_OTHER, None)
    dense = {space.name: rest for space in spaces if isinstance(space, DenseSpace)}
    return {name: kind for name, kind in {**dense, **by_space}.items() if kind is not None}


def _key(settings: IndexSettings) -> str | None:
    return settings.qdrant_api_key.get_secret_value() if settings.qdrant_api_key else None
