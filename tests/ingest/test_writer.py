"""Writing behind the embedding: what goes wrong there is told here, and nobody waits for it."""

from __future__ import annotations

import threading
from typing import cast

from mmrag.ingest.stages import Stages
from mmrag.ingest.writer import Writer
from mmrag.ingest.writing import Batch, Writing
from mmrag.spaces import Encoded


class Panic(BaseException):
    """As what Rust panics with is in Python."""


class FakeWriting:
    """Fails with every batch."""

    def write(self, *_: object) -> list[object]:
        raise Panic("out of bounds")


def test_a_panic_is_told_and_later_batches_are_not_waited_for() -> None:
    writer = Writer(cast(Writing, FakeWriting()), {}, Stages().write, waiting=1)
    told: list[str] = []

    def put() -> None:
        for _ in range(4):  # more than may wait
            try:
                writer.put(Batch((), Encoded({})))
            except Panic as panic:
                told.append(str(panic))
        try:
            writer.close()
        except Panic as panic:
            told.append(str(panic))

    putting = threading.Thread(target=put, daemon=True)
    putting.start()
    putting.join(30)
    assert not putting.is_alive()
    assert told[:1] == ["out of bounds"]
