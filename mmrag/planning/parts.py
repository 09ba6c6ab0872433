"""The parts of a collection: what each takes on disk and in memory, and by which formula.

The constants were measured with Qdrant Edge 0.9, which has the server's storage; `docs/how-to/
server.md` says how far the formulas are off. They are for one copy, all nodes together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mmrag.config import ServerSettings
from mmrag.planning.amounts import bytes_shown, count_shown
from mmrag.planning.workload import Workload
from mmrag.server_sections import MemorySettings, Tier
from mmrag.store.kinds import INDEXED_KEYS
from mmrag.store.quantization import code_bytes

M = 16
"""Links of a point in Qdrant's default graph: up to 2 m of 4 bytes."""
POSTING, STORED = 9, 8
"""Bytes of a term in the inverted index, and in the vector that is kept beside it."""
KEY, ID = 42, 30
"""Bytes of an item in a payload index, and in the table from ids to places."""


@dataclass(frozen=True)
class Part:
    """A part of a collection.

    Attributes:
        name: "codes" or "graph" and the like, with its space.
        formula: how its bytes are reckoned.
        bytes: on disk, of one copy.
        tier: "cold" is read from disk, "cached" should be in the page cache, "pinned" must be in
            memory.
    """

    name: str
    formula: str
    bytes: float
    tier: Tier

    @property
    def memory(self) -> float:
        """Bytes of memory that it wants, of one copy."""
        return 0.0 if self.tier == "cold" else self.bytes


def placement(load: Workload, given: MemorySettings) -> dict[str, Tier]:
    """Where each part lives: as given, else searches read memory alone, and what they do not read
    stays on disk. Where all vectors have codes, these are read in their place."""
    coded = all(row.codes != "none" for row in load.dense)
    usual: dict[str, Tier] = {
        "vectors": "cold" if coded else "cached",
        "codes": "pinned",
        "graph": "pinned" if coded else "cached",
        "sparse": "pinned",
        "payload": "cold",
        "payload_indexes": "pinned",
        "ids": "pinned",
    }
    return {**usual, **given.model_dump(exclude_none=True)}


def parts_of(load: Workload, server: ServerSettings) -> list[Part]:
    """The parts of one copy."""
    return list(_parts(load, server))


def _parts(load: Workload, server: ServerSettings) -> Iterator[Part]:
    tiers = placement(load, server.memory)
    m = M if server.hnsw.m is None else server.hnsw.m
    payload_m = m if server.hnsw.payload_m is None else server.hnsw.payload_m
    for row in load.dense:
        held = load.items * row.share
        n = count_shown(held)
        size = held * row.size * 4
        yield Part(f"vectors {row.name}", f"{n} x {row.size} x 4 B", size, tiers["vectors"])
        if row.codes != "none":
            each = code_bytes(row.codes, row.size)
            told = f"{n} x {each} B ({row.codes})"
            yield Part(f"codes {row.name}", told, held * each, tiers["codes"])
        links = 2 * (m + payload_m) * 4
        told = f"{n} x 2 x ({m} + {payload_m}) x 4 B"
        yield Part(f"graph {row.name}", told, held * links, tiers["graph"])
    for words in load.sparse:
        held = load.items * words.share
        n = count_shown(held)
        told = f"{n} x {words.terms} x {POSTING} B"
        yield Part(f"postings {words.name}", told, held * words.terms * POSTING, tiers["sparse"])
        told = f"{n} x {words.terms} x {STORED} B"
        yield Part(f"vectors {words.name}", told, held * words.terms * STORED, "cold")
    n = count_shown(load.items)
    told = f"{n} x {bytes_shown(load.payload_bytes)}"
    yield Part("payload", told, load.items * load.payload_bytes, tiers["payload"])
    keys = len({row.key for row in INDEXED_KEYS} | set(server.indexes))
    told = f"{n} x {keys} keys x {KEY} B"
    yield Part("payload indexes", told, load.items * keys * KEY, tiers["payload_indexes"])
    yield Part("ids", f"{n} x {ID} B", load.items * ID, tiers["ids"])


def rule_of_thumb(load: Workload) -> float:
    """Memory by Qdrant's own rule, all vectors in it: vectors x dimensions x 4 bytes x 1.5.

    https://qdrant.tech/documentation/guides/capacity-planning
    """
    return sum(load.items * row.share * row.size * 4 * 1.5 for row in load.dense)
