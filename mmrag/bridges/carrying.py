"""What belongs to a file as a whole stays with its nodes, whatever a bridge makes of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from llama_index.core.schema import BaseNode

from mmrag.schema import FIELDS, NOTE, SOURCE, fields_of, set_fields

Bridge: TypeAlias = Callable[[Sequence[BaseNode]], Sequence[BaseNode]]
"""Nodes in, the same nodes or those they became out."""


def carrying(bridge: Bridge) -> Bridge:
    """A bridge whose new nodes have the fields of the files that they are of.

    A bridge makes new nodes of text, place and path alone. Notes on nodes that it replaces are kept
    with the first of the new ones.
    """

    def over(nodes: Sequence[BaseNode]) -> Sequence[BaseNode]:
        fields = {_source(node): fields_of(node) for node in nodes if FIELDS in node.metadata}
        noted = [(node, str(node.metadata[NOTE])) for node in nodes if NOTE in node.metadata]
        done = bridge(nodes)
        for node in done:
            if FIELDS not in node.metadata:
                set_fields(node, fields.get(_source(node), {}))
        kept = {id(node) for node in done}
        for lost, note in noted:
            heirs = (node for node in done if _source(node) == _source(lost))
            if id(lost) not in kept and (heir := next(heirs, None)):
                own = heir.metadata.get(NOTE)
                heir.metadata[NOTE] = f"{note}; {own}" if own else note
        return done

    return over


def _source(node: BaseNode) -> str:
    return str(node.metadata.get(SOURCE))
