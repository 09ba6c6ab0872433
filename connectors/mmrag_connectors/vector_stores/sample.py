"""What is known here of nodes in databases that cannot be read through: who they are, and a sample.

Calibrated fusion needs to know what a question scores against anything, and what a match scores
(`mmrag.retrieval.background`, `mmrag.retrieval.scales`). For that the vectors of a random part of
each space are kept; they also tell on which scale a database's scores are.
"""

from __future__ import annotations

import json
from bisect import insort
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np

from mmrag.retrieval.background import SAMPLE
from mmrag.store.nodes import point_id
from mmrag.store.spec import FloatArray

Part: TypeAlias = tuple[str, str]
"""A space and a modality."""


class Kept(NamedTuple):
    """A node of the sample; `order` is a hash of its id, by which it got here."""

    order: str
    node_id: str
    vector: FloatArray


class Sample:
    """Every node with the spaces that it is in; of up to `SAMPLE` of each part, the vectors.

    Kept are the nodes whose ids come first as points of Qdrant would, which are hashes: a random
    part, and the same one that an index over Qdrant takes.
    """

    def __init__(self) -> None:
        self._nodes: dict[str, tuple[Part, ...]] = {}
        self._parts: dict[tuple[Part, ...], tuple[Part, ...]] = {}  # one object for equal ones
        self._kept: defaultdict[Part, list[Kept]] = defaultdict(list)
        self._counts: Counter[Part] = Counter()

    def __contains__(self, node_id: str) -> bool:
        return node_id in self._nodes

    def __len__(self) -> int:
        return len(self._nodes)

    def __iter__(self) -> Iterator[str]:
        return iter(self._nodes)

    def add(self, node_id: str, modality: str, vectors: Mapping[str, FloatArray]) -> None:
        """Count a node that is not here yet, and keep its vectors where it is among the first."""
        order = point_id(node_id)
        parts = tuple((space, modality) for space in vectors)
        self._nodes[node_id] = self._parts.setdefault(parts, parts)
        for part in parts:
            rows = self._kept[part]
            insort(rows, Kept(order, node_id, vectors[part[0]]), key=lambda kept: kept.order)
            del rows[SAMPLE:]
            self._counts[part] += 1

    def remove(self, node_id: str) -> None:
        """Forget a node."""
        for part in self._nodes.pop(node_id):
            rows = self._kept[part]
            rows[:] = [kept for kept in rows if kept.node_id != node_id]
            self._counts[part] -= 1

    def of(self, space: str, modality: str | None = None) -> list[Kept]:
        """Up to `SAMPLE` nodes of a modality (None: of all) in their order."""
        rows = [
            kept
            for (name, shown), kept_rows in self._kept.items()
            if name == space and modality in (None, shown)
            for kept in kept_rows
        ]
        return sorted(rows, key=lambda kept: kept.order)[:SAMPLE]

    def vectors(self, space: str) -> dict[str, FloatArray]:
        """All that is kept of a space, by node id."""
        rows = (row for (name, _), kept in self._kept.items() if name == space for row in kept)
        return {row.node_id: row.vector for row in rows}

    def count(self, space: str, modality: str | None = None) -> int:
        """How many nodes have a vector in a space."""
        return sum(
            count
            for (name, shown), count in self._counts.items()
            if name == space and modality in (None, shown)
        )

    def save(self, path: Path) -> None:
        """Write everything as one .npz file."""
        kinds = list(self._parts)
        number = {parts: row for row, parts in enumerate(kinds)}
        nodes = {node_id: number[parts] for node_id, parts in self._nodes.items()}
        kept = [part for part, rows in self._kept.items() if rows]
        arrays = {"known": np.array(json.dumps({"kinds": kinds, "nodes": nodes, "kept": kept}))}
        for row, part in enumerate(kept):
            arrays[f"ids{row}"] = np.array([one.node_id for one in self._kept[part]], np.str_)
            arrays[f"vectors{row}"] = np.array([one.vector for one in self._kept[part]])
        with path.open("wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]  # its stub takes them for options

    @classmethod
    def load(cls, path: Path) -> Sample:
        """Read what `save` wrote."""
        sample = cls()
        with np.load(path, allow_pickle=False) as file:
            arrays = dict(file)
        known = json.loads(str(arrays["known"]))
        kinds = [tuple((space, shown) for space, shown in parts) for parts in known["kinds"]]
        sample._parts = {parts: parts for parts in kinds}
        sample._nodes = {node_id: kinds[row] for node_id, row in known["nodes"].items()}
        sample._counts.update(part for parts in sample._nodes.values() for part in parts)
        for row, (space, shown) in enumerate(known["kept"]):
            ids = map(str, arrays[f"ids{row}"])
            sample._kept[space, shown] = [
                Kept(point_id(node_id), node_id, vector)
                for node_id, vector in zip(ids, arrays[f"vectors{row}"], strict=True)
            ]
        return sample
