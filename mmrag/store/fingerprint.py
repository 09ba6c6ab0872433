"""What a collection holds, as counts and digests that do not depend on the order of its points."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from mmrag.store.kinds import KIND
from mmrag.store.spec import Point, SparseVector, Vector

BYTES = 16
_MODULUS = 1 << (8 * BYTES)


@dataclass(frozen=True)
class Fingerprint:
    """One point as numbers: its id with its payload, and its id with the vector of each space."""

    content: int
    vectors: Mapping[str, int]


def fingerprint(point: Point) -> Fingerprint:
    """The fingerprint of a point. Dense and sparse vectors count as float32, bit by bit."""
    id = point.id.encode()
    payload = json.dumps(
        point.payload, ensure_ascii=False, sort_keys=True, separators=(",", ":")
    ).encode()
    vectors = {name: _number(id, _bytes(vector)) for name, vector in point.vectors.items()}
    return Fingerprint(_number(id, payload), vectors)


@dataclass
class Tally:
    """Points counted and digested, one after the other, in any order.

    A digest is the sum of the fingerprints modulo 2**128: it tells that something was lost, changed
    or added, and is no protection against somebody who wants two collections to look alike.

    Attributes:
        points: how many.
        kinds: of them by `kind` ("chunk", "document", ...; "" is none).
        vectors: how many there are in each space.
    """

    points: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    vectors: Counter[str] = field(default_factory=Counter)
    _content: int = 0
    _sums: dict[str, int] = field(default_factory=dict)

    def add(self, point: Point, known: Fingerprint | None = None) -> None:
        """Count a point, whose fingerprint may be known."""
        print_ = known or fingerprint(point)
        self.points += 1
        self.kinds[str(point.payload.get(KIND, ""))] += 1
        self._content = (self._content + print_.content) % _MODULUS
        for name, number in print_.vectors.items():
            self.vectors[name] += 1
            self._sums[name] = (self._sums.get(name, 0) + number) % _MODULUS

    @property
    def content(self) -> str:
        """The digest of ids and payloads, in hexadecimal."""
        return _hex(self._content)

    def vectors_of(self, space: str) -> str:
        """The digest of the vectors of a space, in hexadecimal; of none it is all zeros."""
        return _hex(self._sums.get(space, 0))


def _bytes(vector: Vector) -> bytes:
    if not isinstance(vector, SparseVector):
        return np.asarray(vector, "<f4").tobytes()
    indices = np.asarray(vector.indices, "<u4")
    order = np.argsort(indices)
    return indices[order].tobytes() + np.asarray(vector.values, "<f4")[order].tobytes()


def _number(id: bytes, content: bytes) -> int:
    digest = hashlib.blake2b(id, digest_size=BYTES)
    digest.update(content)
    return int.from_bytes(digest.digest(), "big")


def _hex(number: int) -> str:
    return f"{number:0{2 * BYTES}x}"
