"""Checks of points, made before an engine sees them.

qdrant-edge 0.9 writes a batch to its log before it validates it: of a rejected batch the valid
points appear after the next opening. So nothing may reach an engine that it could reject.
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from mmrag.errors import ConfigError, InvalidPoint
from mmrag.store.spec import DenseSpace, Point, Space, SparseVector, Vector

MAX_SIZE = 65_536
"""Largest dense vector that Qdrant takes."""


class Fault(Exception):
    """What is wrong with a part of a point or query; the caller adds where."""


def checked_spaces(spaces: Iterable[Space]) -> dict[str, Space]:
    """The spaces by name; raises ConfigError for names or sizes that no engine takes."""
    named: dict[str, Space] = {}
    for space in spaces:
        if not space.name or not space.name.replace("-", "_").isidentifier():
            raise ConfigError(f"space name {space.name!r}: use letters, digits, '_' and '-'")
        if space.name in named:
            raise ConfigError(f"space {space.name!r} is defined twice")
        if isinstance(space, DenseSpace) and not 1 <= space.size <= MAX_SIZE:
            raise ConfigError(f"space {space.name!r}: size {space.size} is not in 1..{MAX_SIZE}")
        named[space.name] = space
    if not any(isinstance(space, DenseSpace) for space in named.values()):
        raise ConfigError("a collection needs at least one dense space")
    return named


def checked_points(points: Sequence[Point], spaces: Mapping[str, Space]) -> list[Point]:
    """The points in the form that engines take; raises InvalidPoint for the first bad one.

    Dense vectors become contiguous float32 arrays, sparse ones are sorted by index; a sparse vector
    without any term is left out.
    """
    return [_checked_point(point, spaces) for point in points]


def checked_updates(points: Sequence[Point], spaces: Mapping[str, Space]) -> list[Point]:
    """As `checked_points`, for points whose vectors alone are written."""
    for point in points:
        empty = [name for name, vector in point.vectors.items() if is_empty(vector)]
        if empty or not point.vectors:
            raise InvalidPoint(
                f"point {point.id}: no vector to write {'for ' * bool(empty)}"
                f"{', '.join(empty)}".rstrip()
            )
    return checked_points(points, spaces)


def checked_payload(payload: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of the payload as plain JSON; raises InvalidPoint."""
    try:
        return _json_object(payload)
    except Fault as fault:
        raise InvalidPoint(f"payload: {fault}") from None


def checked_ids(ids: Sequence[str]) -> list[str]:
    """The ids without repetition; raises InvalidPoint for one that is no canonical UUID."""
    for point_id in ids:
        if not is_uuid(point_id):
            raise InvalidPoint(f"point id {point_id!r} is not a UUID in canonical form")
    return list(dict.fromkeys(ids))


def is_uuid(text: object) -> bool:
    """Whether `text` is a UUID as engines give it back: lower case with hyphens."""
    try:
        return isinstance(text, str) and str(uuid.UUID(text)) == text
    except ValueError:
        return False


def _checked_point(point: Point, spaces: Mapping[str, Space]) -> Point:
    if not is_uuid(point.id):
        raise InvalidPoint(
            f"point id {point.id!r} is not a UUID in canonical form; derive one with uuid.uuid5"
        )
    try:
        vectors = {
            name: checked_vector(name, vector, spaces)
            for name, vector in point.vectors.items()
            if not is_empty(vector)
        }
        return Point(point.id, vectors, _json_object(point.payload))
    except Fault as fault:
        raise InvalidPoint(f"point {point.id}: {fault}") from None


def is_empty(vector: Vector) -> bool:
    return isinstance(vector, SparseVector) and not vector.indices and not vector.values


def checked_vector(name: str, vector: Vector, spaces: Mapping[str, Space]) -> Vector:
    space = spaces.get(name)
    if space is None:
        known = ", ".join(sorted(spaces)) or "none"
        raise Fault(f"unknown space {name!r}; the collection has: {known}")
    if isinstance(space, DenseSpace):
        return _checked_dense(space, vector)
    return _checked_sparse(name, vector)


def _checked_dense(space: DenseSpace, vector: Vector) -> Vector:
    if isinstance(vector, SparseVector):
        raise Fault(f"space {space.name!r} is dense and the vector is sparse")
    with np.errstate(over="ignore"):
        try:
            array = np.ascontiguousarray(vector, dtype=np.float32)
        except (TypeError, ValueError):
            raise Fault(f"vector of space {space.name!r} is not a list of numbers") from None
    if array.shape != (space.size,):
        found = "x".join(str(size) for size in np.shape(vector)) or "a single"
        raise Fault(f"vector of space {space.name!r} has {found} numbers, not {space.size}")
    if not np.isfinite(array).all():
        where = int(np.flatnonzero(~np.isfinite(array))[0])
        raise Fault(f"vector of space {space.name!r} is not finite at position {where}")
    return array


def _checked_sparse(name: str, vector: Vector) -> SparseVector:
    if not isinstance(vector, SparseVector):
        raise Fault(f"space {name!r} is sparse and the vector is dense")
    if len(vector.indices) != len(vector.values):
        raise Fault(
            f"sparse vector of space {name!r} has {len(vector.indices)} indices and "
            f"{len(vector.values)} values"
        )
    try:
        pairs = sorted(
            (int(i), float(v)) for i, v in zip(vector.indices, vector.values, strict=True)
        )
    except (TypeError, ValueError, OverflowError):
        raise Fault(f"sparse vector of space {name!r} is not made of numbers") from None
    previous = -1
    for index, value in pairs:
        if not 0 <= index < 2**32:
            raise Fault(f"sparse vector of space {name!r}: index {index} is not in 0..2**32-1")
        if index == previous:
            raise Fault(f"sparse vector of space {name!r}: index {index} appears twice")
        if not math.isfinite(value) or abs(value) > float(np.finfo(np.float32).max):
            raise Fault(f"sparse vector of space {name!r}: value at {index} is not finite")
        previous = index
    return SparseVector(tuple(i for i, _ in pairs), tuple(v for _, v in pairs))


def _json_object(value: Mapping[str, Any]) -> dict[str, Any]:
    for key in value:
        if not isinstance(key, str):
            raise Fault(f"payload key {key!r} is not a string")
    return {_text(key, key): _json_value(key, item) for key, item in value.items()}


def _json_value(key: str, value: object) -> Any:  # noqa: ANN401 - JSON has no narrower type
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(key, value)
    if isinstance(value, int):
        if not -(2**63) <= value < 2**63:
            raise Fault(f"payload {key!r}: {value} does not fit into 64 bits")
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise Fault(f"payload {key!r}: {value} is not finite")
        return value
    if isinstance(value, (list, tuple)):
        return [_json_value(key, item) for item in value]
    if isinstance(value, Mapping):
        return _json_object(value)
    raise Fault(f"payload {key!r}: {type(value).__name__} is not JSON")


def _text(key: str, value: str) -> str:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise Fault(f"payload {key!r} holds text that is not valid Unicode") from None
    # A subclass such as a string enum becomes the plain string that it holds.
    return str.__str__(value)
