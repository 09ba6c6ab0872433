"""What a retriever needs of the store that it searches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from llama_index.core.schema import BaseNode

from mmrag.store.spec import Searchable


class Searched(Protocol):
    """A store of nodes with several vectors each: `MMRagQdrantStore`, or anything like it."""

    @property
    def engine(self) -> Searchable:
        """What ranks and retrieves."""
        ...

    @property
    def primary(self) -> str:
        """The space of the words."""
        ...

    def nodes_by_point(self, point_ids: Sequence[str]) -> dict[str, BaseNode]:
        """The nodes of these points (ids of the engine's hits) that exist, in the order given."""
        ...
