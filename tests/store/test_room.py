"""A disk without room: nothing is written to it, and no index is opened on it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from mmrag.errors import StoreError
from mmrag.store.edge import EdgeEngine
from mmrag.store.spec import Point, Space


@pytest.fixture
def leave(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Pretend that so many megabytes are free."""

    def pretend(megabytes: int) -> None:
        found = SimpleNamespace(free=megabytes << 20)
        monkeypatch.setattr(shutil, "disk_usage", lambda path: found)

    return pretend


def test_nothing_is_written_without_room(
    edge_engine: EdgeEngine, uid: Callable[[int], str], leave: Callable[[int], None]
) -> None:
    edge_engine.upsert([Point(uid(0), payload={"n": 0})])
    leave(63)
    writes: list[Callable[[], None]] = [
        lambda: edge_engine.upsert([Point(uid(1))]),
        lambda: edge_engine.set_payload({"n": 1}, [uid(0)]),
        lambda: edge_engine.delete(ids=[uid(0)]),
    ]
    for write in writes:
        with pytest.raises(StoreError, match="63 MB are free there, an index needs 64 to be"):
            write()
    edge_engine.flush()
    assert edge_engine.retrieve([uid(0), uid(1)]) == [Point(uid(0), payload={"n": 0})]
    leave(64)
    edge_engine.delete(ids=[uid(0)])
    assert edge_engine.count() == 0


def test_an_index_is_not_opened_without_room(
    edge_engine: EdgeEngine, leave: Callable[[int], None]
) -> None:
    directory = Path(edge_engine.location)
    edge_engine.close()
    leave(10)
    with pytest.raises(StoreError, match="disk is full: 10 MB"):
        EdgeEngine.open(directory)
    leave(100)
    EdgeEngine.open(directory).close()  # and the lock was let go


def test_no_index_is_made_without_room(
    tmp_path: Path, spaces: list[Space], leave: Callable[[int], None]
) -> None:
    leave(3)
    with pytest.raises(StoreError, match="disk is full: 3 MB"):
        EdgeEngine.create(tmp_path / "index", spaces)
    leave(300)
    EdgeEngine.create(tmp_path / "index", spaces).close()
