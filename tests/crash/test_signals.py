"""A run that is asked to stop finishes its batch and says where it stands."""

from __future__ import annotations

import re
import signal
from pathlib import Path

import pytest

from crash.driver import Blow, indexing
from crash.nursery import Nursery
from crash.raw import Faults, compare, unkept
from crash.world import World

MANIFESTS = 2
"""Writes of a new index before the first passages."""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_what_is_in_hand_is_finished(place: Path, nursery: Nursery, number: signal.Signals) -> None:
    world, index = World(place / "world", 7), place / "index"
    blow = Blow("_upsert", MANIFESTS + 3, signal=number)
    cut = indexing(world.folder, index, place / "cut", blows=(blow,))
    assert nursery.run(cut) == 128 + number
    assert "finishing the batch in hand; ask again to end at once" in cut.err
    left, total = map(int, re.findall(r"interrupted with (\d+) of (\d+) files left", cut.out)[0])
    (done,) = map(int, re.findall(r"(\d+) indexed", cut.out))
    assert (total, left) == (len(world.words), total - done)
    assert left > 0
    assert 0 < len(cut.acknowledged) <= done
    assert not (index / "lock.owner").exists()
    assert unkept(index, world.folder, cut.acknowledged) == ()
    rest = indexing(world.folder, index, place / "rest")
    assert nursery.run(rest) == 0, rest.err
    assert [status for status, _ in rest.acknowledged].count("indexed") == left
    assert compare(index, world.folder, world.words) == Faults()


def test_the_second_time_it_ends_at_once(place: Path, nursery: Nursery) -> None:
    world, index = World(place / "world", 8), place / "index"
    blows = (
        Blow("_upsert", MANIFESTS + 3, signal=signal.SIGINT),
        Blow("_flush", MANIFESTS + 3, signal=signal.SIGTERM),  # of the batch in hand
    )
    cut = indexing(world.folder, index, place / "cut", blows=blows)
    assert nursery.run(cut) == -signal.SIGTERM
    assert cut.out == ""
    rest = indexing(world.folder, index, place / "rest")
    assert nursery.run(rest) == 0, rest.err
    assert compare(index, world.folder, world.words) == Faults()
