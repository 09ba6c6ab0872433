"""Judging nodes after they were embedded and before they are written: labels, moderation.

A judge sees the vectors that the index keeps, so that nothing is embedded twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from llama_index.core.schema import Node

from mmrag.spaces import Columns


@dataclass(frozen=True)
class Judgement:
    """What becomes of one node.

    Attributes:
        fields: metadata to write; keys that its judge owns and that are not here are taken off.
        refused: why its document is not to be indexed; None lets it in.
    """

    fields: Mapping[str, Any] = field(default_factory=dict)
    refused: str | None = None


class Judge(Protocol):
    """Looks at embedded nodes."""

    @property
    def keys(self) -> frozenset[str]:
        """The metadata keys that it owns; those of `mmrag.schema` that are meant for judges."""

    def judge(self, nodes: Sequence[Node], columns: Columns) -> Sequence[Judgement]:
        """One judgement a node.

        Args:
            columns: by space, one vector or None for each node.
        """


def judged(judges: Sequence[Judge], nodes: Sequence[Node], columns: Columns) -> dict[int, str]:
    """Let judges write on nodes; returns by row why a document is refused."""
    refused: dict[int, str] = {}
    for judge in judges:
        for row, verdict in enumerate(judge.judge(nodes, columns)):
            metadata = nodes[row].metadata
            for key in judge.keys:
                metadata.pop(key, None)
            metadata.update(verdict.fields)
            _keep_to_oneself(nodes[row], judge.keys)
            if verdict.refused is not None:
                refused.setdefault(row, verdict.refused)
    return refused


def _keep_to_oneself(node: Node, keys: frozenset[str]) -> None:
    """Let nobody embed or read what judges wrote: older nodes do not know of these keys."""
    for names in (node.excluded_embed_metadata_keys, node.excluded_llm_metadata_keys):
        names.extend(sorted(keys - set(names)))
