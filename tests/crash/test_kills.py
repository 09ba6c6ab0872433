"""Killed runs lose nothing, and the next one makes the index whole."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from crash.driver import Blow, indexing
from crash.kills import run_kills
from crash.nursery import Nursery
from crash.raw import Faults, compare
from crash.world import World
from mmrag.store.documents import list_documents
from mmrag.store.edge import EdgeEngine
from mmrag.store.kinds import CHUNKS


@pytest.mark.parametrize(
    ("kills", "seed"), [(4, 3), pytest.param(24, 20_261_129, marks=pytest.mark.slow)]
)
def test_what_is_killed_is_resumed(place: Path, nursery: Nursery, kills: int, seed: int) -> None:
    found = run_kills(place, kills, seed, nursery)
    assert found.faults == ()
    assert (found.kills, found.lost, found.duplicated, found.orphaned) == (kills, 0, 0, 0)
    assert found.running == 0


def test_workers_end_with_the_run_that_they_read_for(place: Path, nursery: Nursery) -> None:
    world, index = World(place / "world", 5), place / "index"
    first_chunks = Blow("_upsert", 3, "after")
    cut = indexing(world.folder, index, place / "cut", blows=(first_chunks,), workers=2)
    assert nursery.run(cut) == -signal.SIGKILL
    assert nursery.left_running() == 0
    rest = indexing(world.folder, index, place / "rest")
    assert nursery.run(rest) == 0, rest.err
    assert compare(index, world.folder, world.words) == Faults()


@pytest.mark.parametrize("nth", [1, 2])
def test_an_index_that_was_killed_while_it_was_made(
    place: Path, nursery: Nursery, nth: int
) -> None:
    world, index = World(place / "world", 6), place / "index"
    cut = indexing(world.folder, index, place / "cut", blows=(Blow("_upsert", nth),))
    assert nursery.run(cut) == -signal.SIGKILL
    assert cut.acknowledged == []
    rest = indexing(world.folder, index, place / "rest")
    assert nursery.run(rest) == 0, rest.err
    assert compare(index, world.folder, world.words) == Faults()


def test_what_has_no_marker_yet_passes_for_unread(place: Path, nursery: Nursery) -> None:
    world, index = World(place / "world", 4), place / "index"
    first_chunks = Blow("_upsert", 3, "after")
    cut = indexing(world.folder, index, place / "cut", blows=(first_chunks,))
    assert nursery.run(cut) == -signal.SIGKILL
    with EdgeEngine.open(index) as engine:
        assert engine.count(CHUNKS) > 0
        assert list_documents(engine) == []
