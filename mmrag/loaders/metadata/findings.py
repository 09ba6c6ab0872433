"""What was found in the parts of one file, where a damaged part costs only itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from mmrag.errors import LoadError
from mmrag.loaders.damage import damage_reported

Pair: TypeAlias = tuple[str, object]
"""A field's name and its value as it stands there."""


@dataclass
class Findings:
    """Pairs in the order of trust, and what could not be read."""

    pairs: list[Pair] = field(default_factory=list)
    faults: list[LoadError] = field(default_factory=list)

    def add(self, pairs: Iterable[Pair]) -> None:
        """Add pairs; those found before are trusted more."""
        self.pairs += pairs

    @contextmanager
    def part(self, path: Path, what: str) -> Iterator[None]:
        """Whatever goes wrong with a part is kept as a fault, and what was found before it stays.

        Args:
            what: the part, as in "is a damaged or truncated EXIF block".
        """
        try:
            with damage_reported(path, what):
                yield
        except LoadError as exc:
            self.faults.append(exc)
