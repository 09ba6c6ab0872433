"""The mark of a copy that is not finished: it stands where the manifest will be."""

from __future__ import annotations

import json
import shlex
from dataclasses import asdict, dataclass

from mmrag.errors import StoreError
from mmrag.store.kinds import KIND, UNFINISHED
from mmrag.store.spec import Point


@dataclass(frozen=True)
class Unfinished:
    """A copy under way.

    Attributes:
        origin, destination: from where to where, as `mmrag migrate` takes them.
        copied: points that were written, in the order of their ids.
        following: id of the next one; None at the beginning, and at the end.
        complete: whether all were written; what is left is to compare both sides.
    """

    origin: str
    destination: str
    copied: int = 0
    following: str | None = None
    complete: bool = False

    def to_point(self, id: str) -> Point:
        """The point that says so."""
        return Point(id, payload={KIND: UNFINISHED, UNFINISHED: json.dumps(asdict(self))})

    @classmethod
    def from_point(cls, point: Point) -> Unfinished | None:
        """What a point says; None for one that is of another kind."""
        if point.payload.get(KIND) != UNFINISHED:
            return None
        try:
            return cls(**json.loads(point.payload[UNFINISHED]))
        except (KeyError, TypeError, ValueError) as error:
            raise StoreError(
                f"point {point.id}, which marks an unfinished copy, is damaged ({error}); delete "
                "the copy and migrate again"
            ) from error

    @property
    def command(self) -> str:
        """What finishes it."""
        words = ("mmrag", "migrate", "--from", self.origin, "--to", self.destination)
        return shlex.join(words)
